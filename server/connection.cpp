// The life of a connection around its service: contained, ended in order, closed.
#include "server/connection.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/units.hpp"

namespace server {

namespace {

// Of the monotonic clock; enough for a century.
std::uint32_t seconds(core::Time time) {
  const auto since_boot = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch());
  return static_cast<std::uint32_t>(since_boot.count());
}

}  // namespace

Connection::Connection(Connections& connections, core::Stream stream)
    : connections_(connections),
      stream_(std::move(stream)),
      index_(static_cast<std::uint32_t>(connections.all_.size())) {
  connections_.all_.push_back(this);
}

Connection::~Connection() {
  if (task_ != nullptr) task_->set_subject(nullptr);
  connections_.all_[index_] = connections_.all_.back();
  connections_.all_[index_]->index_ = index_;
  connections_.all_.pop_back();
  if (connections_.all_.empty()) connections_.none_left_.set();
}

void Connection::start(core::Loop& loop, std::unique_ptr<Connection> connection,
                       Admission::Seat seat, std::string task) {
  Connection& started = *connection;
  started.seat_ = std::move(seat);
  core::TaskHandle<void> handle = loop.spawn(run(std::move(connection)), std::move(task));
  started.task_ = &handle.context();
  started.task_->set_subject(&started);
  started.heard_ = seconds(loop.now());
  handle.detach();
}

// GCC 12 keeps a place in the frame for all that stands in the body, whenever it lives: so little
// does.
core::Task<void> Connection::run(std::unique_ptr<Connection> connection) {
  Connection& self = *connection;
  try {
    co_await self.begin();
    while (!self.leaving_ && !self.served_) {
      if (self.arrived(co_await self.stream_.receive())) co_await self.catch_up();
    }
  } catch (const core::Cancelled&) {
    // close() was called; it left the reason.
  } catch (...) {
    self.report_failure();
  }
  self.end_serving();
  co_await self.stream_.finish(self.linger_);
}

core::Task<void> Connection::begin() {
  co_return;
}

bool Connection::arrived(core::Received received) {
  heard_ = seconds(task_->loop().now());
  if (!received.empty()) return take(std::move(received));
  served_ = true;
  return end_input();
}

void Connection::end_serving() {
  finishing_ = true;
  // Those asked the service to end, also where it ended before it noticed. The next one is for
  // finish().
  while (task_->cancelling() > 0) task_->uncancel();
  spdlog::debug("ended connection={} reason=\"{}\"", describe_connection(), reason());
  say_farewell();
}

void Connection::say_farewell() {
  try {
    farewell();
  } catch (...) {
    report_failure();
  }
}

void Connection::report_failure() {
  task_->loop().report(
      task_->error_context("connection ended by an exception", std::current_exception()));
  leave("internal error");
}

void Connection::close(std::string_view reason, core::Duration linger) {
  if (finishing_) {
    if (linger == core::Duration::zero()) task_->cancel();
    return;
  }
  if (!leaving_) leave(reason);
  linger_ = linger;
  task_->cancel();
}

void Connection::leave(std::string_view reason) {
  set_reason(reason);
  leaving_ = true;
}

void Connection::note_refusal(Cause cause, std::string_view why) const {
  Refusals* const refusals = seat_.refusals();
  if (refusals == nullptr) return;
  refusals->note(cause, stream_.peer().to_string(), why, task_->loop().now());
}

void Connections::close_idle(core::Time now, core::Duration most) const {
  const std::uint32_t before = seconds(now - most);
  for (Connection* const connection : all_) {
    if (connection->finishing_ || connection->leaving_ || connection->heard_ >= before) continue;
    connection->note_refusal(Cause::kIdle,
                             "nothing came for limits.idle=" + core::format_duration(most));
    connection->close("nothing came from you for too long", Connection::kLinger);
  }
}

// What fails for one of them is reported, and the others have their turn.
void Connections::close_banned(const ServerBan& ban) const {
  for (Connection* const connection : all_) {
    if (connection->trusted() || !ban.network.contains(connection->stream_.peer())) continue;
    connection->task_->loop().contain([&] { connection->end_banned(ban); });
  }
}

std::string Connection::describe_connection() const {
  return stream_.peer().to_string();
}

}  // namespace server
