// The life of a connection around its service: contained, ended in order, closed.
#include "server/connection.hpp"

#include <exception>
#include <utility>

#include <spdlog/spdlog.h>

namespace server {

Connection::Connection(Connections& connections, core::Stream stream)
    : connections_(connections), index_(connections.all_.size()), stream_(std::move(stream)) {
  connections_.all_.push_back(this);
}

Connection::~Connection() {
  if (task_ != nullptr) task_->set_subject(nullptr);
  connections_.all_[index_] = connections_.all_.back();
  connections_.all_[index_]->index_ = index_;
  connections_.all_.pop_back();
  if (connections_.all_.empty()) connections_.none_left_.set();
}

void Connection::start(core::Loop& loop, std::unique_ptr<Connection> connection, Seats::Seat seat,
                       std::string task) {
  Connection& started = *connection;
  core::TaskHandle<void> handle =
      loop.spawn(run(std::move(connection), std::move(seat)), std::move(task));
  started.task_ = &handle.context();
  started.task_->set_subject(&started);
  handle.detach();
}

core::Task<void> Connection::run(std::unique_ptr<Connection> connection, Seats::Seat /*seat*/) {
  Connection& self = *connection;
  try {
    co_await self.serve();
  } catch (const core::Cancelled&) {
    // close() was called; it left the reason.
  } catch (...) {
    self.report_failure();
  }
  self.finishing_ = true;
  // Those asked serve() to end, also where it ended before it noticed. The next one is for
  // finish().
  while (self.task_->cancelling() > 0) self.task_->uncancel();
  spdlog::debug("ended connection={} reason=\"{}\"", self.describe_connection(), self.reason_);
  self.say_farewell();
  co_await self.stream_.finish(self.linger_);
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
  reason_ = reason;
  leaving_ = true;
}

std::string Connection::describe_connection() const {
  return stream_.peer().to_string();
}

}  // namespace server
