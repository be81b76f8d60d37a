// Chunks, and the walk of a cursor over them.
#include "core/log.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace core {

// One allocation: the header, then `bytes` shared by record bytes and record ends.
Chunk* Chunk::create(std::uint32_t bytes, Position first) {
  const std::uint32_t capacity = (bytes + 3U) & ~3U;
  void* memory = ::operator new(sizeof(Chunk) + capacity);
  return new (memory) Chunk(capacity, first);
}

// A long list is released step by step, not by recursion. Who holds the only reference needs no
// atomic step to let go of it: nobody else can take one.
void Chunk::release() {
  Chunk* chunk = this;
  while (chunk != nullptr) {
    const bool last = chunk->references_.load(std::memory_order_acquire) == 1 ||
                      chunk->references_.fetch_sub(1, std::memory_order_acq_rel) == 1;
    if (!last) return;
    Chunk* const next = chunk->next();
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
  const Extent extent = published();
  return extent.used + record + (extent.records + 1U) * sizeof(std::uint32_t) <= capacity_;
}

void Chunk::append(std::string_view record, Record kind) {
  HUBBUB_ASSERT(fits(record.size()));
  Extent extent = published();
  std::memcpy(reinterpret_cast<char*>(this + 1) + extent.used, record.data(), record.size());
  extent.used += static_cast<std::uint32_t>(record.size());
  entry(extent.records) = extent.used | (kind == Record::kMessage ? kMessageBit : 0);
  ++extent.records;
  if (kind == Record::kMessage) ++extent.messages;
  published_.store(extent, std::memory_order_release);
}

std::uint32_t Chunk::record_at(std::uint32_t offset) const {
  const Extent extent = published();
  HUBBUB_ASSERT(offset < extent.used);
  std::uint32_t low = 0;
  std::uint32_t high = extent.records - 1U;
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
  HUBBUB_ASSERT(!record.empty() && record.size() <= Log::kRecordMost);
  if (head_->fits(record.size())) return head_->append(record, kind);
  const std::uint32_t doubled = std::min(head_->capacity() * 2, Chunk::kMostBytes);
  const auto needed = static_cast<std::uint32_t>(record.size() + sizeof(std::uint32_t));
  Chunk* const chunk = Chunk::create(std::max(doubled, needed), head_->end());
  chunk->append(record, kind);
  chunk->retain();  // one reference from the chunk before it, one from the log
  head_->set_next(chunk);
  std::exchange(head_, chunk)->release();
}

Cursor& Cursor::operator=(const Cursor& other) {
  other.chunk_->retain();
  chunk_->release();
  chunk_ = other.chunk_;
  offset_ = other.offset_;
  skips_.reset();
  return *this;
}

Position Cursor::position() const {
  std::uint64_t messages = chunk_->first().messages;
  const std::uint32_t records = chunk_->records();
  for (std::uint32_t i = 0; i < records && chunk_->record_end(i) <= offset_; ++i) {
    if (chunk_->record_kind(i) == Record::kMessage) ++messages;
  }
  return {byte(), messages};
}

Cursor Cursor::twin() const {
  Cursor twin = *this;
  if (skips_) {
    const auto first = skips_->all.begin() + static_cast<std::ptrdiff_t>(skips_->first);
    twin.skips_ = std::make_unique<Skips>(Skips{.first = 0, .all = {first, skips_->all.end()}});
  }
  return twin;
}

void Cursor::skip(Position begin, Position end) {
  if (begin.byte == end.byte) return;
  if (byte() == begin.byte) {
    go_to(end.byte);
    return;
  }
  HUBBUB_ASSERT(begin.byte > byte());
  const Skip range{begin.byte, end.byte, end.messages - begin.messages};
  if (!skips_) {
    skips_ = std::make_unique<Skips>(Skips{.first = 0, .all = {range}});
    return;
  }
  std::vector<Skip>& all = skips_->all;
  HUBBUB_ASSERT(all.back().end <= range.begin);
  if (all.back().end == range.begin) {
    all.back().end = range.end;
    all.back().messages += range.messages;
  } else {
    all.push_back(range);
  }
}

std::uint64_t Cursor::jump_to(const Cursor& place) {
  std::uint64_t missed = place.position().messages - position().messages;
  if (skips_) {
    for (std::size_t i = skips_->first; i < skips_->all.size(); ++i) {
      missed -= skips_->all[i].messages;
    }
  }
  *this = place;
  return missed;
}

void Cursor::go_to(std::uint64_t target) {
  while (target > chunk_->end().byte) {
    HUBBUB_ASSERT(chunk_->next() != nullptr);
    offset_ = chunk_->used();
    hop();
  }
  offset_ = static_cast<std::uint32_t>(target - chunk_->first().byte);
  pass_skips();
}

void Cursor::pass_skips() {
  if (!skips_ || skips_->all[skips_->first].begin != byte()) return;
  std::vector<Skip>& all = skips_->all;
  const std::uint64_t end = all[skips_->first].end;
  if (++skips_->first == all.size()) {
    skips_.reset();
  } else if (skips_->first * 2 >= all.size()) {
    // Not only when all are passed: a reader that always lags would pile them up.
    all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(skips_->first));
    skips_->first = 0;
  }
  go_to(end);
}

std::uint64_t Cursor::head_byte() const {
  const Chunk* chunk = chunk_;
  while (const Chunk* const next = chunk->next()) chunk = next;
  return chunk->end().byte;
}

std::size_t Cursor::gather(std::span<iovec> pieces, std::uint64_t from, std::uint64_t to) const {
  std::size_t count = 0;
  std::size_t skip_index = skips_ ? skips_->first : 0;
  const Chunk* chunk = chunk_;
  std::uint64_t at = std::max(byte(), from);
  while (count < pieces.size() && at < to) {
    const Chunk* const next = chunk->next();
    const std::uint64_t chunk_end = chunk->end().byte;
    if (at >= chunk_end) {
      if (next == nullptr) break;
      chunk = next;
      continue;
    }
    std::uint64_t end = std::min(chunk_end, to);
    if (skips_ && skip_index < skips_->all.size()) {
      const Skip& skip = skips_->all[skip_index];
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
  if (next == nullptr || offset_ < chunk_->used()) return;
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
    if (skips_) step = std::min(step, skips_->all[skips_->first].begin - byte());
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

std::string_view Cursor::peek(Record& kind) const {
  HUBBUB_ASSERT(!at_end());
  const Chunk* chunk = chunk_;
  std::uint32_t offset = offset_;
  if (const Chunk* const next = chunk->next(); next != nullptr && offset == chunk->used()) {
    chunk = next;
    offset = 0;
  }
  const std::uint32_t index = chunk->record_at(offset);
  kind = chunk->record_kind(index);
  return {chunk->data() + offset, chunk->record_end(index) - offset};
}

}  // namespace core
