// One row per metric. Units are seconds and bytes, counters end with _total, as Prometheus wants.
#include "server/metrics_text.hpp"

#include <iterator>
#include <string_view>

#include <fmt/format.h>

namespace server {
namespace {

class Writer {
 public:
  enum class Kind { kGauge, kCounter, kHistogram };

  void begin(std::string_view name, Kind kind, std::string_view help) {
    constexpr std::string_view kKinds[] = {"gauge", "counter", "histogram"};
    name_ = name;
    fmt::format_to(std::back_inserter(text_), "# HELP hubbub_{} {}\n# TYPE hubbub_{} {}\n", name,
                   help, name, kKinds[static_cast<int>(kind)]);
  }

  template <class Value>
  void sample(std::string_view labels, Value value, std::string_view suffix = "") {
    fmt::format_to(std::back_inserter(text_), "hubbub_{}{}{} {}\n", name_, suffix, labels, value);
  }

  // A metric with one sample.
  template <class Value>
  void one(std::string_view name, Kind kind, std::string_view help, Value value) {
    begin(name, kind, help);
    sample("", value);
  }

  // A metric with a sample for each loop.
  template <class Get>
  void each(std::string_view name, Kind kind, std::string_view help,
            std::span<const Statistics> loops, Get get) {
    begin(name, kind, help);
    for (std::size_t i = 0; i < loops.size(); ++i) sample(of_loop(i), get(loops[i]));
  }

  // Values are `unit` of what is shown: nanoseconds shown as seconds have 1e9.
  template <class Buckets>
  void histogram(std::string_view name, std::string_view help, std::span<const Statistics> loops,
                 Buckets Statistics::*buckets, double unit) {
    begin(name, Kind::kHistogram, help);
    for (std::size_t i = 0; i < loops.size(); ++i) {
      const Buckets& one = loops[i].*buckets;
      for (std::size_t bound = 0; bound < one.bounds().size(); ++bound) {
        const double below = static_cast<double>(one.bounds()[bound]) / unit;
        sample(fmt::format("{{loop=\"{}\",le=\"{}\"}}", i, below), one.below(bound), "_bucket");
      }
      sample(fmt::format("{{loop=\"{}\",le=\"+Inf\"}}", i), one.count(), "_bucket");
      sample(of_loop(i), static_cast<double>(one.sum()) / unit, "_sum");
      sample(of_loop(i), one.count(), "_count");
    }
  }

  // One of the names that every process has in Prometheus: without our prefix.
  template <class Value>
  void process(std::string_view name, Kind kind, std::string_view help, Value value) {
    fmt::format_to(std::back_inserter(text_),
                   "# HELP process_{0} {1}\n# TYPE process_{0} {2}\n"
                   "process_{0} {3}\n",
                   name, help, kind == Kind::kGauge ? "gauge" : "counter", value);
  }

  std::string take() { return std::move(text_); }

 private:
  static std::string of_loop(std::size_t i) { return fmt::format("{{loop=\"{}\"}}", i); }

  std::string text_;
  std::string_view name_;
};

constexpr double kNanoseconds = 1e9;

void write_connections(const Observation& observed, Writer& writer) {
  using Kind = Writer::Kind;
  writer.begin("build_info", Kind::kGauge, "The version, as a label.");
  writer.sample("{version=\"" HUBBUB_VERSION "\"}", 1);
  writer.one("connections", Kind::kGauge, "Connections that are open now.", observed.connections);
  writer.one("connections_limit", Kind::kGauge, "limits.connections: how many may be open.",
             observed.connections_limit);
  writer.one("connections_accepted_total", Kind::kCounter, "Connections that were let in.",
             observed.admission.admitted);
  writer.one("tls_handshakes_total", Kind::kCounter, "TLS handshakes that succeeded.",
             observed.admission.handshakes);
  writer.begin("connections_refused_total", Kind::kCounter,
               "Connections that were not let in or were sent away, by cause.");
  for (std::size_t i = 0; i < observed.admission.refused.size(); ++i) {
    writer.sample(fmt::format("{{cause=\"{}\"}}", kCauses[i]), observed.admission.refused[i]);
  }
  writer.one("rooms", Kind::kGauge, "Rooms that there are now.", observed.rooms);
  writer.one("room_sanctions", Kind::kGauge, "Bans, mutes and invitations in rooms.",
             observed.sanctions);
}

void write_accounts(const AccountFigures& accounts, Writer& writer) {
  using Kind = Writer::Kind;
  writer.one("accounts", Kind::kGauge, "Accounts that are registered.", accounts.registered);
  writer.begin("account_requests_total", Kind::kCounter,
               "What people asked of their accounts, and what came of it.");
  for (std::size_t action = 0; action < kAccountActions.size(); ++action) {
    for (std::size_t outcome = 0; outcome < kAccountOutcomes.size(); ++outcome) {
      writer.sample(fmt::format("{{action=\"{}\",outcome=\"{}\"}}", kAccountActions[action],
                                kAccountOutcomes[outcome]),
                    accounts.requests[action][outcome]);
    }
  }
  writer.one("password_hashes_waiting", Kind::kGauge,
             "Passwords that are hashed now, or wait for that.", accounts.hashes_waiting);
  writer.one("password_hash_longest_seconds", Kind::kGauge,
             "The longest that a password was hashed since the start, waiting included.",
             accounts.longest_hash_seconds);
  writer.one("store_writes_total", Kind::kCounter, "Changes of accounts and bans on the disk.",
             accounts.store_writes);
  writer.one("store_failures_total", Kind::kCounter,
             "Calls that the store of accounts and bans could not do.", accounts.store_failures);
}

void write_hub(std::span<const Statistics> loops, Writer& writer) {
  using Kind = Writer::Kind;
  writer.each("people", Kind::kGauge, "People in the chat now.", loops,
              [](const Statistics& loop) { return loop.people; });
  writer.each("messages_total", Kind::kCounter, "Messages that people of this loop said.", loops,
              [](const Statistics& loop) { return loop.messages; });
  writer.each("deliveries_total", Kind::kCounter,
              "Deliveries of those messages: one for each member that is to get it.", loops,
              [](const Statistics& loop) { return loop.deliveries; });
  writer.each("missed_messages_total", Kind::kCounter,
              "Messages that readers of this loop were skipped over because they were too slow.",
              loops, [](const Statistics& loop) { return loop.missed; });
  writer.each("sends_total", Kind::kCounter, "Sends to clients.", loops,
              [](const Statistics& loop) { return loop.sends.sends; });
  writer.each("sent_bytes_total", Kind::kCounter, "Bytes that clients' sockets took.", loops,
              [](const Statistics& loop) { return loop.sends.bytes; });
  writer.each("blocked_sends_total", Kind::kCounter,
              "Sends after which a socket took no more for the moment.", loops,
              [](const Statistics& loop) { return loop.sends.blocked; });
  writer.histogram("reader_lag_bytes",
                   "How far blocked readers were behind whenever their room got something.", loops,
                   &Statistics::lags, 1);
}

void write_loops(std::span<const Statistics> loops, Writer& writer) {
  using Kind = Writer::Kind;
  writer.histogram(
      "loop_pass_seconds",
      "Passes of the event loop, beside waiting; the rate of the sum is how busy it is.", loops,
      &Statistics::passes, kNanoseconds);
  writer.each("loop_longest_pass_seconds", Kind::kGauge, "The longest pass since the start.", loops,
              [](const Statistics& loop) {
                return static_cast<double>(loop.passes.most()) / kNanoseconds;
              });
  writer.each("slow_callbacks_total", Kind::kCounter,
              "Steps that held their loop up longer than diagnostics.slow_callback.", loops,
              [](const Statistics& loop) { return loop.slow_callbacks; });
  writer.each("tasks", Kind::kGauge, "Tasks that live now.", loops,
              [](const Statistics& loop) { return loop.tasks; });
  writer.each("contained_exceptions_total", Kind::kCounter,
              "Exceptions that nobody awaited: each ended one connection and is in the log.", loops,
              [](const Statistics& loop) { return loop.exceptions; });
}

}  // namespace

std::string metrics_text(const Observation& observed) {
  using Kind = Writer::Kind;
  Writer writer;
  write_connections(observed, writer);
  write_accounts(observed.accounts, writer);
  write_hub(observed.loops, writer);
  write_loops(observed.loops, writer);
  const ProcessFacts& process = observed.process;
  writer.process("cpu_seconds_total", Kind::kCounter, "User and system CPU time in seconds.",
                 process.cpu_seconds);
  writer.process("resident_memory_bytes", Kind::kGauge, "Resident memory in bytes.",
                 process.resident_bytes);
  writer.process("max_fds", Kind::kGauge, "Files that the process may open.",
                 process.descriptors_most);
  writer.process("start_time_seconds", Kind::kGauge,
                 "When it started, since the epoch, in seconds.", process.start_seconds);
  return writer.take();
}

}  // namespace server
