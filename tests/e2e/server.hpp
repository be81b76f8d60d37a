// hubbubd under test, on ports of its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/client.hpp"
#include "tests/e2e/person.hpp"
#include "tests/e2e/process.hpp"

namespace e2e {

// Whether the programs are slow and large because a sanitizer watches them.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
inline constexpr bool kSanitized = false;
#endif

// Serves from the end of the constructor on. Unless stop() was called, the destructor ends it and
// fails the test if it did not live until then, did not end with status 0, or logged an error that
// was not expected. Declare it before its clients, so that they are gone first.
class Server {
 public:
  // `wrapper` is a command that runs the server, such as prlimit.
  explicit Server(const std::vector<std::string>& arguments = {},
                  const std::vector<std::string>& wrapper = {});
  ~Server();

  std::uint16_t chat_port() const { return chat_port_; }
  std::uint16_t echo_port() const { return echo_port_; }
  // Of another listener among the arguments.
  std::uint16_t port_of(const std::string& protocol) const;
  Process& process() { return process_; }

  Person guest(Place place = Place::current()) const { return Person(chat_port_, {}, 0, place); }
  Person person(std::string_view nick, Place place = Place::current()) const {
    return Person(chat_port_, nick, 0, place);
  }

  std::string log() const { return process_.errors(); }
  std::string wait_for_log(std::string_view text, Place place = Place::current()) const {
    return process_.wait_for_errors(text, place);
  }
  // An error with this text in its line is no failure.
  void expect_error(std::string text) { expected_errors_.push_back(std::move(text)); }

  // Waits for the end of a server that was told to end, and checks it as the destructor does.
  void expect_end(Duration patience = kPatience);

  // Ends it as a crash would (SIGKILL).
  void kill();

 private:
  void check_log() const;

  Process process_;
  std::uint16_t chat_port_ = 0;
  std::uint16_t echo_port_ = 0;
  std::vector<std::string> expected_errors_;
  bool ended_ = false;
};

}  // namespace e2e
