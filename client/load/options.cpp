// The options, on CLI11.
#include "client/load/options.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "client/load/delivery_proof.hpp"
#include "client/load/dialect.hpp"
#include "client/load/exchange.hpp"
#include "client/load/format.hpp"
#include "client/load/in_flight.hpp"
#include "client/load/option_values.hpp"
#include "client/load/payload.hpp"
#include "client/load/topology.hpp"
#include "client/load/usage.hpp"
#include "core/units.hpp"

namespace load {
namespace {

constexpr const char* kDescription =
    "hubbub-load: puts a server under load, measures it, and proves that nothing was lost.";

constexpr const char* kFooter =
    "Scenarios:\n"
    "  echo       every client sends messages to an echo server and checks what comes back\n"
    "  broadcast  members of one chat room; every message must reach every other member\n"
    "  rooms      many rooms, few of them popular; talkers and lurkers, some in several rooms\n"
    "  churn      members leave, disconnect, connect and join again, one after another\n"
    "  idle       most connections say nothing; what they cost, and how a few others fare\n"
    "  slow       some members stop reading; how the others fare, and what becomes of the slow\n"
    "  storm      all connections are dropped at once, and come again\n"
    "  knee       runs again and again, to find the highest rate at which all assertions hold\n"
    "             (where none are given: p99<10ms and lost==0); --rate is where it begins\n"
    "\n"
    "hubbub-load compare BEFORE.json AFTER.json compares two runs that --json wrote.\n"
    "hubbub-load phases FILE [OPTION...] makes the runs that a YAML file describes.\n"
    "\n"
    "With --window a client or publisher keeps so many messages outstanding (closed loop); with\n"
    "--rate messages are sent by a schedule whatever becomes of them, and latency counts from the\n"
    "time they were to be sent (open loop). That is the default, with 100 messages per second.\n"
    "\n"
    "Exit status: 0 it ran and all assertions hold; 3 one does not; 2 it could not run.\n"
    "\n"
    "Examples:\n"
    "  hubbub-load echo --clients 1000 --rate 20000 --duration 30s\n"
    "  hubbub-load broadcast --clients 1000 --window 64 --assert 'p99<5ms' --assert 'lost==0'\n"
    "  hubbub-load broadcast --dialect redis --clients 1000 --rate 200";

// In the order of ScenarioKind.
constexpr auto kScenarios = std::to_array<std::pair<ScenarioKind, std::string_view>>({
    {ScenarioKind::kEcho, "echo"},
    {ScenarioKind::kBroadcast, "broadcast"},
    {ScenarioKind::kRooms, "rooms"},
    {ScenarioKind::kChurn, "churn"},
    {ScenarioKind::kIdle, "idle"},
    {ScenarioKind::kSlow, "slow"},
    {ScenarioKind::kStorm, "storm"},
    {ScenarioKind::kKnee, "knee"},
});

std::string scenario_names() {
  std::string names(kScenarios.front().second);
  for (const auto& [kind, name] : kScenarios) {
    if (kind != ScenarioKind::kEcho) names += fmt::format(", {}", name);
  }
  return names;
}

// Where servers listen unless they are told otherwise.
struct DefaultAddress {
  std::string_view dialect;
  const char* address;
};
constexpr auto kAddresses = std::to_array<DefaultAddress>({
    {"echo", "127.0.0.1:7007"},
    {"chat", "127.0.0.1:7777"},
    {"redis", "127.0.0.1:6379"},
    {"nats", "127.0.0.1:4222"},
    {"irc", "127.0.0.1:6667"},
});

std::string default_address(std::string_view dialect) {
  const auto found =
      std::find_if(kAddresses.begin(), kAddresses.end(),
                   [&](const DefaultAddress& one) { return one.dialect == dialect; });
  return found->address;
}

// What was given, before it is known what belongs together.
struct Given {
  std::string scenario;
  std::vector<std::string> special;  // options that only some scenarios have
  std::vector<std::string> sources;
  std::optional<std::string> stalled;
  std::optional<std::string> threads;
  std::optional<std::size_t> rooms;
  std::optional<std::string> connect;
  std::optional<std::size_t> publishers;
  std::optional<std::size_t> window;
  std::optional<std::string> room;
  std::optional<std::string> dialect;
  bool tls = false;
};

void add(CLI::App& app, const std::string& name, const std::string& value, const std::string& help,
         const std::function<void(const std::string&)>& take) {
  app.add_option_function(name, take, help)->type_name(value)->take_last();
}

void add_topology(CLI::App& app, Options& options, Given& given) {
  app.add_option("SCENARIO", given.scenario, scenario_names())->type_name("");
  add(app, "--connect", "HOST:PORT",
      "where the server is [where such a server listens by default, on 127.0.0.1]",
      [&](const std::string& text) { given.connect = text; });
  app.add_flag("--tls", given.tls, "speak TLS; whoever the server is, it is believed");
  app.add_option("--source", given.sources,
                 "connect from this address; may be repeated, for more than 28,000 connections\n"
                 "[to a loopback address: from as many of 127.0.0.0/8 as are needed]")
      ->type_name("ADDR");
  add(app, "--clients", "N", "connections [100]", [&](const std::string& text) {
    options.clients = parse_count("--clients", text, 1, Options::kClientsMost);
  });
  add(app, "--threads", "N|auto",
      "of the tester, which share the clients; auto: one per processor it may use [1]",
      [&](const std::string& text) { given.threads = text; });
  add(app, "--publishers", "P",
      "of them, how many speak [broadcast and slow: 1, idle: 10, others: a tenth]",
      [&](const std::string& text) {
        given.publishers = parse_count("--publishers", text, 1, Options::kClientsMost);
      });
  add(app, "--dialect", "NAME",
      "what the server speaks: chat, redis, nats or irc; not for echo [chat]",
      [&](const std::string& text) { given.dialect = text; });
  add(app, "--room", "ROOM", "the room they are in, or how the rooms' names begin [#load]",
      [&](const std::string& text) { given.room = parse_room(text); });
}

void add_disturbance(CLI::App& app, Options& options, Given& given) {
  const auto special = [&](const std::string& name, const std::string& value,
                           const std::string& help,
                           const std::function<void(const std::string&)>& take) {
    add(app, name, value, help, [&given, name, take](const std::string& text) {
      given.special.push_back(name);
      take(text);
    });
  };
  special("--rooms", "N", "how many rooms [rooms: 10, others: 1]", [&](const std::string& text) {
    given.rooms = parse_count("--rooms", text, 1, Options::kClientsMost);
  });
  special("--zipf", "S", "members of the room of rank r as 1/r^S; 0: all rooms are as large [1]",
          [&](const std::string& text) { options.zipf = parse_zipf(text); });
  special("--overlap", "K", "rooms that each client is in [1]", [&](const std::string& text) {
    options.overlap = parse_count("--overlap", text, 1, Options::kClientsMost);
  });
  special("--churn", "R", "churn: clients per second that go and come again [10]",
          [&](const std::string& text) { options.churn = parse_rate("--churn", text); });
  special("--stalled", "N|N%", "slow: clients that stop reading [10%]",
          [&](const std::string& text) { given.stalled = text; });
  special("--storms", "N", "storm: how often all are dropped [1]", [&](const std::string& text) {
    options.storms = parse_count("--storms", text, 1, 1000);
  });
}

void add_traffic(CLI::App& app, Options& options, Given& given) {
  add(app, "--rate", "R", "open loop: messages per second, of all together",
      [&](const std::string& text) { options.rate = parse_rate("--rate", text); });
  add(app, "--window", "W", "closed loop: messages outstanding per client or publisher [1]",
      [&](const std::string& text) {
        given.window = parse_count("--window", text, 1, Options::kWindowMost);
      });
  add(app, "--size", "B",
      "bytes of a message's text, also as a range 64-1KiB or as shares 64:9,1KiB:1 [64]",
      [&](const std::string& text) {
        options.sizes = parse_message_sizes(text);
        options.size = options.sizes->most();
      });
  add(app, "--warmup", "D", "before measuring [2s]", [&](const std::string& text) {
    options.warmup = parse_time("--warmup", text, core::Duration::zero());
  });
  add(app, "--duration", "D", "of measuring [10s]", [&](const std::string& text) {
    options.duration = parse_time("--duration", text, std::chrono::milliseconds(1));
  });
  add(app, "--drain", "D", "how long to wait at the end while nothing arrives any more [5s]",
      [&](const std::string& text) {
        options.drain = parse_time("--drain", text, core::Duration::zero());
      });
}

void add_output(CLI::App& app, Options& options, std::vector<std::string>& assertions) {
  add(app, "--server-pid", "PID", "also measure this process: its CPU and memory",
      [&](const std::string& text) {
        options.server_pid = static_cast<pid_t>(parse_count("--server-pid", text, 1, 1U << 22));
      });
  add(app, "--server-metrics", "HOST:PORT",
      "hubbubd's `metrics` listener: also tell how many sends its deliveries took",
      [&](const std::string& text) {
        options.server_metrics = parse_address("--server-metrics", text, "127.0.0.1:9777");
      });
  add(app, "--json", "FILE", "also write the summary as JSON; - is standard output",
      [&](const std::string& text) { options.json = text; });
  add(app, "--report", "FILE", "also write the summary as a page of HTML, with pictures",
      [&](const std::string& text) { options.report = text; });
  app.add_option("--assert", assertions, "exit with 3 unless this holds; may be repeated")
      ->type_name("EXPR");
  app.add_flag("--quiet", options.quiet, "no progress on standard error");
  app.set_version_flag("--version", "hubbub-load " HUBBUB_VERSION, "print the version");
  app.set_help_flag("-h,--help", "print this");
}

void check_dialect(const Options& options) {
  const auto dialect = make_dialect(options.dialect);
  if (!dialect) {
    refuse(fmt::format("there is no dialect '{}'; there are chat, redis, nats and irc",
                       printable(options.dialect)));
  }
  if (options.size > dialect->text_most()) {
    refuse(fmt::format("in {} a text has at most {} bytes", options.dialect, dialect->text_most()));
  }
}

bool has_option(ScenarioKind kind, std::string_view name) {
  switch (kind) {
    case ScenarioKind::kEcho:
    case ScenarioKind::kBroadcast:
    case ScenarioKind::kIdle:
      return false;
    case ScenarioKind::kRooms:
    case ScenarioKind::kChurn:
    case ScenarioKind::kSlow:
    case ScenarioKind::kStorm:
    case ScenarioKind::kKnee:
      break;
  }
  if (name == "--churn") return kind == ScenarioKind::kChurn;
  if (name == "--stalled") return kind == ScenarioKind::kSlow;
  if (name == "--storms") return kind == ScenarioKind::kStorm;
  return true;
}

ScenarioKind find_scenario(const std::string& name) {
  if (name.empty()) refuse(fmt::format("a scenario is missing: {}", scenario_names()));
  const auto found = std::find_if(kScenarios.begin(), kScenarios.end(),
                                  [&](const auto& one) { return one.second == name; });
  if (found == kScenarios.end()) {
    refuse(fmt::format("there is no scenario '{}'; there are {}", name, scenario_names()));
  }
  return found->first;
}

std::size_t publishers_by_default(const Options& options) {
  switch (options.scenario) {
    case ScenarioKind::kEcho:
    case ScenarioKind::kBroadcast:
    case ScenarioKind::kSlow:
      return 1;
    case ScenarioKind::kIdle:
      return std::min<std::size_t>(options.clients, 10);
    case ScenarioKind::kRooms:
    case ScenarioKind::kChurn:
    case ScenarioKind::kStorm:
    case ScenarioKind::kKnee:
      break;
  }
  return std::max<std::size_t>(options.clients / 10, 1);
}

// The kernel has 28,232 ports for the connections from one address to one listener.
std::vector<core::Address> sources(const Options& options, const Given& given) {
  std::vector<core::Address> result;
  for (const std::string& text : given.sources) {
    const auto address = core::Address::parse(
        text.find(':') == std::string::npos ? text + ":0" : "[" + text + "]:0");
    if (!address || address->family() != options.address.family()) {
      refuse(fmt::format("--source takes a numeric address of the server's kind, not '{}'",
                         printable(text)));
    }
    result.push_back(*address);
  }
  const bool has_many = options.address.is_loopback() && options.address.family() == AF_INET;
  if (!result.empty() || !has_many || options.clients <= Options::kClientsPerSource) return result;
  const std::size_t needed =
      (options.clients + Options::kClientsPerSource - 1) / Options::kClientsPerSource;
  for (std::size_t i = 1; i <= needed; ++i) {
    result.push_back(*core::Address::parse(fmt::format("127.0.0.{}:0", i)));
  }
  return result;
}

// None is without a client.
std::size_t threads(const Options& options, const std::string& text) {
  const std::size_t most = std::min(Exchange::kSharesMost, options.clients);
  if (text == "auto") return std::min(own_processors(), most);
  const std::size_t count = parse_count("--threads", text, 1, Exchange::kSharesMost);
  if (count > options.clients) {
    refuse(fmt::format("{} clients are too few for {} threads", grouped(options.clients), count));
  }
  return count;
}

// What is only wrong together.
void complete(Options& options, const Given& given) {
  options.scenario = find_scenario(given.scenario);
  if (given.tls) options.tls = core::TlsContext::client({.everybody = true});
  const bool rooms = has_rooms(options.scenario);
  if (!rooms && given.dialect) refuse("--dialect is not for the echo scenario");
  if (!rooms && given.publishers) refuse("--publishers is not for the echo scenario");
  if (!rooms && given.room) refuse("--room is not for the echo scenario");
  if (!rooms && options.sizes && !options.sizes->is_fixed()) {
    refuse("in the echo scenario all messages have one size");
  }
  for (const std::string& name : given.special) {
    if (has_option(options.scenario, name)) continue;
    refuse(fmt::format("{} is not for the {} scenario", name, given.scenario));
  }
  options.dialect = given.dialect.value_or(rooms ? "chat" : "echo");
  options.room = given.room.value_or(options.room);
  if (rooms) check_dialect(options);
  const std::string where = given.connect.value_or(default_address(options.dialect));
  options.address = parse_address("--connect", where, "127.0.0.1:7777");
  options.sources = sources(options, given);
  options.threads = threads(options, given.threads.value_or("1"));

  if (options.rate && given.window) refuse("--rate and --window exclude each other");
  if (!options.rate && !given.window) options.rate = Options::kRateDefault;
  options.window = given.window.value_or(options.window);
  options.publishers = given.publishers.value_or(publishers_by_default(options));
  options.rooms = given.rooms.value_or(options.scenario == ScenarioKind::kRooms ? 10 : 1);
  if (options.scenario == ScenarioKind::kKnee && options.assertions.empty()) {
    for (const char* const text : {"p99<10ms", "lost==0"}) {
      options.assertions.push_back(Assertion::parse(text));
    }
  }
  if (options.scenario == ScenarioKind::kSlow) {
    options.stalled = parse_share("--stalled", given.stalled.value_or("10%"), options.clients);
  }
}

void check_rooms(const Options& options) {
  if (options.clients < 2) refuse("it takes at least 2 clients to hear each other");
  if (options.publishers > options.clients) {
    refuse(fmt::format("{} publishers are more than {} clients", grouped(options.publishers),
                       grouped(options.clients)));
  }
  if (options.overlap > options.rooms) {
    refuse(fmt::format("nobody can be in {} of {} rooms", grouped(options.overlap),
                       grouped(options.rooms)));
  }
  if (options.clients * options.overlap < 2 * options.rooms) {
    refuse(fmt::format("{} clients are too few for {} rooms of at least two members",
                       grouped(options.clients), grouped(options.rooms)));
  }
  if (options.publishers + options.stalled > options.clients) {
    refuse(fmt::format("of {} clients, {} that publish and {} that read nothing leave none",
                       grouped(options.clients), grouped(options.publishers),
                       grouped(options.stalled)));
  }
  if (options.scenario == ScenarioKind::kIdle && options.publishers < 2) {
    refuse("it takes at least 2 publishers to hear each other among the idle");
  }
}

void check_topology(const Options& options) {
  for (const Assertion& assertion : options.assertions) {
    const Needs needs = assertion.metric().needs;
    if (needs == Needs::kProcess && !options.server_pid) {
      refuse(fmt::format("'{}' needs --server-pid", assertion.text()));
    }
    if (needs == Needs::kCounters && !options.server_metrics) {
      refuse(fmt::format("'{}' needs --server-metrics", assertion.text()));
    }
  }
  if (has_rooms(options.scenario)) check_rooms(options);
  const bool come_and_go =
      options.scenario == ScenarioKind::kChurn || options.scenario == ScenarioKind::kStorm;
  if (options.scenario == ScenarioKind::kKnee && !options.rate) {
    refuse("the knee is one of rates; give a --rate to begin with, and no --window");
  }
  if (come_and_go && !options.rate) {
    refuse("where clients come and go there is no window; give a --rate");
  }
  std::size_t senders = options.clients;
  if (has_rooms(options.scenario)) {
    const Topology topology = make_topology(options);
    senders = topology.voices();
    if (topology.pairs() > DeliveryProof::kPairsMost) {
      refuse(fmt::format("{} clients and {} publishers are more pairs than can be followed ({})",
                         grouped(options.clients), grouped(options.publishers),
                         grouped(DeliveryProof::kPairsMost)));
    }
  }
  if (senders > kSendersMost) {
    refuse(fmt::format("{} publishers in {} rooms each are more than can be told apart ({})",
                       grouped(options.publishers), grouped(options.overlap),
                       grouped(kSendersMost)));
  }
  if (!options.rate && senders * std::bit_ceil(options.window) > InFlight::kSlotsMost) {
    refuse(fmt::format("{} times a window of {} are more messages outstanding than can be followed",
                       grouped(senders), grouped(options.window)));
  }
}

ExitRequest usage_error(const std::string& message) {
  return {kCouldNotRun, fmt::format("hubbub-load: {}\nTry 'hubbub-load --help'.\n", message), true};
}

}  // namespace

std::string_view name_of(ScenarioKind kind) {
  return kScenarios[static_cast<std::size_t>(kind)].second;
}

std::variant<Options, ExitRequest> parse_options(int argc, const char* const* argv) {
  Options options;
  Given given;
  std::vector<std::string> assertions;
  CLI::App app(kDescription, "hubbub-load");
  app.footer(kFooter);
  add_topology(app, options, given);
  add_disturbance(app, options, given);
  add_traffic(app, options, given);
  add_output(app, options, assertions);
  try {
    app.parse(argc, argv);
    for (const std::string& text : assertions) options.assertions.push_back(parse_assertion(text));
    complete(options, given);
    check_topology(options);
  } catch (const CLI::CallForHelp&) {
    return ExitRequest{kRan, app.help(), false};
  } catch (const CLI::CallForVersion& version) {
    return ExitRequest{kRan, fmt::format("{}\n", version.what()), false};
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what());
  }
  return options;
}

}  // namespace load
