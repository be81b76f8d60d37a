// What is wrong is answered as HTTP says, and every answer says that it is the last.
#include "server/metrics_session.hpp"

#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/event.hpp"
#include "core/timeout.hpp"
#include "server/metrics_text.hpp"
#include "server/process_facts.hpp"
#include "server/waiting.hpp"

namespace server {
namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kExposition = "text/plain; version=0.0.4; charset=utf-8";

// What the loops answer, kept until all have, whether or not somebody still waits for it.
struct Collected {
  core::Event complete;
  std::vector<Statistics> loops;
  std::size_t rooms = 0;
  std::size_t sanctions = 0;
};

std::shared_ptr<Collected> collect(Hub& hub) {
  const auto collected = std::make_shared<Collected>();
  hub.collect_statistics([collected](const event::Stats& all) {
    collected->loops.assign(all.loops.begin(), all.loops.end());
    collected->rooms = all.rooms;
    collected->sanctions = all.sanctions;
    collected->complete.set();
  });
  return collected;
}

}  // namespace

MetricsSession::MetricsSession(Hub& hub, const Admission& admission, const Accounts& accounts,
                               Connections& connections, core::Stream stream)
    : Connection(connections, std::move(stream)),
      hub_(hub),
      admission_(admission),
      accounts_(accounts) {}

MetricsSession::~MetricsSession() {
  hub_.loop().timers().disarm(*this);
}

core::Task<void> MetricsSession::begin() {
  hub_.loop().timers().arm(*this, hub_.loop().now() + kRequestMost);
  co_return;
}

void MetricsSession::fire() {
  note_refusal(Cause::kHandshake, "no request for metrics in time");
  close({.why = Departure::kSilent}, core::Duration::zero());
}

bool MetricsSession::take(core::Received received) {
  switch (request_.feed(received.bytes())) {
    case HttpRequest::State::kIncomplete:
      return false;
    case HttpRequest::State::kComplete:
      hub_.loop().timers().disarm(*this);
      return true;
    case HttpRequest::State::kMalformed:
      refuse("400 Bad Request", "this is not an HTTP/1 request\n");
      return false;
    case HttpRequest::State::kTooLong:
      refuse("431 Request Header Fields Too Large", "the request's head is too long\n");
      return false;
  }
  return false;
}

core::Task<void> MetricsSession::catch_up() {
  if (request_.method() != "GET" && request_.method() != "HEAD") {
    refuse("405 Method Not Allowed\r\nAllow: GET, HEAD", "only GET and HEAD\n");
  } else if (request_.path() == "/metrics") {
    co_await answer_metrics();
  } else if (request_.path() == "/healthz") {
    co_await answer_health();
  } else {
    refuse("404 Not Found", "there are /metrics and /healthz\n");
  }
}

core::Task<void> MetricsSession::answer_metrics() {
  const std::shared_ptr<Collected> collected = collect(hub_);
  co_await collected->complete.wait();
  answer("200 OK", kExposition,
         metrics_text({.loops = collected->loops,
                       .rooms = collected->rooms,
                       .sanctions = collected->sanctions,
                       .connections = admission_.taken(),
                       .connections_limit = hub_.limits().connections,
                       .admission = admission_.counts(),
                       .accounts = accounts_.figures(),
                       .process = ProcessFacts::now()}));
}

core::Task<void> MetricsSession::answer_health() {
  const std::shared_ptr<Collected> collected = collect(hub_);
  bool answered = true;
  try {
    co_await core::timeout(kHealthMost, wait_for(collected->complete));
  } catch (const core::TimeoutError&) {
    answered = false;
  }
  if (answered) {
    answer("200 OK", kText, "ok\n");
    co_return;
  }
  answer("503 Service Unavailable", kText, "a loop does not answer\n");
}

void MetricsSession::refuse(std::string_view status, std::string_view body) {
  answer(status, kText, body);
}

void MetricsSession::answer(std::string_view status, std::string_view type, std::string_view body) {
  const bool has_body = request_.method() != "HEAD";
  stream().outflow().append(
      fmt::format("HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
                  "Cache-Control: no-store\r\nConnection: close\r\n\r\n{}",
                  status, type, body.size(), has_body ? body : std::string_view()));
  hub_.loop().timers().disarm(*this);
  end_service();
}

}  // namespace server
