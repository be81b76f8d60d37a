// The shared log: an append-only list of chunks that many readers follow with cursors.
//
// A connection owns no queue of what it is to be sent; it owns cursors into logs. So a line is
// encoded once and stored once however many read it, what a slow reader missed is one range, and
// the memory of a log is what its slowest reader has not read, not readers times backlog.
//
// Readers may be on other threads than who appends: bytes below the published head never change,
// and readers take no lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/uio.h>

#include "core/assert.hpp"

namespace core {

// What a record is, to who counts what a reader missed: a message, or a note about the log itself.
enum class Record : std::uint8_t { kNote, kMessage };

// A place in a log, and how many messages stand before it.
struct Position {
  std::uint64_t byte = 0;
  std::uint64_t messages = 0;
};

// A run of whole records in one piece of memory: bytes from the front, the ends of records from
// the back. Reference-counted: each chunk holds the next, cursors hold theirs, so everything from
// the slowest cursor on lives, and nothing before it.
// Thread: one appends at a time; any may read what it has published, and retain and release. A
// chunk that has a next one grows no more, and that one is never empty: so who wants to know
// whether it stands at the end of all looks for the next chunk first, and at the extent then.
class Chunk {
 public:
  static constexpr std::uint32_t kLeastBytes = 512;
  static constexpr std::uint32_t kMostBytes = 64 * 1024;

  static Chunk* create(std::uint32_t bytes, Position first);
  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release();

  bool fits(std::size_t record) const;
  void append(std::string_view record, Record kind);

  const char* data() const { return reinterpret_cast<const char*>(this + 1); }
  std::uint32_t used() const { return published().used; }
  std::uint32_t capacity() const { return capacity_; }
  Position first() const { return first_; }
  Position end() const {
    const Extent extent = published();
    return {first_.byte + extent.used, first_.messages + extent.messages};
  }
  Chunk* next() const { return next_.load(std::memory_order_acquire); }
  void set_next(Chunk* next) { next_.store(next, std::memory_order_release); }

  std::uint32_t records() const { return published().records; }
  std::uint32_t record_end(std::uint32_t index) const { return entry(index) & ~kMessageBit; }
  Record record_kind(std::uint32_t index) const {
    return (entry(index) & kMessageBit) != 0 ? Record::kMessage : Record::kNote;
  }
  // The record that the byte at `offset` belongs to.
  std::uint32_t record_at(std::uint32_t offset) const;

 private:
  static constexpr std::uint32_t kMessageBit = 1U << 31;

  // What is published, in one piece. A chunk of kMostBytes has room for 13,107 records, a larger
  // one is made for a single record.
  struct alignas(8) Extent {
    std::uint32_t used = 0;
    std::uint16_t records = 0;
    std::uint16_t messages = 0;
  };
  static_assert(std::atomic<Extent>::is_always_lock_free);

  Chunk(std::uint32_t capacity, Position first) : first_(first), capacity_(capacity) {}
  Extent published() const { return published_.load(std::memory_order_acquire); }
  std::uint32_t& entry(std::uint32_t index);
  std::uint32_t entry(std::uint32_t index) const;

  Position first_;
  std::atomic<Chunk*> next_ = nullptr;
  std::atomic<Extent> published_ = Extent();
  std::atomic<std::uint32_t> references_ = 1;
  std::uint32_t capacity_;  // of bytes and record ends together
};

class Cursor;

// Thread: one at a time, which is a matter for its owner's lock where there are several; cursors in
// it may be used meanwhile, each by one thread. Limits: none of its own; who appends decides how
// far readers may lag.
class Log {
 public:
  Log();
  ~Log() { head_->release(); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  static constexpr std::size_t kRecordMost = 16U << 20;

  // Appends one record, whole and in one piece (at most kRecordMost bytes; asserted).
  void append(std::string_view record, Record kind);
  Position head() const { return head_->end(); }

 private:
  friend class Cursor;
  Chunk* head_;
};

// A reader's place in a log, always between two records except while the kernel took a part of
// one (see Outflow). A cursor keeps everything from its place on alive. It may be told to skip
// ranges ahead: a reader's own lines, or what a replay leaves out.
// Thread: its reader's. What takes the log needs the log's thread or lock as well.
class Cursor {
 public:
  explicit Cursor(const Log& log) : Cursor(*log.head_, log.head_->used()) {}
  Cursor(const Cursor& other) : Cursor(*other.chunk_, other.offset_) {}
  // Takes the ranges to skip along, which a copy does not.
  Cursor(Cursor&& other) noexcept : Cursor(std::as_const(other)) { skips_.swap(other.skips_); }
  Cursor& operator=(const Cursor& other);
  ~Cursor() { chunk_->release(); }

  std::uint64_t byte() const { return chunk_->first().byte + offset_; }
  // The messages before it are counted record by record in its chunk; use byte() where that does.
  Position position() const;
  std::uint64_t lag_bytes(const Log& log) const { return log.head().byte - byte(); }
  bool at_end() const { return chunk_->next() == nullptr && offset_ == chunk_->used(); }

  // Another one at its place, which skips the same.
  Cursor twin() const;

  // Passes over the range when it gets there. Ranges come in order; one that begins at the cursor
  // is passed at once.
  void skip(Position begin, Position end);
  // Goes to the place of another one that is further on, and returns how many messages the reader
  // missed, its skips not counted. Those end before that place.
  std::uint64_t jump_to(const Cursor& place);

  // The head of its log, found by walking there.
  std::uint64_t head_byte() const;

  // Writes up to `pieces.size()` ranges to read next; returns how many. Consumes nothing. The range
  // [from, to) of the log narrows them down; its ends lie between records.
  std::size_t gather(std::span<iovec> pieces, std::uint64_t from = 0,
                     std::uint64_t to = UINT64_MAX) const;
  // Consumes what was gathered or peeked at, or a part of it.
  void advance(std::size_t bytes);
  // What is left of the record the cursor stands in; empty between records.
  std::string_view rest_of_record() const;
  // Steps over records until `count` messages were among them, which must be there; by whole chunks
  // where it can. Only for one that skips nothing.
  void pass_messages(std::uint64_t count);
  // The record at the cursor, which must not be at the end. Valid as long as a cursor at or before
  // it lives.
  std::string_view peek(Record& kind) const;

 private:
  struct Skip {
    std::uint64_t begin, end;
    std::uint64_t messages;
  };
  struct Skips {
    std::size_t first = 0;  // those from it on are ahead; there is one
    std::vector<Skip> all;
  };

  Cursor(Chunk& chunk, std::uint32_t offset) : chunk_(&chunk), offset_(offset) { chunk.retain(); }
  void hop();
  void go_to(std::uint64_t target);
  void pass_skips();

  Chunk* chunk_;
  std::unique_ptr<Skips> skips_;  // exists while there is something to skip
  std::uint32_t offset_;
};

}  // namespace core
