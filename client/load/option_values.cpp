// Reading values strictly.
#include "client/load/option_values.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "client/load/format.hpp"
#include "client/load/options.hpp"
#include "client/load/payload.hpp"
#include "core/units.hpp"

namespace load {

void refuse(const std::string& sentence) {
  throw CLI::ValidationError(sentence, 0);
}

std::size_t parse_count(const std::string& name, const std::string& text, std::size_t least,
                        std::size_t most) {
  std::size_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || rest != end || value < least || value > most) {
    refuse(fmt::format("{} takes a number from {} to {}, not '{}'", name, grouped(least),
                       grouped(most), text));
  }
  return value;
}

double parse_rate(const std::string& name, const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc{} || rest != end || !(value > 0) || value > Options::kRateMost) {
    refuse(fmt::format("{} takes a number per second, not '{}'", name, text));
  }
  return value;
}

double parse_zipf(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc{} || rest != end || !(value >= 0) || value > Options::kZipfMost) {
    refuse(fmt::format("--zipf takes a number from 0 to {}, not '{}'", Options::kZipfMost, text));
  }
  return value;
}

std::size_t parse_share(const std::string& name, const std::string& text, std::size_t clients) {
  if (!text.ends_with('%')) return parse_count(name, text, 1, Options::kClientsMost);
  const std::size_t percent = parse_count(name, text.substr(0, text.size() - 1), 1, 100);
  return std::max<std::size_t>(clients * percent / 100, 1);
}

core::Duration parse_time(const std::string& name, const std::string& text, core::Duration least) {
  const auto value = core::parse_duration(text);
  if (!value || *value < least || *value > std::chrono::hours(24 * 365)) {
    refuse(fmt::format("{} takes a duration such as 10s or 500ms, not '{}'", name, text));
  }
  return *value;
}

core::Address parse_address(const std::string& name, const std::string& text,
                            std::string_view example) {
  const auto address = core::Address::parse(text);
  if (!address || address->port() == 0) {
    refuse(fmt::format("{} takes a numeric address and a port such as {}, not '{}'", name, example,
                       printable(text)));
  }
  return *address;
}

MessageSizes parse_message_sizes(const std::string& text) {
  auto sizes = MessageSizes::parse(text, kStampBytes, Options::kSizeMost);
  if (!sizes) {
    refuse(
        fmt::format("--size takes a size from {} bytes to {}, such as 64 or 1KiB, a range 64-1KiB "
                    "or shares 64:9,1KiB:1, not '{}'",
                    kStampBytes, core::format_size(Options::kSizeMost), printable(text)));
  }
  return *std::move(sizes);
}

std::string parse_room(const std::string& text) {
  if (text.size() < 2 || text.front() != '#' || printable(text) != text ||
      text.find(' ') != std::string::npos) {
    refuse(fmt::format("--room takes a name such as #load, not '{}'", printable(text)));
  }
  return text;
}

Assertion parse_assertion(const std::string& text) {
  try {
    return Assertion::parse(text);
  } catch (const std::invalid_argument& error) {
    refuse(error.what());
  }
}

}  // namespace load
