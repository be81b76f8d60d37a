// The life of a connection around its service: contained, ended in order, closed.
#include "server/connection.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/units.hpp"

namespace server {

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
                       Admission::Seat seat, core::Label task) {
  Connection& started = *connection;
  started.seat_ = std::move(seat);
  core::TaskHandle<void> handle = loop.spawn(run(std::move(connection)), std::move(task));
  started.task_ = &handle.context();
  started.task_->set_subject(&started);
  started.heard_ = std::chrono::floor<Seconds>(loop.now().time_since_epoch());
  handle.detach();
}

// GCC 12 keeps a place in the frame for all that stands in the body, whenever it lives. So nothing
// does but one wait and one task: begin(), then what catch_up() has to do between bytes, and last
// the end.
core::Task<void> Connection::run(std::unique_ptr<Connection> connection) {
  do {
    try {
      co_await connection->work();
      while (connection->listens()) {
        co_await connection->stream_.arrival();
        connection->arrived();
      }
    } catch (...) {
      connection->failed(std::current_exception());
    }
  } while (connection->goes_on());
}

core::Task<void> Connection::work() {
  switch (std::exchange(work_, Work::kNone)) {
    case Work::kBegin:
      return begin();
    case Work::kCatchUp:
      return catch_up();
    case Work::kFinish:
      return stream_.finish(linger_);
    case Work::kNone:
      break;
  }
  HUBBUB_ASSERT(false);
}

core::Task<void> Connection::begin() {
  co_return;
}

bool Connection::listens() const {
  return work_ == Work::kNone && !leaving_ && !served_ && !finishing_;
}

void Connection::arrived() {
  heard_ = std::chrono::floor<Seconds>(task_->loop().now().time_since_epoch());
  core::Received received = stream_.take_arrived();
  if (received.empty()) served_ = true;
  if (served_ ? end_input() : take(std::move(received))) work_ = Work::kCatchUp;
}

bool Connection::goes_on() {
  if (work_ != Work::kNone) return true;
  if (finishing_) return false;
  end_serving();
  return true;
}

void Connection::end_serving() {
  finishing_ = true;
  work_ = Work::kFinish;
  // Those asked the service to end, also where it ended before it noticed. The next one is for
  // finish().
  while (task_->cancelling() > 0) task_->uncancel();
  spdlog::debug("ended connection={} cause={}", describe_connection(), to_string(why_));
  say_farewell();
}

// Cancelled: close() was called; it left the reason.
void Connection::failed(const std::exception_ptr& why) {
  if (!core::is_cancelled(why)) report_failure();
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
  leave({.why = Departure::kFailed});
}

void Connection::close(Parting parting, core::Duration linger) {
  if (finishing_) {
    if (linger == core::Duration::zero()) task_->cancel();
    return;
  }
  if (!leaving_) leave(parting);
  linger_ = std::chrono::ceil<Linger>(std::min<core::Duration>(linger, Linger::max()));
  task_->cancel();
}

void Connection::leave(Parting parting) {
  set_parting(parting);
  leaving_ = true;
}

void Connection::set_parting(Parting parting) {
  why_ = parting.why;
  words_ = parting.words.empty() ? nullptr : std::make_unique<std::string>(parting.words);
}

void Connection::note_refusal(Cause cause, std::string_view why) const {
  Refusals* const refusals = seat_.refusals();
  if (refusals == nullptr) return;
  refusals->note(cause, stream_.peer().to_string(), why, task_->loop().now());
}

void Connections::close_idle(core::Time now, core::Duration most) const {
  // Before the machine was up where that is not so long ago: negative, then.
  const auto before = std::chrono::floor<std::chrono::seconds>((now - most).time_since_epoch());
  for (Connection* const connection : all_) {
    if (connection->finishing_ || connection->leaving_ || connection->heard_ >= before) continue;
    connection->note_refusal(Cause::kIdle,
                             "nothing came for limits.idle=" + core::format_duration(most));
    connection->close({.why = Departure::kSilent}, Connection::kLinger);
  }
}

// What fails for one of them is reported, and the others have their turn.
void Connections::close_banned(const ServerBan& ban) const {
  for (Connection* const connection : all_) {
    if (!connection->seat_.can_be_banned()) continue;
    if (!ban.network.contains(connection->stream_.peer())) continue;
    connection->task_->loop().contain([&] { connection->end_banned(ban); });
  }
}

std::string Connection::describe_connection() const {
  return stream_.peer().to_string();
}

}  // namespace server
