// Establishing many connections, a bounded number at a time: more at once would fill the listener's
// backlog and measure the kernel's retransmission timer.
#include "client/load/fleet.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "client/load/format.hpp"
#include "core/timeout.hpp"

namespace load {
namespace {

constexpr core::Duration kLook = std::chrono::milliseconds(2);

}  // namespace

core::Task<void> Fleet::connect_all(const Interruption& interruption) {
  while (connecting_ < kConnectingMost && launched_ < clients_) launch();
  while (connecting_ > 0 && !interruption.requested) co_await core::sleep(kLook);
  if (interruption.requested) throw CannotRun("interrupted while connecting");
  if (failures_ > 0) refuse();
}

void Fleet::launch() {
  if (launched_ == clients_ || failures_ >= kFailuresMost) return;
  ++connecting_;
  loop_.spawn(serve(launched_++), "client").detach();
}

core::Task<void> Fleet::serve(std::size_t client) {
  std::optional<core::Stream> stream = co_await connect();
  --connecting_;
  launch();
  if (!stream) co_return;
  owner_.connected(client, stream->outflow());
  for (;;) {
    const core::Received received = co_await stream->receive();
    if (received.empty()) break;
    owner_.received(client, received.bytes());
  }
  ++closed_;
  ++closings_[cause_of(stream->end_error())];
  owner_.closed(client);
}

core::Task<std::optional<core::Stream>> Fleet::connect() {
  try {
    co_return co_await core::timeout(kConnectLimit, core::Stream::connect(address_));
  } catch (const core::TimeoutError&) {
    failed(ETIMEDOUT);
  } catch (const std::system_error& error) {
    failed(error.code().value());
  }
  co_return std::nullopt;
}

void Fleet::failed(int error) {
  ++failures_;
  ++causes_[cause_of(error)];
}

void Fleet::refuse() const {
  std::string sentence =
      fmt::format("{} of {} connections to {} were established: {}", grouped(launched_ - failures_),
                  grouped(clients_), address_.to_string(), describe(causes_));
  if (launched_ < clients_)
    sentence += fmt::format(", {} not tried", grouped(clients_ - launched_));
  throw CannotRun(sentence);
}

}  // namespace load
