// LineSplitter: however the bytes are cut, the pieces put together again are the lines, none is
// longer than the limit, and only the first piece of a line says that it begins one.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/assert.hpp"
#include "core/line_splitter.hpp"
#include "tests/fuzz/pieces.hpp"

namespace {

struct Piece {
  std::string text;
  bool begins, ends;

  bool operator==(const Piece&) const = default;
};

// Lines by the book: cut at LF, those too long into pieces of the limit, a CR taken off the last.
std::vector<Piece> by_the_book(std::string_view bytes, std::size_t most) {
  std::vector<Piece> pieces;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    bool begins = true;
    for (; line.size() > most; begins = false) {
      pieces.push_back({std::string(line.substr(0, most)), begins, false});
      line.remove_prefix(most);
    }
    if (line.ends_with('\r')) line.remove_suffix(1);
    pieces.push_back({std::string(line), begins, true});
  }
  return pieces;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t most = 1 + data[0] % 64U;
  const fuzz::Pieces pieces(data + 1, size - 1);

  core::LineSplitter splitter(most);
  std::vector<Piece> found;
  const auto take = [&](const core::LinePiece& piece) {
    HUBBUB_ASSERT(piece.text.size() <= most);
    found.push_back({std::string(piece.text), piece.begins, piece.ends});
  };
  pieces.for_each([&](std::string_view piece, std::uint8_t) {
    splitter.feed(piece, take);
    HUBBUB_ASSERT(splitter.rest().size() <= most);
  });
  splitter.finish(take);
  HUBBUB_ASSERT(splitter.rest().empty());
  HUBBUB_ASSERT(found == by_the_book(pieces.text(), most));
  return 0;
}
