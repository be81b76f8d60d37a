// The shared log against a string that keeps everything: whatever is appended, read in part,
// skipped, copied and jumped over, cursors give the bytes that the string has there.
#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fuzzer/FuzzedDataProvider.h>

#include "core/assert.hpp"
#include "core/log.hpp"

namespace {

using core::Cursor;
using core::Log;
using core::Position;
using core::Record;

// Everything that was ever appended, and where records end.
struct Book {
  std::string bytes;
  std::vector<Position> ends{{}};

  void append(std::string_view record, Record kind) {
    bytes += record;
    ends.push_back({bytes.size(), ends.back().messages + (kind == Record::kMessage ? 1 : 0)});
  }
};

// A cursor, and the bytes that it is still to give: their places in the book.
struct Reader {
  Cursor cursor;
  std::uint64_t at;
  std::vector<std::pair<Position, Position>> skips = {};

  // The next place from `from` on that is not skipped.
  std::uint64_t unskipped(std::uint64_t from) const {
    for (const auto& [begin, end] : skips) {
      if (begin.byte <= from && from < end.byte) from = end.byte;
    }
    return from;
  }
  std::string expected(const Book& book) const {
    std::string bytes;
    for (std::uint64_t place = unskipped(at); place < book.bytes.size();) {
      std::uint64_t end = book.bytes.size();
      for (const auto& [begin, after] : skips) {
        if (begin.byte > place && begin.byte < after.byte) end = std::min(end, begin.byte);
      }
      bytes.append(book.bytes, place, end - place);
      place = unskipped(end);
    }
    return bytes;
  }
  // Past so many bytes of what is expected.
  void pass(std::size_t count) {
    for (; count > 0; --count) at = unskipped(at + 1);
    at = unskipped(at);
  }
};

std::string gathered(const Cursor& cursor) {
  std::vector<iovec> pieces(1);
  while (cursor.gather(pieces) == pieces.size()) pieces.resize(2 * pieces.size());
  pieces.resize(cursor.gather(pieces));
  std::string bytes;
  for (const iovec& piece : pieces) {
    HUBBUB_ASSERT(piece.iov_len > 0);
    bytes.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  }
  return bytes;
}

// The place of a record's end at or after `least`, chosen by `choice`.
const Position& choose_end(const Book& book, std::uint64_t least, std::size_t choice) {
  const auto first = std::find_if(book.ends.begin(), book.ends.end(),
                                  [&](const Position& end) { return end.byte >= least; });
  return *(first +
           static_cast<std::ptrdiff_t>(choice % static_cast<std::size_t>(book.ends.end() - first)));
}

class Library {
 public:
  explicit Library(FuzzedDataProvider& chance) : chance_(chance) { readers_.push_back(fresh()); }

  void step() {
    Reader& reader = readers_[chance_.ConsumeIntegral<std::uint8_t>() % readers_.size()];
    switch (chance_.ConsumeIntegralInRange<int>(0, 7)) {
      case 0:
      case 1:
        append();
        break;
      case 2:
        read(reader);
        break;
      case 3:
        skip(reader);
        break;
      case 4:
        follow(reader, readers_[chance_.ConsumeIntegral<std::uint8_t>() % readers_.size()]);
        break;
      case 5:
        if (readers_.size() < 5) readers_.push_back(fresh());
        break;
      case 6:
        jump(reader);
        break;
      case 7:
        take_record(reader);
        break;
    }
    for (const Reader& one : readers_) check(one);
  }

 private:
  Reader fresh() const { return {Cursor(log_), book_.bytes.size()}; }

  void append() {
    const std::size_t size = chance_.ConsumeIntegralInRange<std::size_t>(1, 300);
    std::string record(size, '\0');
    for (char& byte : record) byte = static_cast<char>(next_byte_++);
    const Record kind = chance_.ConsumeBool() ? Record::kMessage : Record::kNote;
    log_.append(record, kind);
    book_.append(record, kind);
  }

  // As the kernel takes bytes: any number of those there are.
  void read(Reader& reader) {
    const std::size_t there = reader.expected(book_).size();
    const std::size_t taken = chance_.ConsumeIntegralInRange<std::size_t>(0, there);
    reader.cursor.advance(taken);
    reader.pass(taken);
  }

  void skip(Reader& reader) {
    const std::uint64_t least =
        reader.skips.empty() ? reader.at : std::max(reader.at, reader.skips.back().second.byte);
    const Position begin = choose_end(book_, least, chance_.ConsumeIntegral<std::uint8_t>());
    const Position end = choose_end(book_, begin.byte, chance_.ConsumeIntegral<std::uint8_t>());
    reader.cursor.skip(begin, end);
    reader.skips.emplace_back(begin, end);
    reader.at = reader.unskipped(reader.at);
  }

  void jump(Reader& reader) {
    if (!reader.cursor.rest_of_record().empty()) return;  // only Outflow's to do, between records
    const auto before = std::find_if(book_.ends.begin(), book_.ends.end(),
                                     [&](const Position& end) { return end.byte == reader.at; });
    std::uint64_t missed = book_.ends.back().messages - before->messages;
    for (const auto& [begin, end] : reader.skips) {
      if (begin.byte >= reader.at) missed -= end.messages - begin.messages;
    }
    HUBBUB_ASSERT(reader.cursor.jump_to(Cursor(log_)) == missed);
    reader = fresh();
  }

  // A copy of a cursor skips nothing.
  static void follow(Reader& reader, const Reader& other) {
    reader = Reader{Cursor(other.cursor), other.at};
  }

  void take_record(Reader& reader) {
    if (reader.cursor.at_end() || !reader.cursor.rest_of_record().empty()) return;
    const auto end = std::find_if(book_.ends.begin(), book_.ends.end(),
                                  [&](const Position& one) { return one.byte > reader.at; });
    Record kind = Record::kNote;
    const std::string_view record = reader.cursor.peek(kind);
    HUBBUB_ASSERT(record == std::string_view(book_.bytes).substr(reader.at, end->byte - reader.at));
    reader.cursor.advance(record.size());
    HUBBUB_ASSERT((kind == Record::kMessage) == (end->messages > std::prev(end)->messages));
    reader.at = reader.unskipped(end->byte);
  }

  void check(const Reader& reader) const {
    HUBBUB_ASSERT(log_.head().byte == book_.bytes.size());
    HUBBUB_ASSERT(log_.head().messages == book_.ends.back().messages);
    HUBBUB_ASSERT(reader.cursor.byte() == reader.at);
    HUBBUB_ASSERT(reader.cursor.head_byte() == book_.bytes.size());
    HUBBUB_ASSERT(reader.cursor.lag_bytes(log_) == book_.bytes.size() - reader.at);
    HUBBUB_ASSERT(reader.cursor.at_end() == (reader.at == book_.bytes.size()));
    HUBBUB_ASSERT(gathered(reader.cursor) == reader.expected(book_));

    const auto end = std::find_if(book_.ends.begin(), book_.ends.end(),
                                  [&](const Position& one) { return one.byte >= reader.at; });
    HUBBUB_ASSERT(reader.cursor.rest_of_record() ==
                  std::string_view(book_.bytes).substr(reader.at, end->byte - reader.at));
  }

  FuzzedDataProvider& chance_;
  Log log_;
  Book book_;
  std::vector<Reader> readers_;
  std::uint8_t next_byte_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kBytesMost = 400;  // a check of every byte each step: no more than that
  FuzzedDataProvider chance(data, std::min(size, kBytesMost));
  Library library(chance);
  while (chance.remaining_bytes() > 0) library.step();
  return 0;
}
