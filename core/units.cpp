// Sizes and durations are both "a number and a unit's name"; two tables of units are all that
// differs.
#include "core/units.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <span>

#include <fmt/format.h>

namespace core {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// The first ones are written, from small to large; the others are only understood.
constexpr std::array<Unit, 9> kSizeUnits{{
    {"", 1},
    {"KiB", kKiB},
    {"MiB", kMiB},
    {"GiB", kGiB},
    {"B", 1},
    {"kB", 1'000},
    {"KB", 1'000},
    {"MB", 1'000'000},
    {"GB", 1'000'000'000},
}};
constexpr std::size_t kSizeUnitsWritten = 4;

constexpr std::array<Unit, 7> kDurationUnits{{
    {"ns", 1},
    {"us", 1'000},
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"min", 60'000'000'000},
    {"h", 3'600'000'000'000},
    {"m", 60'000'000'000},
}};
constexpr std::size_t kDurationUnitsWritten = 6;

static_assert(Duration::period::num == 1 && Duration::period::den == 1'000'000'000,
              "the table of durations counts nanoseconds");

std::optional<std::uint64_t> parse(std::string_view text, std::span<const Unit> units,
                                   std::uint64_t most) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view name(rest, static_cast<std::size_t>(end - rest));
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    if (number > most / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

std::string format(std::uint64_t value, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (value % unit.factor == 0) best = &unit;
  }
  return fmt::format("{}{}", value / best->factor, best->name);
}

}  // namespace

std::optional<std::size_t> parse_size(std::string_view text) {
  return parse(text, kSizeUnits, std::numeric_limits<std::size_t>::max());
}

std::string format_size(std::size_t bytes) {
  if (bytes == 0) return "0";
  return format(bytes, std::span(kSizeUnits).first<kSizeUnitsWritten>());
}

std::optional<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration::zero();
  const auto count =
      parse(text, kDurationUnits, static_cast<std::uint64_t>(Duration::max().count()));
  if (!count) return std::nullopt;
  return Duration(static_cast<Duration::rep>(*count));
}

std::string format_duration(Duration duration) {
  if (duration == Duration::zero()) return "0s";
  if (duration < Duration::zero()) {
    // Negating in unsigned arithmetic is right for Duration::min() too.
    const auto count = -static_cast<std::uint64_t>(duration.count());
    return "-" + format(count, std::span(kDurationUnits).first<kDurationUnitsWritten>());
  }
  return format(static_cast<std::uint64_t>(duration.count()),
                std::span(kDurationUnits).first<kDurationUnitsWritten>());
}

}  // namespace core
