// The log: which lines are written, and that JSON stays JSON whatever a stranger put into a name.
#include "server/logging.hpp"

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <yaml-cpp/yaml.h>

namespace server {
namespace {

class LoggingTest : public ::testing::Test {
 protected:
  ~LoggingTest() override { spdlog::set_default_logger(old_); }

  // What appears on standard error when a logger of that configuration writes one line.
  static std::string logged(const Config::Log& config, std::string_view message,
                            spdlog::level::level_enum level = spdlog::level::info) {
    testing::internal::CaptureStderr();
    set_up_logging(config);
    spdlog::log(level, message);
    return testing::internal::GetCapturedStderr();
  }
  static Config::Log json() {
    Config::Log config;
    config.format = LogFormat::kJson;
    return config;
  }
  // The message as a reader of JSON finds it (a flow mapping of YAML reads JSON's strings alike).
  static std::string read_back(std::string_view message) {
    return YAML::Load(logged(json(), message))["message"].as<std::string>();
  }

 private:
  const std::shared_ptr<spdlog::logger> old_ = spdlog::default_logger();
};

TEST_F(LoggingTest, AJsonLineHasATimeALevelAndAMessage) {
  const std::string line = logged(json(), "hello", spdlog::level::warn);
  const YAML::Node node = YAML::Load(line);
  EXPECT_EQ(node.size(), 3u);
  EXPECT_EQ(node["level"].as<std::string>(), "warning");
  EXPECT_EQ(node["message"].as<std::string>(), "hello");
  const auto time = node["time"].as<std::string>();
  ASSERT_EQ(time.size(), std::string_view("2026-11-22T12:03:04.123Z").size()) << time;
  EXPECT_EQ(time.substr(0, 2), "20");
  EXPECT_EQ(time[10], 'T');
  EXPECT_EQ(time[19], '.');
  EXPECT_EQ(time.back(), 'Z');
}

TEST_F(LoggingTest, AJsonLineIsOneLine) {
  const std::string line = logged(json(), "one\ntwo\r\nthree");
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_NE(line.find(R"("message":"one\u000atwo\u000d\u000athree"})"), std::string::npos) << line;
}

TEST_F(LoggingTest, QuotesAndBackslashesAreEscaped) {
  const std::string line = logged(json(), R"(reason="a\b")");
  EXPECT_NE(line.find(R"("message":"reason=\"a\\b\""})"), std::string::npos) << line;
}

TEST_F(LoggingTest, EveryControlCharacterIsEscaped) {
  for (int byte = 0; byte < 0x20; ++byte) {
    const std::string line = logged(json(), std::string(1, static_cast<char>(byte)));
    char escaped[16];
    std::snprintf(escaped, sizeof escaped, "\"\\u%04x\"", static_cast<unsigned>(byte));
    EXPECT_NE(line.find(escaped), std::string::npos) << line;
  }
}

TEST_F(LoggingTest, WhatIsEscapedIsReadBackAsItWas) {
  for (const char* const message :
       {"plain", "\"", "\\", "\\\"", "\\n", "{}", "[\"x\"], {\"y\":1}", "tab\tbell\a", "\x1b[31m",
        "caf\xc3\xa9 \xf0\x9f\x99\x82", "'", "/", "%s %d", "\",\"level\":\"error"}) {
    EXPECT_EQ(read_back(message), message);
  }
}

TEST_F(LoggingTest, LinesBelowTheLevelAreNotWritten) {
  Config::Log config = json();
  config.level = LogLevel::kWarning;
  EXPECT_EQ(logged(config, "hello", spdlog::level::info), "");
  EXPECT_NE(logged(config, "hello", spdlog::level::warn), "");
  config.level = LogLevel::kTrace;
  EXPECT_NE(logged(config, "hello", spdlog::level::trace), "");
}

TEST_F(LoggingTest, TextFollowsThePattern) {
  Config::Log config;
  config.pattern = "<%l> %v";
  EXPECT_EQ(logged(config, "say \"hi\"", spdlog::level::err), "<error> say \"hi\"\n");
}

}  // namespace
}  // namespace server
