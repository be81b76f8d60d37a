// How the fuzz targets read an input that arrives in pieces: the first four bytes are the sizes of
// the pieces, taken in turn, and the rest is what arrives. So a mutation of one byte moves a cut or
// changes a character, and seeds can be written by hand: "zzzz" means few cuts, "!!!!" many.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

namespace fuzz {

class Pieces {
 public:
  Pieces(const std::uint8_t* data, std::size_t size) {
    text_ = {reinterpret_cast<const char*>(data), size};
    for (std::uint8_t& cut : cuts_) {
      if (text_.empty()) break;
      cut = static_cast<std::uint8_t>(text_.front());
      text_.remove_prefix(1);
    }
  }

  // All of it in one piece.
  std::string_view text() const { return text_; }

  // Calls handle(piece, cut) for piece after piece, each in memory of exactly its size, so that a
  // look past its end is seen, and one at an earlier piece too. Of `cut`, the low five bits are the
  // size of the piece; the others are for the caller.
  template <class Handle>
  void for_each(const Handle& handle) const {
    std::size_t turn = 0;
    for (std::string_view rest = text_; !rest.empty(); ++turn) {
      const std::uint8_t cut = cuts_[turn % cuts_.size()];
      const std::size_t size = std::min<std::size_t>(rest.size(), 1 + (cut & 31U));
      const auto copy = std::make_unique<char[]>(size);
      std::copy_n(rest.data(), size, copy.get());
      handle(std::string_view(copy.get(), size), cut);
      rest.remove_prefix(size);
    }
  }

 private:
  std::array<std::uint8_t, 4> cuts_{};
  std::string_view text_;
};

}  // namespace fuzz
