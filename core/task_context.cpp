// The life of a task: cancelled by count, finished once, reported if nobody looks at its error.
#include "core/task_context.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "core/loop.hpp"
#include "core/task.hpp"

namespace core {

bool Waiter::take_cancel() {
  TaskContext& task = current_task();
  cancelled_ = task.cancel_pending();
  return cancelled_;
}

void Waiter::begin(PromiseBase& promise) {
  HUBBUB_ASSERT(!waiting());
  cancelled_ = false;  // how it ends will tell
  coroutine_ = &promise;
  TaskContext& task = context();
  task.waiter_ = this;
  task.trace_.reset();  // whatever it was, somebody caught it
  task.waiting_at_ = promise.waiting_at;
}

void Waiter::give_up_wait() {
  if (waiting()) std::exchange(coroutine_, nullptr)->context->waiter_ = nullptr;
}

void Waiter::wake() {
  PromiseBase& coroutine = *std::exchange(coroutine_, nullptr);
  TaskContext& task = *coroutine.context;
  task.waiter_ = nullptr;
  task.loop_.make_ready(coroutine.handle(), task);
}

void Waiter::wake_cancelled() {
  cancelled_ = true;
  wake();
}

// It answers every request so far, also one that came after the wait had ended.
void Waiter::raise_cancelled() {
  TaskContext& task = current_task();
  task.unanswered_ = 0;
  ++task.times_raised_;
  throw Cancelled{};
}

TaskContext& Waiter::context() const {
  return *coroutine_->context;
}

Loop& Waiter::loop() const {
  return context().loop();
}

TaskContext::TaskContext(Loop& loop, Label name, std::source_location spawned_at)
    : loop_(loop),
      id_(loop.next_task_id()),
      parent_(running.task == nullptr ? 0 : running.task->id_),
      spawned_at_(spawned_at),
      name_(std::move(name)),
      spawned_(std::chrono::duration_cast<Tenths>(loop.now().time_since_epoch())) {}

TaskContext::~TaskContext() {
  HUBBUB_ASSERT(waiter_ == nullptr && done_listeners_ == nullptr);
}

bool TaskContext::cancel() {
  loop_.assert_thread();
  if (done_) return false;
  HUBBUB_ASSERT(unanswered_ < UINT16_MAX);  // somebody cancels it in a circle
  ++cancel_requests_;
  ++unanswered_;
  HUBBUB_ASSERT(!passing_cancel_);  // tasks join each other in a circle
  passing_cancel_ = true;
  if (waiter_ != nullptr) waiter_->cancel_wait();
  passing_cancel_ = false;
  return true;
}

int TaskContext::uncancel() {
  HUBBUB_ASSERT(cancel_requests_ > 0);
  if (--cancel_requests_ == 0) unanswered_ = 0;
  return cancel_requests_;
}

int TaskContext::uncancel_since(std::uint16_t times_raised) {
  if (times_raised_ == times_raised && unanswered_ > 0) --unanswered_;
  return uncancel();
}

void TaskContext::add_done_listener(DoneListener& listener) {
  HUBBUB_ASSERT(!done_);
  DoneListener** link = &done_listeners_;
  while (*link != nullptr) link = &(*link)->next_;
  *link = &listener;
}

void TaskContext::remove_done_listener(DoneListener& listener) {
  DoneListener** link = &done_listeners_;
  while (*link != &listener) {
    HUBBUB_ASSERT(*link != nullptr);
    link = &(*link)->next_;
  }
  *link = std::exchange(listener.next_, nullptr);
}

void TaskContext::passed(std::exception_ptr exception, std::source_location place) noexcept {
  exception_ = std::move(exception);
  try {
    if (!trace_ || trace_->exception != exception_) {
      trace_ =
          std::make_unique<Trace>(Trace{.exception = exception_, .awaits = {}, .connection = {}});
    }
    trace_->awaits.push_back(place);
  } catch (const std::bad_alloc&) {
    // A report without the chain is better than none.
  }
}

void TaskContext::hand_on_trace() const {
  if (running.task == nullptr || !trace_ || trace_->exception != exception_) return;
  running.task->trace_ = std::make_unique<Trace>(*trace_);
  running.task->trace_->connection.clear();
}

ErrorContext TaskContext::error_context(std::string message, std::exception_ptr exception) const {
  std::vector<std::source_location> awaits;
  std::string connection;
  if (trace_ && trace_->exception == exception) {
    awaits = trace_->awaits;
    connection = trace_->connection;
  }
  if (subject_ != nullptr) connection = subject_->describe_connection();
  return {.message = std::move(message),
          .exception = std::move(exception),
          .task = std::string(name()),
          .spawned_at = spawned_at_,
          .waiting_at = waiting_at_,
          .awaits = std::move(awaits),
          .connection = std::move(connection)};
}

void TaskContext::finish() {
  HUBBUB_ASSERT(!done_ && waiter_ == nullptr);
  done_ = true;
  try {
    keep_result();
  } catch (...) {
    exception_ = std::current_exception();
  }
  ended_by_cancel_ = is_cancelled(exception_);
  remember_connection();
  subject_ = nullptr;
  destroy_coroutine();
  while (done_listeners_ != nullptr) {
    DoneListener* listener = done_listeners_;
    done_listeners_ = std::exchange(listener->next_, nullptr);
    listener->task_done();
  }
}

// The subject is gone by the time that the exception is reported.
void TaskContext::remember_connection() noexcept {
  if (exception_ == nullptr || ended_by_cancel_ || subject_ == nullptr) return;
  try {
    if (trace_ && trace_->exception == exception_) {
      trace_->connection = subject_->describe_connection();
    }
  } catch (...) {
    // A report that lacks it is better than none.
  }
}

void TaskContext::release() {
  HUBBUB_ASSERT(references_ > 0);
  if (--references_ > 0) return;
  report_unretrieved();
  delete this;
}

void TaskContext::report_unretrieved() noexcept {
  if (!done_ || exception_ == nullptr || ended_by_cancel_ || retrieved_) return;
  const char* const message = loop_.shutting_down() ? "unhandled exception during run() shutdown"
                                                    : "task exception was never retrieved";
  loop_.report([this, message] { return error_context(message, exception_); });
}

void PromiseBase::report_never_ran() const noexcept {
  spdlog::debug("a coroutine was never awaited file={} line={}", waiting_at.file_name(),
                waiting_at.line());
}

TaskContext& current_task() {
  HUBBUB_ASSERT(running.task != nullptr);
  return *running.task;
}

}  // namespace core
