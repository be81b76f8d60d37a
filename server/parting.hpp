// A parting: why somebody's connection ends. The words for it are a dialect's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace server {

enum class Departure : std::uint8_t {
  kQuit,            // it asked for the end, or ended the connection in order
  kLost,            // the connection broke
  kReadsTooSlowly,  // chat.on_lag: disconnect
  kReadsNothing,    // of its private lines
  kSendsTooFast,    // limits.input_rate, for limits.input_patience
  kSilent,          // limits.idle; or it did not say in time what it is here for
  kEnded,           // by an operator of the server (/kill)
  kBanned,          // the same (/gban)
  kElsewhere,       // it logged in elsewhere
  kShutdown,        // the server ends
  kFailed,          // an exception
};

// As the log has them.
constexpr std::string_view to_string(Departure why) {
  constexpr std::string_view kWords[] = {"quit",      "lost",     "lag",   "mailbox",
                                         "too_fast",  "idle",     "ended", "banned",
                                         "elsewhere", "shutdown", "failed"};
  return kWords[static_cast<std::size_t>(why)];
}

struct Parting {
  Departure why = Departure::kQuit;
  std::string_view words{};  // of who quits, or of the operator; may be empty
};

}  // namespace server
