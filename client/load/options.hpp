// The command line of hubbub-load.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <sys/types.h>

#include "client/load/assertion.hpp"
#include "client/load/message_sizes.hpp"
#include "core/address.hpp"
#include "core/time.hpp"
#include "core/tls_context.hpp"

namespace load {

// Exit statuses, promised to scripts.
inline constexpr int kRan = 0;
inline constexpr int kCouldNotRun = 2;
inline constexpr int kAssertionFailed = 3;

enum class ScenarioKind : std::uint8_t {
  kEcho,
  kBroadcast,
  kRooms,
  kChurn,
  kIdle,
  kSlow,
  kStorm,
  kKnee
};

// All but echo are about members of rooms.
constexpr bool has_rooms(ScenarioKind kind) {
  return kind != ScenarioKind::kEcho;
}

struct Options {
  static constexpr std::size_t kClientsMost = std::size_t{1} << 20;
  static constexpr std::size_t kWindowMost = std::size_t{1} << 16;
  static constexpr std::size_t kSizeMost = std::size_t{1} << 20;
  static constexpr double kRateMost = 1e9;
  static constexpr double kRateDefault = 100;  // where neither a rate nor a window is given
  static constexpr double kZipfMost = 10;
  static constexpr std::size_t kClientsPerSource = 25'000;  // Linux has 28,232 ports for them

  ScenarioKind scenario = ScenarioKind::kEcho;
  core::Address address;
  std::vector<core::Address> sources;  // where clients connect from; empty: as the kernel has it
  std::shared_ptr<const core::TlsContext> tls;  // null: plain
  std::size_t clients = 100;
  std::size_t threads = 1;     // that share them
  std::size_t publishers = 1;  // of the clients
  std::size_t rooms = 1;
  double zipf = 1;             // how popularity falls from room to room; 0: all are as popular
  std::size_t overlap = 1;     // rooms that a client is in
  double churn = 10;           // churn: clients a second that go and come again
  std::size_t stalled = 0;     // slow: clients that read nothing
  std::size_t storms = 1;      // storm: how often all are dropped
  std::optional<double> rate;  // open loop: messages a second, of all together
  std::size_t window = 1;      // closed loop: messages outstanding per client or publisher
  core::Duration duration = std::chrono::seconds(10);
  core::Duration warmup = std::chrono::seconds(2);
  core::Duration drain = std::chrono::seconds(5);
  std::size_t size = 64;  // of a message's text, bytes; the most, where they differ:
  std::optional<MessageSizes> sizes;
  std::string room = "#load";  // or, where there are more, how their names begin
  std::string dialect;         // what is spoken: "echo" in the echo scenario
  std::optional<pid_t> server_pid;
  std::optional<core::Address> server_metrics;  // where the server tells what it counted
  bool server_metrics_work = false;             // an earlier run of the same search was told
  std::optional<std::string> json;              // a file, or - for standard output
  std::optional<std::string> report;            // a file
  bool quiet = false;
  std::vector<Assertion> assertions;
};

std::string_view name_of(ScenarioKind kind);

// What the program is to print, and the status it is to exit with, instead of going on.
struct ExitRequest {
  int status;
  std::string text;  // whole lines
  bool to_stderr;
};

// Understands and checks the command line; what is returned can be run, as far as that can be told
// without trying. argv[0] is the program, as in main.
std::variant<Options, ExitRequest> parse_options(int argc, const char* const* argv);

}  // namespace load
