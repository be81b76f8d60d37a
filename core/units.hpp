// Sizes and durations as people write them: 64KiB, 250ms.
//
// Configuration files, options and reports share one spelling, and it is exact in both directions:
// what format_* writes, parse_* reads back to the same value.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace core {

inline constexpr std::size_t kKiB = 1024;
inline constexpr std::size_t kMiB = 1024 * kKiB;
inline constexpr std::size_t kGiB = 1024 * kMiB;

// A whole number of bytes, alone or directly followed by B, kB (or KB), MB, GB for powers of 1000
// or KiB, MiB, GiB for powers of 1024. Nothing for anything else: a sign, a fraction, a space, a
// lone K (which of the two?), or more than a std::size_t holds.
std::optional<std::size_t> parse_size(std::string_view text);

// In the largest of GiB, MiB and KiB that divides the size, else the plain number: 64KiB, 65537.
std::string format_size(std::size_t bytes);

// A whole number directly followed by ns, us, ms, s, min (or m) or h, or a bare 0. Nothing for
// anything else: a sign, a fraction, a number without a unit, or more than core::Duration holds
// (292 years).
std::optional<Duration> parse_duration(std::string_view text);

// In the largest unit that divides the duration: 5s, 1500ms, 2min. Zero is 0s.
std::string format_duration(Duration duration);

}  // namespace core
