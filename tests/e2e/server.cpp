// What holds for every test whatever it is about: the server lives, ends well, and has nothing to
// complain of.
#include "tests/e2e/server.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

// HUBBUBD_RING and HUBBUBD_LOOPS, where they are set, choose for tests that do not care.
std::vector<std::string> command(const std::vector<std::string>& arguments,
                                 const std::vector<std::string>& wrapper) {
  std::vector<std::string> words = wrapper;
  words.insert(words.end(), {program("HUBBUBD"), "--listen", "chat=127.0.0.1:0", "--listen",
                             "echo=127.0.0.1:0"});
  if (const char* const ring = std::getenv("HUBBUBD_RING")) {
    words.insert(words.end(), {"--ring", ring});
  }
  if (const char* const loops = std::getenv("HUBBUBD_LOOPS")) {
    words.insert(words.end(), {"--loops", loops});
  }
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

// Of a line of the log's default pattern, "2026-11-22T12:03:04.123 error ...".
bool is_error(const std::string& line) {
  std::istringstream words(line);
  std::string time, level;
  words >> time >> level;
  return level == "error" || level == "critical" || contains(line, "runtime error:") ||
         contains(line, "Sanitizer");
}

}  // namespace

Server::Server(const std::vector<std::string>& arguments, const std::vector<std::string>& wrapper)
    : process_(command(arguments, wrapper)),
      chat_port_(port_of("chat")),
      echo_port_(port_of("echo")) {}

Server::~Server() {
  if (ended_) return;
  EXPECT_TRUE(process_.running()) << "the server ended during the test:\n" << log();
  process_.signal(SIGTERM);
  try {
    expect_end();
  } catch (const Failure& failure) {
    ADD_FAILURE() << failure.what();
  }
}

// From "listening protocol=chat address=127.0.0.1:40123".
std::uint16_t Server::port_of(const std::string& protocol) const {
  const std::string before = "listening protocol=" + protocol + " address=127.0.0.1:";
  const std::string log = process_.wait_for_errors(before);
  return static_cast<std::uint16_t>(std::stoi(log.substr(log.find(before) + before.size())));
}

void Server::expect_end(Duration patience) {
  ended_ = true;
  EXPECT_EQ(process_.wait(patience), 0) << log();
  check_log();
}

void Server::kill() {
  ended_ = true;
  process_.signal(SIGKILL);
  process_.wait();
}

void Server::check_log() const {
  std::istringstream lines(log());
  for (std::string line; std::getline(lines, line);) {
    const bool expected =
        std::any_of(expected_errors_.begin(), expected_errors_.end(),
                    [&](const std::string& text) { return contains(line, text); });
    EXPECT_TRUE(expected || !is_error(line)) << "the server's log has:\n" << line;
  }
}

}  // namespace e2e
