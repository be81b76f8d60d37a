// Establishing many connections, a bounded number at a time: more at once would fill the listener's
// backlog and measure the kernel's retransmission timer.
#include "client/load/fleet.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/timeout.hpp"

namespace load {
namespace {

constexpr core::Duration kLook = std::chrono::milliseconds(2);

}  // namespace

core::Task<Arrivals> Fleet::connect_all(const Interruption& interruption) {
  for (std::size_t client = 0; client < tasks_.size(); ++client) connect(client);
  while (connecting_ > 0 && !interruption.requested) co_await core::sleep(kLook);
  established_ = connecting_ == 0 && failures_ == 0;
  Arrivals arrivals{
      .clients = tasks_.size(), .tried = launched_, .failed = failures_, .causes = causes_};
  if (interruption.requested) arrivals.interrupted = "connecting";
  co_return arrivals;
}

std::size_t Fleet::each_share(std::size_t of_all) const {
  return std::max<std::size_t>(of_all / share_.count, 1);
}

void Fleet::connect(std::size_t client) {
  waiting_.push_back(client);
  launch();
}

void Fleet::launch() {
  if (waiting_.empty() || connecting_ == each_share(kConnectingMost)) return;
  if (!established_ && failures_ >= each_share(kFailuresMost)) return;
  const std::size_t client = waiting_.front();
  waiting_.pop_front();
  ++connecting_;
  if (!established_) ++launched_;
  tasks_[client] = loop_.spawn(serve(client), "client");
}

void Fleet::drop(std::size_t client) {
  if (tasks_[client]) tasks_[client].cancel();
}

void Fleet::stall(const std::vector<std::uint32_t>& clients) {
  stalled_.assign(tasks_.size(), false);
  for (const std::uint32_t client : clients) stalled_[client] = true;
}

void Fleet::resume() {
  stalled_.clear();
  resumed_.set();
}

core::Task<void> Fleet::serve(std::size_t client) {
  std::optional<core::Stream> stream = co_await established(client);
  if (!stream) co_return;
  owner_.connected(client, stream->outflow());
  for (;;) {
    if (!stalled_.empty() && stalled_[client]) co_await resumed_.wait();
    const core::Received received = co_await stream->receive();
    if (received.empty()) break;
    owner_.received(client, received.bytes());
  }
  const std::string cause = cause_of(stream->end_error());
  if (!owner_.closed(client)) {
    ++closed_;
    ++closings_[cause];
    co_return;
  }
  ++causes_[cause];
  stream.reset();
  co_await core::sleep(kRetry);
  loop_.call_soon([this, client] { connect(client); });  // when this task is over
}

// Makes way for the next one when it is done.
core::Task<std::optional<core::Stream>> Fleet::established(std::size_t client) {
  std::optional<core::Stream> stream = co_await try_to_connect(client);
  while (!stream && established_) {
    co_await core::sleep(kRetry);
    stream = co_await try_to_connect(client);
  }
  --connecting_;
  launch();
  co_return stream;
}

core::Task<std::optional<core::Stream>> Fleet::try_to_connect(std::size_t client) {
  const core::Address source =
      sources_.empty() ? core::Address() : sources_[share_.number_of(client) % sources_.size()];
  try {
    core::Stream stream =
        co_await core::timeout(kConnectLimit, core::Stream::connect(address_, source));
    if (tls_) co_await core::timeout(kConnectLimit, stream.start_tls(tls_));
    co_return stream;
  } catch (const core::TlsError&) {
    failed(EPROTO);
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

}  // namespace load
