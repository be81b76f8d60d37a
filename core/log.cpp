// Chunks, and the walk of a cursor over them.
#include "core/log.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace core {

namespace {
constexpr std::size_t kRecordMost = 16U << 20;
}

// One allocation: the header, then `bytes` shared by record bytes and record ends.
Chunk* Chunk::create(std::uint32_t bytes, Position first) {
  const std::uint32_t capacity = (bytes + 3U) & ~3U;
  void* memory = ::operator new(sizeof(Chunk) + capacity);
  return new (memory) Chunk(capacity, first);
}

// A long list is released step by step, not by recursion.
void Chunk::release() {
  Chunk* chunk = this;
  while (chunk != nullptr) {
    HUBBUB_ASSERT(chunk->references_ > 0);
    if (--chunk->references_ > 0) return;
    Chunk* const next = chunk->next_;
    chunk->~Chunk();
    ::operator delete(chunk);
    chunk = next;
  }
}

std::uint32_t& Chunk::entry(std::uint32_t index) {
  char* const end = reinterpret_cast<char*>(this + 1) + capacity_;
  return *(reinterpret_cast<std::uint32_t*>(end) - 1 - index);
}

std::uint32_t Chunk::entry(std::uint32_t index) const {
  return const_cast<Chunk*>(this)->entry(index);
}

bool Chunk::fits(std::size_t record) const {
  return used_ + record + (records_ + 1) * sizeof(std::uint32_t) <= capacity_;
}

void Chunk::append(std::string_view record, Record kind) {
  HUBBUB_ASSERT(fits(record.size()));
  std::memcpy(reinterpret_cast<char*>(this + 1) + used_, record.data(), record.size());
  used_ += static_cast<std::uint32_t>(record.size());
  entry(records_) = used_ | (kind == Record::kMessage ? kMessageBit : 0);
  ++records_;
  if (kind == Record::kMessage) ++messages_;
}

std::uint32_t Chunk::record_at(std::uint32_t offset) const {
  HUBBUB_ASSERT(offset < used_);
  std::uint32_t low = 0;
  std::uint32_t high = records_ - 1;
  while (low < high) {
    const std::uint32_t middle = (low + high) / 2;
    if (record_end(middle) > offset) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

Log::Log() : head_(Chunk::create(Chunk::kLeastBytes, {})) {}

// Chunks double while the log is busy, so that an idle room costs little and a busy one hands the
// kernel long ranges.
void Log::append(std::string_view record, Record kind) {
  HUBBUB_ASSERT(!record.empty() && record.size() <= kRecordMost);
  if (!head_->fits(record.size())) {
    const std::uint32_t doubled = std::min(head_->capacity() * 2, Chunk::kMostBytes);
    const auto needed = static_cast<std::uint32_t>(record.size() + sizeof(std::uint32_t));
    Chunk* const chunk = Chunk::create(std::max(doubled, needed), head_->end());
    chunk->retain();  // one reference from the chunk before it, one from the log
    head_->set_next(chunk);
    head_->release();
    head_ = chunk;
  }
  head_->append(record, kind);
}

Cursor& Cursor::operator=(const Cursor& other) {
  other.chunk_->retain();
  release_lent();
  chunk_->release();
  chunk_ = other.chunk_;
  offset_ = other.offset_;
  first_skip_ = 0;
  skips_.reset();
  return *this;
}

Position Cursor::position() const {
  std::uint64_t messages = chunk_->first().messages;
  for (std::uint32_t i = 0; i < chunk_->records() && chunk_->record_end(i) <= offset_; ++i) {
    if (chunk_->record_kind(i) == Record::kMessage) ++messages;
  }
  return {byte(), messages};
}

void Cursor::skip(Position begin, Position end) {
  if (begin.byte == end.byte) return;
  if (byte() == begin.byte) {
    go_to(end.byte);
    return;
  }
  HUBBUB_ASSERT(begin.byte > byte());
  if (!skips_) skips_ = std::make_unique<std::vector<Skip>>();
  const std::uint64_t messages = end.messages - begin.messages;
  if (!skips_->empty() && skips_->back().end == begin.byte) {
    skips_->back().end = end.byte;
    skips_->back().messages += messages;
    return;
  }
  HUBBUB_ASSERT(skips_->empty() || skips_->back().end < begin.byte);
  skips_->push_back({begin.byte, end.byte, messages});
}

std::uint64_t Cursor::jump_to_head(const Log& log) {
  std::uint64_t missed = log.head().messages - position().messages;
  if (skips_) {
    for (std::size_t i = first_skip_; i < skips_->size(); ++i) missed -= (*skips_)[i].messages;
  }
  *this = Cursor(log);
  return missed;
}

void Cursor::release_lent() {
  if (lent_ != nullptr) std::exchange(lent_, nullptr)->release();
}

void Cursor::go_to(std::uint64_t target) {
  release_lent();
  while (target > chunk_->end().byte) {
    offset_ = chunk_->used();
    HUBBUB_ASSERT(chunk_->next() != nullptr);
    hop();
  }
  offset_ = static_cast<std::uint32_t>(target - chunk_->first().byte);
  pass_skips();
}

void Cursor::pass_skips() {
  if (!skips_ || (*skips_)[first_skip_].begin != byte()) return;
  const std::uint64_t end = (*skips_)[first_skip_].end;
  if (++first_skip_ == skips_->size()) {
    skips_.reset();
    first_skip_ = 0;
  } else if (first_skip_ * 2 >= skips_->size()) {
    // Not only when all are passed: a reader that always lags would pile them up.
    skips_->erase(skips_->begin(), skips_->begin() + first_skip_);
    first_skip_ = 0;
  }
  go_to(end);
}

std::uint64_t Cursor::head_byte() const {
  const Chunk* chunk = chunk_;
  while (chunk->next() != nullptr) chunk = chunk->next();
  return chunk->end().byte;
}

std::size_t Cursor::gather(std::span<iovec> pieces, std::uint64_t from, std::uint64_t to) const {
  std::size_t count = 0;
  std::size_t skip_index = first_skip_;
  const Chunk* chunk = chunk_;
  std::uint64_t at = std::max(byte(), from);
  while (count < pieces.size() && at < to) {
    const std::uint64_t chunk_end = chunk->end().byte;
    if (at >= chunk_end) {
      chunk = chunk->next();
      if (chunk == nullptr) break;
      continue;
    }
    std::uint64_t end = std::min(chunk_end, to);
    if (skips_ && skip_index < skips_->size()) {
      const Skip& skip = (*skips_)[skip_index];
      if (skip.begin <= at) {
        at = std::max(at, skip.end);
        ++skip_index;
        continue;
      }
      end = std::min(end, skip.begin);
    }
    const char* const bytes = chunk->data() + (at - chunk->first().byte);
    pieces[count++] = {.iov_base = const_cast<char*>(bytes), .iov_len = end - at};
    at = end;
  }
  return count;
}

void Cursor::hop() {
  Chunk* const next = chunk_->next();
  if (offset_ < chunk_->used() || next == nullptr) return;
  next->retain();
  chunk_->release();
  chunk_ = next;
  offset_ = 0;
}

void Cursor::advance(std::size_t bytes) {
  while (bytes > 0) {
    hop();
    HUBBUB_ASSERT(offset_ < chunk_->used());
    std::uint64_t step = std::min<std::uint64_t>(bytes, chunk_->used() - offset_);
    if (skips_) step = std::min(step, (*skips_)[first_skip_].begin - byte());
    bytes -= step;
    go_to(byte() + step);
  }
}

std::string_view Cursor::rest_of_record() const {
  if (offset_ == 0 || offset_ == chunk_->used()) return {};
  const std::uint32_t index = chunk_->record_at(offset_);
  const std::uint32_t begin = index == 0 ? 0 : chunk_->record_end(index - 1);
  if (begin == offset_) return {};
  return {chunk_->data() + offset_, chunk_->record_end(index) - offset_};
}

void Cursor::pass_messages(std::uint64_t count) {
  HUBBUB_ASSERT(!skips_);
  release_lent();
  std::uint64_t before = position().messages;
  const std::uint64_t target = before + count;
  while (chunk_->end().messages < target) {
    offset_ = chunk_->used();
    HUBBUB_ASSERT(chunk_->next() != nullptr);
    before = chunk_->end().messages;
    hop();
  }
  if (before == target) return;
  hop();
  for (std::uint32_t index = chunk_->record_at(offset_); before < target; ++index) {
    if (chunk_->record_kind(index) == Record::kMessage) ++before;
    offset_ = chunk_->record_end(index);
  }
}

std::string_view Cursor::next_record(Record& kind) {
  HUBBUB_ASSERT(!at_end());
  hop();
  const std::uint32_t index = chunk_->record_at(offset_);
  kind = chunk_->record_kind(index);
  const std::string_view record(chunk_->data() + offset_, chunk_->record_end(index) - offset_);
  Chunk* const chunk = chunk_;
  chunk->retain();
  go_to(byte() + record.size());
  lent_ = chunk;
  if (chunk_ == chunk) release_lent();  // held anyway
  return record;
}

}  // namespace core
