// Three significant digits are what a measurement is good for.
#include "client/load/format.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include <fmt/format.h>

namespace load {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

std::string three_digits(double value) {
  if (value >= 99.95) return fmt::format("{:.0f}", value);
  return fmt::format("{:.{}f}", value, value >= 9.995 ? 1 : 2);
}

// In the largest unit of which there is one.
std::string in_units(double value, std::span<const Unit> units) {
  const Unit* unit = &units.front();
  for (const Unit& larger : units) {
    if (value >= larger.factor) unit = &larger;
  }
  if (unit == &units.front()) return fmt::format("{:.0f} {}", value, unit->name);
  return fmt::format("{} {}", three_digits(value / unit->factor), unit->name);
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string text = fmt::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string rate(double per_second) {
  if (per_second >= 99.95) return grouped(static_cast<std::uint64_t>(std::llround(per_second)));
  return three_digits(per_second);
}

std::string nanoseconds(double count) {
  static constexpr std::array<Unit, 4> kUnits{{{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}};
  return in_units(count, kUnits);
}

std::string bytes(double count) {
  static constexpr std::array<Unit, 4> kUnits{
      {{"B", 1}, {"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0}}};
  return in_units(count, kUnits);
}

std::string fields_that_fit(std::string_view line, std::size_t columns) {
  std::size_t end = 0;  // of what fits, in bytes
  for (std::size_t taken = 0; end < line.size(); ++end) {
    const bool begins_character = (static_cast<unsigned char>(line[end]) & 0xC0) != 0x80;
    if (begins_character && taken++ == columns) break;
  }
  if (end == line.size()) return std::string(line);
  const std::size_t gap = line.substr(0, end + 2).rfind("  ");
  return std::string(line.substr(0, std::min(gap, end)));
}

std::string printable(std::string_view text) {
  constexpr std::size_t kMost = 200;
  std::string result(text.substr(0, kMost));
  for (char& c : result) {
    if (c < ' ' || c > '~') c = '?';
  }
  return result;
}

}  // namespace load
