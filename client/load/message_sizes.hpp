// How large the texts of a run are: all alike, or by a distribution.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace load {

// The size of a message follows from whose it is and which one, so that every run sends the same,
// and a receiver knows what size a message must have. Distributions are kept as 256 quantiles.
class MessageSizes {
 public:
  // All alike.
  MessageSizes(std::size_t size);  // NOLINT: a size is one

  // "64", "64-1KiB" (each as likely), or "64:9,1KiB:1" (nine of ten have 64 bytes). Nothing for
  // anything else, or for a size out of bounds.
  static std::optional<MessageSizes> parse(std::string_view text, std::size_t least,
                                           std::size_t most);

  std::size_t of(std::uint32_t sender, std::uint32_t sequence) const {
    if (is_fixed()) [[likely]]
      return most_;
    const std::uint64_t key = std::uint64_t{sender} << 32 | sequence;
    return quantiles_[(key * kSpread) >> 56];
  }

  bool is_fixed() const { return least_ == most_; }
  std::size_t least() const { return least_; }
  std::size_t most() const { return most_; }
  // As it was given.
  const std::string& text() const { return text_; }

 private:
  static constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;  // Fibonacci hashing
  static constexpr std::size_t kQuantiles = 256;

  std::size_t least_;
  std::size_t most_;
  std::array<std::uint32_t, kQuantiles> quantiles_{};
  std::string text_;
};

}  // namespace load
