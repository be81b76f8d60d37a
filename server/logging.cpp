// Choosing spdlog's sink and form. JSON needs a formatter of its own, because a message may hold
// quotes and whatever a stranger put into a name.
#include "server/logging.hpp"

#include <chrono>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "core/text.hpp"

namespace server {

namespace {

// {"time":"2026-11-22T12:03:04.123Z","level":"info","message":"..."}
class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) override {
    const auto since_epoch = message.time.time_since_epoch();
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count() % 1000;
    const std::time_t seconds = std::chrono::system_clock::to_time_t(message.time);
    const auto level = spdlog::level::to_string_view(message.level);
    fmt::format_to(std::back_inserter(line),
                   R"({{"time":"{:%Y-%m-%dT%H:%M:%S}.{:03}Z","level":"{}","message":)",
                   fmt::gmtime(seconds), milliseconds,
                   std::string_view(level.data(), level.size()));
    std::string end;
    core::append_json_string({message.payload.data(), message.payload.size()}, end);
    end += "}\n";
    line.append(end);
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>();
  }
};

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return spdlog::level::trace;
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

void set_up_logging(const Config::Log& config) {
  auto logger = std::make_shared<spdlog::logger>(
      "hubbubd", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_level(level_of(config.level));
  logger->flush_on(spdlog::level::trace);
  if (config.format == LogFormat::kJson) {
    logger->set_formatter(std::make_unique<JsonFormatter>());
  } else {
    logger->set_pattern(config.pattern);
  }
  spdlog::set_default_logger(std::move(logger));
}

void set_log_level(LogLevel level) {
  spdlog::default_logger_raw()->set_level(level_of(level));
}

}  // namespace server
