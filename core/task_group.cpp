// The life of a group: failing, ending, and telling its own cancel from another's.
#include "core/task_group.hpp"

#include <algorithm>

namespace core {

void TaskGroup::child_ended(TaskContext& child) {
  if (child.exception() == nullptr || child.cancelled()) return;
  child.mark_retrieved();
  add_error(child.exception());
  end();
  if (parent_ == nullptr || cancelled_parent_) return;
  raised_before_ = parent_->times_raised();
  cancelled_parent_ = parent_->cancel();
}

void TaskGroup::add_error(std::exception_ptr error) {
  const bool known = std::find(errors_.begin(), errors_.end(), error) != errors_.end();
  if (!known) errors_.push_back(std::move(error));
}

Task<void> TaskGroup::join() {
  co_await wait();
  rethrow_errors();
}

void TaskGroup::rethrow_errors() {
  if (!errors_.empty()) throw ExceptionGroup(std::exchange(errors_, {}));
}

void TaskGroup::begin_body(TaskContext& parent) {
  parent_ = &parent;
  cancelling_before_ = parent.cancelling();
  pending_before_ = parent.cancel_pending();
}

Task<void> TaskGroup::end_body(std::exception_ptr failure) {
  TaskContext& parent = *std::exchange(parent_, nullptr);
  const bool own_cancel =
      cancelled_parent_ && parent.uncancel_since(raised_before_) <= cancelling_before_;
  bool cancelled = false;  // by somebody else
  if (failure != nullptr) {
    if (!is_cancelled(failure)) {
      add_error(failure);
    } else {
      cancelled = !own_cancel;
    }
    end();
  }
  // With nobody to wait for, a cancel that is due does not take the body's result away.
  if (running() > 0) co_await wait();
  if (cancelled && errors_.empty()) std::rethrow_exception(failure);
  if (cancelled && (pending_before_ || parent.cancelling() > cancelling_before_)) {
    // The cancel that ended the body gives way to the errors, and is raised again.
    parent.uncancel();
    parent.cancel();
  }
  rethrow_errors();
}

}  // namespace core
