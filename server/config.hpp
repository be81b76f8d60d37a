// What hubbubd can be told, as plain values.
//
// The members' initial values are the defaults. Which text each of them accepts, its range and its
// name in a file are in server/config_keys.cpp; reading is in server/config_file.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/address.hpp"
#include "core/network.hpp"
#include "core/time.hpp"
#include "core/tls_context.hpp"
#include "core/units.hpp"

namespace server {

enum class Protocol : std::uint8_t { kChat, kEcho, kMetrics };
enum class RingKind : std::uint8_t { kAuto, kIoUring, kEpoll };
enum class LogLevel : std::uint8_t { kTrace, kDebug, kInfo, kWarning, kError };
enum class LogFormat : std::uint8_t { kText, kJson };
enum class LagPolicy : std::uint8_t { kSkip, kDisconnect };

// The words for a choice, in the order of its enumerators.
template <typename Choice>
inline constexpr std::array<std::string_view, 0> kWords{};
template <>
inline constexpr std::array<std::string_view, 3> kWords<Protocol>{"chat", "echo", "metrics"};
template <>
inline constexpr std::array<std::string_view, 3> kWords<RingKind>{"auto", "io_uring", "epoll"};
template <>
inline constexpr std::array<std::string_view, 5> kWords<LogLevel>{"trace", "debug", "info",
                                                                  "warning", "error"};
template <>
inline constexpr std::array<std::string_view, 2> kWords<LogFormat>{"text", "json"};
template <>
inline constexpr std::array<std::string_view, 2> kWords<LagPolicy>{"skip", "disconnect"};

template <typename Choice>
requires(!kWords<Choice>.empty()) constexpr std::string_view to_string(Choice choice) {
  return kWords<Choice>[static_cast<std::size_t>(choice)];
}

struct Listener {
  Protocol protocol = Protocol::kChat;
  core::Address address;
  core::TlsIdentity tls{};  // no certificate: plain; no key: it is in the certificate's file

  bool operator==(const Listener&) const = default;
};

// Chat on 127.0.0.1:7777 and echo on 127.0.0.1:7007.
std::vector<Listener> default_listeners();

// 127.0.0.0/8 and ::1.
std::vector<core::Network> default_trusted();

// Sizes are in bytes.
struct Config {
  struct Log {
    LogLevel level = LogLevel::kInfo;
    LogFormat format = LogFormat::kText;
    std::string pattern = "%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v";  // spdlog's, for LogFormat::kText

    bool operator==(const Log&) const = default;
  };

  struct Chat {
    std::string name = "hubbub";
    std::string lobby = "#lobby";
    std::string motd;  // may have several lines, ended by \n
    std::size_t replay = 10;
    std::size_t digest_above = 30;
    core::Duration digest_interval = std::chrono::seconds(3);
    LagPolicy on_lag = LagPolicy::kSkip;

    bool operator==(const Chat&) const = default;
  };

  struct Limits {
    std::size_t connections = 16'000;
    std::size_t reserve = 8;                   // of them, for trusted addresses; at most half
    std::size_t connections_per_address = 50;  // here and below, zero: no limit
    std::size_t connects_per_minute = 60;      // from one address
    std::vector<core::Network> trusted = default_trusted();
    std::vector<core::Network> gateways;  // that begin with a PROXY header
    std::size_t unannounced = 1'000;      // connections before such a header, or a TLS handshake
    core::Duration handshake = std::chrono::seconds(10);
    std::size_t input_rate = 10;  // lines a second of one client
    std::size_t input_burst = 40;
    core::Duration input_patience = std::chrono::minutes(1);
    core::Duration idle{};  // zero: for ever
    core::Duration unresponsive = std::chrono::minutes(5);
    std::size_t line = 4 * core::kKiB;
    std::size_t nick = 32;
    std::size_t room = 64;
    std::size_t topic = 390;
    std::size_t rooms_per_user = 20;
    std::size_t rooms = 10'000;
    std::size_t rooms_per_address = 200;  // of them, begun from there; zero: no limit
    std::size_t sanctions = 50'000;       // bans, mutes and invitations, in all rooms together
    std::size_t sanctions_per_address = 1'000;  // of them; zero: no limit
    std::size_t max_lag = core::kMiB;
    std::size_t mailbox = 256 * core::kKiB;
    std::size_t history = 64 * core::kKiB;
    std::size_t echo_buffer = 64 * core::kKiB;

    bool operator==(const Limits&) const = default;
  };

  struct Accounts {
    std::size_t most = 100'000;
    std::size_t registrations_per_day = 10;  // from one address; zero: any number
    std::size_t attempts_per_minute = 5;     // at passwords; zero: any number
    std::size_t hashing_threads = 1;
    std::size_t hashing_queue = 32;  // passwords that wait for one of these

    bool operator==(const Accounts&) const = default;
  };

  // People who may keep order everywhere.
  struct Operators {
    std::vector<core::Network> networks;  // whoever comes from there
    std::string password;                 // its hash; empty: none
    std::vector<std::string> accounts;    // whoever is logged in to one of them

    bool operator==(const Operators&) const = default;
  };

  struct Shutdown {
    core::Duration grace = std::chrono::seconds(5);

    bool operator==(const Shutdown&) const = default;
  };

  // Zero: not watched for.
  struct Diagnostics {
    core::Duration slow_callback = std::chrono::milliseconds(100);
    core::Duration watchdog = std::chrono::seconds(5);

    bool operator==(const Diagnostics&) const = default;
  };

  std::vector<Listener> listen = default_listeners();
  std::optional<std::size_t> loops;  // nothing: one for each processor
  std::size_t direct_sockets = 0;    // of each loop
  RingKind ring = RingKind::kAuto;
  std::string data_dir;  // empty: nothing is stored
  Log log;
  Chat chat;
  Limits limits;
  Accounts accounts;
  Operators operators;
  Shutdown shutdown;
  Diagnostics diagnostics;

  bool operator==(const Config&) const = default;
};

// Two values that are each fine and cannot both be had.
struct Conflict {
  std::vector<std::string_view> keys;  // those involved
  std::string message;                 // continues "<the first key>: "
};

std::vector<Conflict> find_conflicts(const Config& config);

// The configuration cannot be used. what() has every error found, one per line, without a final
// line end: "hubbub.yaml:12:3: limits.line: ...". hubbubd answers it with exit status 2.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace server
