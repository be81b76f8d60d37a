// What a running task is to the loop: its name, whether it was asked to stop, what it waits for.
//
// asyncio's Task keeps this; here it is shared by the whole chain of awaits below one spawn(), so
// that a cancel reaches whatever the innermost coroutine waits for.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/assert.hpp"
#include "core/error.hpp"
#include "core/label.hpp"
#include "core/time.hpp"
#include "core/waiter.hpp"

namespace core {

class Loop;
struct PromiseBase;
struct TaskInfo;

// Whom a task serves: a connection that can say its peer.
class TaskSubject {
 public:
  virtual std::string describe_connection() const = 0;

 protected:
  ~TaskSubject() = default;
};

// Thread: the loop's. Ownership: reference-counted; the loop holds one while the task runs, each
// TaskHandle one more.
class TaskContext {
 public:
  TaskContext(Loop& loop, Label name, std::source_location spawned_at);
  TaskContext(const TaskContext&) = delete;
  TaskContext& operator=(const TaskContext&) = delete;

  Loop& loop() const { return loop_; }
  // Counts up from 1 on each loop, and is not used again; 0 stands for the loop itself.
  std::uint64_t id() const { return id_; }
  std::string_view name() const { return name_.view(); }
  std::source_location spawned_at() const { return spawned_at_; }
  // Where it last suspended, and for what (null: it is running or ready to).
  std::source_location waiting_at() const { return waiting_at_; }
  const char* operation() const { return waiter_ == nullptr ? nullptr : waiter_->operation(); }

  // For the tree of live tasks (task_tree.hpp), which is a walk from the newest to the oldest.
  TaskInfo info() const;
  const TaskContext* older() const { return next_; }

  // Whom the task serves, asked only when something is to be reported. Must live until the task is
  // done or be taken back (null).
  void set_subject(const TaskSubject* subject) { subject_ = subject; }

  // All that is known of this task, for a report.
  ErrorContext error_context(std::string message, std::exception_ptr exception) const;

  // For coroutines: an exception left one of them, which had last suspended at `place`. The places
  // it passes are the chain of awaits that a report shows.
  void passed(std::exception_ptr exception, std::source_location place) noexcept;
  // For who awaited it, and goes on next: throws that exception there; does nothing if there is
  // none.
  void rethrow_passed() {
    if (exception_) std::rethrow_exception(std::exchange(exception_, nullptr));
  }

  // Asks the task to stop: Cancelled is raised in it at its present or next suspension. Requests
  // are counted (a timeout inside a cancelled task must tell its own from another's). False: the
  // task is done already.
  bool cancel();
  // Takes one request back and returns those left. With none left a Cancelled that has not begun to
  // be raised never is; a wait that a request has ended already still throws it.
  int uncancel();
  // Takes back one that was made when times_raised() was this. If Cancelled has not been raised
  // since, it will not be for that one; other requests stand.
  int uncancel_since(std::uint16_t times_raised);
  int cancelling() const { return cancel_requests_; }
  // Whether Cancelled is still to be raised for one of them.
  bool cancel_pending() const { return unanswered_ > 0; }
  // How often Cancelled was raised; wraps around.
  std::uint16_t times_raised() const { return times_raised_; }

  bool done() const { return done_; }

  // The outcome: null after success. Retrieving it keeps it from being reported as unhandled.
  const std::exception_ptr& exception() const { return exception_; }
  bool cancelled() const { return done_ && ended_by_cancel_; }
  void mark_retrieved() { retrieved_ = true; }

  // Told when the task is done, in the order they were added: who joins it.
  class DoneListener {
   public:
    virtual void task_done() = 0;

   protected:
    ~DoneListener() = default;

   private:
    friend class TaskContext;
    DoneListener* next_ = nullptr;
  };
  void add_done_listener(DoneListener& listener);
  void remove_done_listener(DoneListener& listener);

  void retain() {
    HUBBUB_ASSERT(references_ < UINT16_MAX);
    ++references_;
  }
  void release();

 protected:
  virtual ~TaskContext();
  // To the task that is about to be thrown this one's exception: it came a longer way.
  void hand_on_trace() const;

 private:
  friend class Loop;
  friend class Waiter;
  friend struct PromiseBase;

  // Of an exception that left one of its coroutines.
  struct Trace {
    std::exception_ptr exception;
    std::vector<std::source_location> awaits;  // innermost first
    std::string connection;                    // of a subject that the task failed
  };

  void finish();
  void remember_connection() noexcept;
  // Moves the result out of the coroutine; may throw what that throws.
  virtual void keep_result() = 0;
  // Destroys the coroutine, with all that it was given.
  virtual void destroy_coroutine() noexcept = 0;
  void report_unretrieved() noexcept;

  // In tenths of a second, which is what people are told of it.
  using Tenths = std::chrono::duration<std::uint32_t, std::deci>;

  // Kept small: there is one for each connection.
  Loop& loop_;
  std::uint64_t id_;
  std::uint64_t parent_;             // the id of the task that spawned it
  TaskContext* previous_ = nullptr;  // the loop's list of live tasks
  TaskContext* next_ = nullptr;
  Waiter* waiter_ = nullptr;
  const TaskSubject* subject_ = nullptr;
  DoneListener* done_listeners_ = nullptr;
  std::exception_ptr exception_;  // the outcome, or on its way from a coroutine to its caller
  std::unique_ptr<Trace> trace_;
  std::source_location spawned_at_;
  std::source_location waiting_at_;
  [[no_unique_address]] Label name_;
  bool passing_cancel_ : 1 = false;
  bool done_ : 1 = false;
  bool ended_by_cancel_ : 1 = false;
  bool retrieved_ : 1 = false;
  std::uint16_t references_ = 1;
  std::uint16_t unanswered_ = 0;  // requests made since Cancelled was raised last
  std::uint16_t times_raised_ = 0;
  int cancel_requests_ = 0;
  Tenths spawned_;  // of the clock of the loop
};

// The task whose coroutine is running on this thread; asserts that there is one.
TaskContext& current_task();

}  // namespace core
