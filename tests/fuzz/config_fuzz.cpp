// The configuration file: whatever stands in it is either refused, with a place and in lines that
// any terminal can show, or it is UTF-8 whose configuration can be used, printed and read back.
#include <cstdint>
#include <string>
#include <string_view>

#include <spdlog/pattern_formatter.h>

#include "core/assert.hpp"
#include "server/config_file.hpp"
#include "tests/unit/safe_text.hpp"

namespace {

using server::Config;
using server::ConfigError;

template <class Handle>
void for_each_line(std::string_view text, const Handle& handle) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    handle(line);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
}

// "f:3:", the least that a place is.
bool has_place(std::string_view line) {
  if (!line.starts_with("f:")) return false;
  const std::string_view number = line.substr(2, line.find(':', 2) - 2);
  return !number.empty() && number.find_first_not_of("0123456789") == std::string_view::npos &&
         number.front() != '0';
}

void check_errors(std::string_view errors) {
  HUBBUB_ASSERT(!errors.empty() && !errors.ends_with('\n'));
  for_each_line(errors, [](std::string_view line) {
    HUBBUB_ASSERT(has_place(line));
    HUBBUB_ASSERT(core::support::is_safe(line));
  });
}

void check_config(const Config& config) {
  HUBBUB_ASSERT(server::find_conflicts(config).empty());
  const std::string printed = server::print_config(config);
  for_each_line(printed,
                [](std::string_view line) { HUBBUB_ASSERT(core::support::is_safe(line)); });
  HUBBUB_ASSERT(server::parse_config(printed, "printed") == config);
}

// A line of the log can be written in the notation that was accepted.
void check_pattern(const std::string& pattern) {
  spdlog::pattern_formatter formatter(pattern);
  const spdlog::details::log_msg message("hubbubd", spdlog::level::info, "hello");
  spdlog::memory_buf_t line;
  formatter.format(message, line);
  HUBBUB_ASSERT(line.size() < 64 * 1024);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  Config config;
  try {
    config = server::parse_config(yaml, "f");
  } catch (const ConfigError& error) {
    check_errors(error.what());
    return 0;
  }
  HUBBUB_ASSERT(core::support::is_utf8(yaml));
  check_config(config);
  check_pattern(config.log.pattern);
  return 0;
}
