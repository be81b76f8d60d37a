// The schema, version 1, is in README.md beside this file. Names stay; new ones may come.
#include "client/load/report_json.hpp"

#include <cmath>
#include <iterator>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "client/load/diagnosis.hpp"
#include "client/load/metrics.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace load {
namespace {

constexpr int kSchemaVersion = 1;

// Writes JSON with an indent of two; commas and line ends come by themselves.
class JsonWriter {
 public:
  void open(char bracket) {
    text_ += bracket;
    ++depth_;
    first_ = true;
  }
  void close(char bracket) {
    --depth_;
    if (!first_) new_line();
    text_ += bracket;
    first_ = false;
  }
  void item() {
    if (!first_) text_ += ',';
    first_ = false;
    new_line();
  }
  void key(std::string_view name) {
    item();
    value(name);
    text_ += ": ";
  }
  void value(std::string_view text) { core::append_json_string(text, text_); }
  void value(const char* text) { value(std::string_view(text)); }
  void value(bool truth) { text_ += truth ? "true" : "false"; }
  void value(std::uint64_t number) { text_ += fmt::to_string(number); }
  void value(std::int64_t number) { text_ += fmt::to_string(number); }
  void value(int number) { text_ += fmt::to_string(number); }
  // Whole numbers without a fraction; what JSON cannot say is null.
  void value(double number) {
    constexpr double kExactMost = 9007199254740992.0;  // 2^53
    if (!std::isfinite(number)) {
      text_ += "null";
    } else if (number == std::trunc(number) && std::abs(number) <= kExactMost) {
      value(static_cast<std::int64_t>(number));
    } else {
      fmt::format_to(std::back_inserter(text_), "{}", number);
    }
  }
  template <class Value>
  void value(const std::optional<Value>& maybe) {
    maybe ? value(*maybe) : static_cast<void>(text_ += "null");
  }
  template <class Value>
  void pair(std::string_view name, const Value& what) {
    key(name);
    value(what);
  }

  std::string take() {
    text_ += '\n';
    return std::move(text_);
  }

 private:
  void new_line() {
    text_ += '\n';
    text_.append(2 * depth_, ' ');
  }

  std::string text_;
  std::size_t depth_ = 0;
  bool first_ = true;
};

std::string_view suffix(Unit unit) {
  switch (unit) {
    case Unit::kNanoseconds:
      return "_ns";
    case Unit::kBytes:
      return "_bytes";
    case Unit::kCores:
      return "_cores";
    case Unit::kCount:
    case Unit::kRatio:
    case Unit::kPerSecond:
      return "";
  }
  return "";
}

void write_config(JsonWriter& json, const Options& options) {
  const bool broadcast = has_rooms(options.scenario);
  json.key("config");
  json.open('{');
  json.pair("clients", options.clients);
  json.pair("publishers", broadcast ? std::optional(options.publishers) : std::nullopt);
  json.pair("rooms", broadcast ? std::optional(options.rooms) : std::nullopt);
  json.pair("zipf", broadcast ? std::optional(options.zipf) : std::nullopt);
  json.pair("overlap", broadcast ? std::optional(options.overlap) : std::nullopt);
  json.pair("room", broadcast ? std::optional(options.room) : std::nullopt);
  json.pair("window", options.rate ? std::nullopt : std::optional(options.window));
  json.pair("rate", options.rate);
  const auto only = [&](ScenarioKind kind, auto value) {
    return options.scenario == kind ? std::optional(value) : std::nullopt;
  };
  json.pair("churn", only(ScenarioKind::kChurn, options.churn));
  json.pair("stalled", only(ScenarioKind::kSlow, options.stalled));
  json.pair("storms", only(ScenarioKind::kStorm, options.storms));
  json.pair("duration_ns", std::int64_t{options.duration.count()});
  json.pair("warmup_ns", std::int64_t{options.warmup.count()});
  json.pair("drain_ns", std::int64_t{options.drain.count()});
  json.pair("size_bytes", options.size);
  json.pair("sizes", options.sizes ? options.sizes->text() : core::format_size(options.size));
  json.pair("threads", options.threads);
  json.pair("tls", options.tls != nullptr);
  json.pair("server_pid", options.server_pid);
  json.pair("server_metrics", options.server_metrics
                                  ? std::optional(options.server_metrics->to_string())
                                  : std::nullopt);
  json.close('}');
}

void write_metrics(JsonWriter& json, const Result& result) {
  json.key("metrics");
  json.open('{');
  for (const Metric& metric : metrics()) {
    json.pair(fmt::format("{}{}", metric.name, suffix(metric.unit)), metric.value(result));
  }
  json.close('}');
}

void write_threads(JsonWriter& json, const Result& result) {
  json.key("threads");
  json.open('[');
  for (const ThreadFigures& thread : result.threads) {
    json.item();
    json.open('{');
    json.pair("clients", thread.clients);
    json.pair("cpu_cores", share_of_window(result, thread.cpu.total_ns));
    json.pair("cpu_user_cores", share_of_window(result, thread.cpu.user_ns));
    json.pair("waited_cores", share_of_window(result, thread.waited_ns));
    json.close('}');
  }
  json.close(']');
}

void write_faults(JsonWriter& json, const Result& result) {
  for (const auto& [name, causes] : {std::pair("closings", &result.closings),
                                     std::pair("connect_failures", &result.connect_failures)}) {
    json.key(name);
    json.open('{');
    for (const auto& [cause, count] : *causes) json.pair(cause, count);
    json.close('}');
  }
  json.pair("faulty_pairs", result.proof.faulty_pairs);
  json.key("worst_pairs");
  json.open('[');
  for (const FaultyPair& pair : result.proof.worst) {
    json.item();
    json.open('{');
    json.pair("receiver", pair.receiver);
    json.pair("sender", pair.sender);
    json.pair("room", pair.room.empty() ? std::nullopt : std::optional(pair.room));
    json.pair("expected", pair.deliveries.expected);
    json.pair("received", pair.deliveries.received);
    json.pair("lost", pair.deliveries.lost);
    json.pair("duplicated", pair.deliveries.duplicated);
    json.pair("reordered", pair.deliveries.reordered);
    json.close('}');
  }
  json.close(']');
  json.pair("first_refusal",
            result.first_refusal.empty() ? std::nullopt : std::optional(result.first_refusal));
}

void write_knee(JsonWriter& json, const Result& result) {
  json.key("probes");
  json.open('[');
  for (const Knee::Probe& probe : result.knee ? result.knee->probes : std::vector<Knee::Probe>()) {
    json.item();
    json.open('{');
    json.pair("rate", probe.rate);
    json.pair("p99_ns", probe.p99_ns);
    json.pair("holds", probe.holds);
    json.pair("tester_was_bottleneck", probe.tester_was_bottleneck);
    json.close('}');
  }
  json.close(']');
}

void write_storms(JsonWriter& json, const Result& result) {
  json.key("storms");
  json.open('[');
  for (const Result::Storm& storm : result.storms) {
    json.item();
    json.open('{');
    json.pair("at", static_cast<double>(storm.at_ns) / 1e9);
    json.pair("dropped", storm.dropped);
    json.pair("spared", storm.spared);
    json.pair("returned", storm.returned);
    json.pair("recovery_ns", storm.is_over() ? std::optional(storm.back_ns) : std::nullopt);
    json.close('}');
  }
  json.close(']');
}

void write_samples(JsonWriter& json, const Result& result) {
  json.key("samples");
  json.open('[');
  for (const Sample& sample : result.samples) {
    json.item();
    json.open('{');
    json.pair("at", sample.at);
    json.pair("seconds", sample.seconds);
    json.pair("sent", sample.sent);
    json.pair("received", sample.received);
    json.pair("p50_ns", sample.p50_ns);
    json.pair("p99_ns", sample.p99_ns);
    json.close('}');
  }
  json.close(']');
}

void write_histogram(JsonWriter& json, const Histogram& latency) {
  json.key("latency_histogram");
  json.open('[');
  for (std::size_t bucket = 0; bucket < Histogram::kBuckets; ++bucket) {
    if (latency.count_in(bucket) == 0) continue;
    json.item();
    json.open('{');
    json.pair("from_ns", Histogram::bucket_begin(bucket));
    json.pair("below_ns", Histogram::bucket_begin(bucket) + Histogram::bucket_width(bucket));
    json.pair("count", latency.count_in(bucket));
    json.close('}');
  }
  json.close(']');
}

void write_judgement(JsonWriter& json, const Options& options, const Result& result) {
  json.pair("interrupted", result.interrupted());
  json.pair("interrupted_while",
            result.interrupted() ? std::optional(result.interrupted_while) : std::nullopt);
  json.key("warnings");
  json.open('[');
  for (const std::string& sentence : warnings(options, result)) {
    json.item();
    json.value(sentence);
  }
  json.close(']');
  json.key("assertions");
  json.open('[');
  for (const Assertion& assertion : options.assertions) {
    json.item();
    json.open('{');
    json.pair("text", assertion.text());
    json.pair("holds", assertion.holds(result));
    json.pair("value", assertion.value(result));
    json.close('}');
  }
  json.close(']');
  json.pair("status", exit_status(options, result));
}

}  // namespace

std::string json_report(const Options& options, const Result& result) {
  JsonWriter json;
  json.open('{');
  json.pair("version", kSchemaVersion);
  json.pair("tool", "hubbub-load " HUBBUB_VERSION);
  json.pair("scenario", name_of(options.scenario));
  json.pair("dialect", result.dialect);
  json.pair("address", options.address.to_string());
  write_config(json, options);
  json.pair("seconds", result.seconds);
  write_metrics(json, result);
  write_threads(json, result);
  write_faults(json, result);
  write_knee(json, result);
  write_storms(json, result);
  write_samples(json, result);
  write_histogram(json, result.latency);
  write_judgement(json, options, result);
  json.close('}');
  return json.take();
}

}  // namespace load
