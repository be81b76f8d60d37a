// Accepting, admitting, and seeing everybody off.
#include "server/worker.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <string_view>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/assert.hpp"
#include "core/timeout.hpp"
#include "server/chat_session.hpp"
#include "server/echo_session.hpp"
#include "server/metrics_session.hpp"
#include "server/waiting.hpp"

namespace server {

namespace {

static_assert(sizeof(ChatSession) <= 232, "one per connection");

constexpr Parting kFarewell{.why = Departure::kShutdown};

core::Label task_name(Protocol protocol) {
  switch (protocol) {
    case Protocol::kChat:
      return "chat";
    case Protocol::kEcho:
      return "echo";
    case Protocol::kMetrics:
      return "metrics";
  }
  HUBBUB_ASSERT(false);
}

// Somebody who is told why it is not served.
class Refusal final : public Connection {
 public:
  Refusal(Connections& connections, core::Stream peer, const std::string& words, std::size_t& count)
      : Connection(connections, std::move(peer)), count_(count) {
    ++count_;
    stream().outflow().append(words);
  }
  ~Refusal() override { --count_; }

 private:
  core::Task<void> begin() override {
    end_service();
    co_return;
  }
  bool take(core::Received /*received*/) override { return false; }
  core::Task<void> catch_up() override { co_return; }

  std::size_t& count_;  // of those alive
};

}  // namespace

Worker::Worker(core::Loop& loop, Commons& commons, std::vector<Door> doors, const TlsContexts& tls)
    : loop_(loop),
      commons_(commons),
      hub_(loop, commons.directory, commons.bans),
      desk_(hub_, commons.accounts, commons.attempts, commons.registrations),
      chat_{hub_, desk_, connections_, commons.chat_encoder},
      reception_(loop, commons.admission, *this),
      ban_watch_(commons.bans, [this](const ServerBan& ban) {
        loop_.post([this, ban] { connections_.close_banned(ban); });
      }) {
  services_.reserve(doors.size());
  for (Door& door : doors) {
    services_.push_back(
        {door.protocol, core::Listener(loop, std::move(door.socket)), door.listener, nullptr});
  }
  use(tls);
}

// For those who come from now on.
void Worker::use(const TlsContexts& tls) {
  for (Service& service : services_) {
    service.tls = service.index < tls.size() ? tls[service.index] : nullptr;
  }
}

core::Task<void> Worker::run() {
  std::vector<core::TaskHandle<void>> acceptors;
  for (Service& service : services_) {
    acceptors.push_back(loop_.spawn(accept(service), "accept"));
  }
  core::TaskHandle<void> watch = loop_.spawn(watch_idle(), "idle");
  co_await ending_.wait();
  co_await stop(std::move(watch));
  for (auto& acceptor : acceptors) co_await stop(std::move(acceptor));
  co_await reception_.close();
  services_.clear();
  co_await empty();
}

// Late by at most an eighth of the time, and a second for the clock of connections.
core::Task<void> Worker::watch_idle() {
  using namespace std::chrono_literals;
  for (;;) {
    const core::Duration most = hub_.limits().idle;
    const bool watched = most > core::Duration::zero();
    co_await core::sleep(watched ? std::clamp<core::Duration>(most / 8, 100ms, 10s) : 10s);
    if (watched) connections_.close_idle(loop_.now(), most);
  }
}

void Worker::reconfigure(const Config& config, const TlsContexts& tls) {
  use(tls);
  hub_.reconfigure(config);
  loop_.set_slow_callback(config.diagnostics.slow_callback);
}

void Worker::hurry() {
  hurried_ = true;
  connections_.close_all(kFarewell, {});
}

core::Task<void> Worker::empty() {
  if (connections_.size() == 0) co_return;
  const core::Duration grace = hurried_ ? core::Duration::zero() : hub_.config().shutdown.grace;
  core::Event& none_left = connections_.none_left();
  none_left.clear();
  connections_.close_all(kFarewell, grace);
  try {
    co_await core::timeout(grace, wait_for(none_left));
  } catch (const core::TimeoutError&) {
    if (const std::size_t owed = connections_.owed(); owed > 0) {
      spdlog::warn("{} connections did not take what they were owed in time", owed);
    }
    connections_.close_all({}, {});
  }
  co_await none_left.wait();
}

// Whatever one connection's beginning throws, the next one is accepted.
core::Task<void> Worker::accept(Service& service) {
  for (;;) {
    try {
      core::Stream stream = co_await service.listener.accept();
      receive({service.protocol, service.tls, std::move(stream)});
    } catch (const std::exception&) {
      const core::TaskContext& task = core::current_task();
      loop_.report(task.error_context("a connection was dropped", std::current_exception()));
    }
  }
}

// Whoever comes through a gateway is let in by its own address. Monitoring asks directly, perhaps
// from the gateway's machine.
void Worker::receive(Guest guest) {
  const Config::Limits& limits = hub_.limits();
  if (guest.protocol != Protocol::kMetrics &&
      core::any_contains(limits.gateways, guest.stream.peer())) {
    return reception_.wait_for_header(std::move(guest), limits);
  }
  admit(std::move(guest));
}

void Worker::admit(Guest guest) {
  auto answer = commons_.admission.admit(guest.stream.peer(), loop_.now());
  if (const auto* why = std::get_if<Admission::Refusal>(&answer)) {
    return refuse(std::move(guest), *why);
  }
  auto& seat = std::get<Admission::Seat>(answer);
  if (guest.tls) return reception_.shake_hands(std::move(guest), std::move(seat), hub_.limits());
  serve(std::move(guest), std::move(seat));
}

void Worker::serve(Guest guest, Admission::Seat seat) {
  // A ban that came during the handshake.
  if (guest.tls && seat.can_be_banned() && commons_.bans.find(guest.stream.peer())) return;
  Connection::start(loop_, make_connection(guest.protocol, std::move(guest.stream)),
                    std::move(seat), task_name(guest.protocol));
}

std::unique_ptr<Connection> Worker::make_connection(Protocol protocol, core::Stream stream) {
  const Config::Limits& limits = hub_.config().limits;
  switch (protocol) {
    case Protocol::kChat:
      return std::make_unique<ChatSession>(chat_, std::move(stream), limits.line);
    case Protocol::kEcho:
      return std::make_unique<EchoSession>(connections_, std::move(stream), limits.echo_buffer);
    case Protocol::kMetrics:
      return std::make_unique<MetricsSession>(hub_, commons_.admission, commons_.accounts,
                                              connections_, std::move(stream));
  }
  HUBBUB_ASSERT(false);
}

// Without a word where TLS would have to be spoken: a handshake is what it is refused.
void Worker::refuse(Guest guest, Admission::Refusal why) {
  if (refusing_ >= kRefusingMost || guest.tls) return;
  const std::string words = refusal(guest.protocol, guest.stream.peer(), why);
  auto refusing =
      std::make_unique<Refusal>(connections_, std::move(guest.stream), words, refusing_);
  Connection::start(loop_, std::move(refusing), {}, task_name(guest.protocol));
}

// What the protocol has to say to who is not let in; empty where it has no words.
std::string Worker::refusal(Protocol protocol, const core::Address& address,
                            Admission::Refusal why) {
  std::string bytes;
  if (protocol != Protocol::kChat) return bytes;
  const Config::Limits& limits = hub_.config().limits;
  std::optional<ServerBan> ban;
  Event event = event::ServerFull{};
  if (why == Admission::Refusal::kTooManyOfAddress) {
    event = event::TooManyConnections{.most = limits.connections_per_address};
  } else if (why == Admission::Refusal::kTooOftenOfAddress) {
    event = event::ConnectsTooOften{.most = limits.connects_per_minute};
  } else if (why == Admission::Refusal::kBanned) {
    ban = commons_.bans.find(address);
    event = ban ? event::Banned{.reason = ban->reason, .until = ban->until} : event::Banned{};
  }
  commons_.chat_encoder.encode(event, hub_.local_time(), bytes);
  return bytes;
}

}  // namespace server
