// Keeping count of children and passing a cancel on.
#include "core/children.hpp"

#include <iterator>

#include <fmt/format.h>

namespace core {

Children::~Children() {
  HUBBUB_ASSERT(running_.empty() && waiting_ == nullptr);
}

Children::Child::Child(Children& parent, TaskContext& task) : parent_(parent), task_(task) {
  task_.add_done_listener(*this);
}

void Children::Child::task_done() {
  parent_.ended(*this);
}

// Once the last has ended who waits goes on, and would leave a newcomer behind.
void Children::add(TaskContext& task) {
  HUBBUB_ASSERT(waiting_ == nullptr || !running_.empty());
  running_.emplace_back(*this, task);
  running_.back().self_ = std::prev(running_.end());
}

// A cancel resumes nobody, so the list stays as it is.
void Children::cancel() {
  ending_ = true;
  for (Child& child : running_) child.task().cancel();
}

void Children::cancel_from_outside() {
  cancelled_from_outside_ = true;
  cancel();
}

void Children::ended(Child& child) {
  TaskContext& task = child.task();
  running_.erase(child.self_);
  child_ended(task);
  if (running_.empty() && waiting_ != nullptr) waiting_->ended();
}

void Children::begin_wait(Wait& wait) {
  HUBBUB_ASSERT(waiting_ == nullptr);
  waiting_ = &wait;
}

void Children::end_wait() {
  waiting_ = nullptr;
  ending_ = false;
}

bool Children::Wait::await_ready() {
  children_.cancelled_from_outside_ = false;
  if (take_cancel()) children_.cancel_from_outside();
  return children_.running() == 0;
}

std::string Children::next_name() {
  return fmt::format("{}/{}.{}", current_task().name(), operation_, named_++);
}

}  // namespace core
