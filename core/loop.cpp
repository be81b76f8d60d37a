// The loop's one page, run_once(), and the life of tasks around it.
#include "core/loop.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/sender.hpp"

namespace core {

static_assert(sizeof(TaskState<void>) <= 136, "one per connection");

Loop::Loop(Ring& ring)
    : ring_(ring), sender_(std::make_unique<Sender>(ring, operations_)), now_(ring.now()) {}

// After its ring failed nothing can end in order: what is left is left to the end of the process.
Loop::~Loop() {
  if (ring_failed_) {
    static_cast<void>(sender_.release());
    return;
  }
  HUBBUB_ASSERT(tasks_ == nullptr);
  HUBBUB_ASSERT(operations_.in_flight() == 0);
}

namespace {

// Makes a loop the one of this thread for a pass.
class Entered {
 public:
  explicit Entered(Loop& loop) {
    HUBBUB_ASSERT(running.loop == nullptr);
    running.loop = &loop;
  }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;
  ~Entered() { running.loop = nullptr; }
};

std::int64_t milliseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

// The specification of a pass. Completions are only queued while they are delivered, and so is what
// other threads posted; every coroutine and function runs in run_ready(), in the order in which
// they were queued, and no more of them than there were when it began. Sends leave together at the
// end, so that all that one pass brought to a connection leaves in one send.
void Loop::run_once() {
  const Entered entered(*this);
  thread_ = &running;

  completions_.clear();
  ring_failed_ = true;  // stays so if one of the two throws
  ring_.enter(has_work() ? Time::min() : timers_.next_deadline());
  ring_.reap(completions_);
  ring_failed_ = false;
  beat();
  now_ = ring_.now();
  pace_.begin();

  for (const Completion& completion : completions_) {
    contain([&] { operations_.deliver(completion); });
  }
  sender_->settle();

  timers_.fire_due(now_, [this](std::exception_ptr error) { report_callback(std::move(error)); });
  step("completions and timers");
  queue_posted();
  run_ready();

  end_pass();
  step("the end of a pass");
  sender_->offer();
  pass_times_.add((ring_.now() - now_).count());
  beat();
}

void Loop::step(const char* what) {
  pace_.step([what](Duration taken) {
    spdlog::warn("slow: {} held the loop for {} ms", what, milliseconds(taken));
  });
}

bool Loop::has_work() {
  return !ready_.empty() || pass_end_goes_on_ || sender_->has_work() ||
         has_posted_.load(std::memory_order_acquire);
}

// By index, because what is called may add and remove.
void Loop::end_pass() {
  pass_end_goes_on_ = false;
  for (std::size_t i = 0; i < pass_ends_.size(); ++i) {
    PassEnd* const work = pass_ends_[i];
    if (work == nullptr) continue;
    contain([&] {
      if (work->pass_ended()) pass_end_goes_on_ = true;
    });
  }
  std::erase(pass_ends_, nullptr);
}

void Loop::remove_pass_end(PassEnd& work) {
  std::replace(pass_ends_.begin(), pass_ends_.end(), &work, static_cast<PassEnd*>(nullptr));
}

void Loop::run_ready() {
  running_.clear();
  running_.swap(ready_);
  for (const Ready& ready : running_) {
    if (ready.coroutine) {
      resume(ready);
    } else {
      const std::function<void()> function = std::move(soon_.front());
      soon_.pop_front();
      contain(function);
      step("a function given to call_soon() or post()");
    }
  }
}

// The trampoline: a coroutine that awaits or ends leaves the next one in running.next and returns
// here, so the stack never grows with the number of awaits.
void Loop::resume(const Ready& ready) {
  TaskContext& task = *ready.task;
  task.retain();  // so that it has a name afterwards, should it end now
  const std::source_location resumed_at = task.waiting_at();
  running.task = &task;
  running.next = ready.coroutine;
  while (running.next) std::exchange(running.next, {}).resume();
  if (ended_ != nullptr) end_task(*std::exchange(ended_, nullptr));
  running.task = nullptr;
  pace_.step([&](Duration taken) {
    spdlog::warn("slow: task={} held the loop for {} ms resumed_at={} waiting_at={}", task.name(),
                 milliseconds(taken), describe(resumed_at),
                 task.done() ? "its end" : describe(task.waiting_at()));
  });
  task.release();
}

void PromiseBase::ended() noexcept {
  if (caller != nullptr) {
    running.next = caller->handle();
  } else {
    running.loop->ended_ = this;
  }
}

void Loop::start(TaskContext& task, std::coroutine_handle<> coroutine) {
  assert_thread();
  task.next_ = tasks_;
  if (tasks_ != nullptr) tasks_->previous_ = &task;
  tasks_ = &task;
  ++task_count_;
  make_ready(coroutine, task);
}

void Loop::end_task(PromiseBase& outermost) {
  TaskContext& task = *outermost.context;
  (task.previous_ != nullptr ? task.previous_->next_ : tasks_) = task.next_;
  if (task.next_ != nullptr) task.next_->previous_ = task.previous_;
  --task_count_;
  if (task.id() <= ending_through_) --ending_;
  task.finish();
  task.release();
}

void Loop::call_soon(std::function<void()> function) {
  assert_thread();
  soon_.push_back(std::move(function));
  ready_.push_back({nullptr, nullptr});
}

void Loop::post(std::function<void()> function) {
  {
    const std::scoped_lock lock(posted_mutex_);
    posted_.push_back(std::move(function));
    if (has_posted_.exchange(true, std::memory_order_release)) return;
  }
  ring_.wake();
}

void Loop::queue_posted() {
  if (!has_posted_.load(std::memory_order_acquire)) return;
  const std::scoped_lock lock(posted_mutex_);
  for (auto& function : posted_) call_soon(std::move(function));
  posted_.clear();
  has_posted_.store(false, std::memory_order_release);
}

void Loop::report_callback(std::exception_ptr exception) noexcept {
  report([&] {
    ErrorContext context;
    context.message = "unhandled exception in a callback";
    context.exception = std::move(exception);
    return context;
  });
}

void Loop::report(const ErrorContext& context) noexcept {
  report([&] { return context; });
}

void Loop::report(const std::function<ErrorContext()>& make_context) noexcept {
  ++reports_;
  try {
    const ErrorContext context = make_context();
    // A copy, because it may replace itself.
    if (const ExceptionHandler handler = handler_; handler) {
      try {
        handler(context);
        return;
      } catch (...) {
        spdlog::error("unhandled exception in the exception handler: {}",
                      describe(std::current_exception()));
      }
    }
    spdlog::error("{}", context.describe());
  } catch (...) {
    // Nothing is left to tell anyone with: memory for the sentence itself was refused.
  }
}

// Every task is cancelled once, also one that took no notice of an earlier cancel. Those that they
// spawn to clean up are left alone until they themselves have ended; then it is the turn of what is
// left.
void Loop::shut_down() {
  shutting_down_ = true;
  do {
    ending_through_ = last_task_id_;
    ending_ = task_count_;
    for (TaskContext* task = tasks_; task != nullptr; task = task->next_) task->cancel();
    while (ending_ > 0) run_last();
    if (tasks_ == nullptr) let_go();
  } while (tasks_ != nullptr);
  ending_through_ = 0;
  shutting_down_ = false;
}

// A stream or listener that outlives its tasks is armed still, for nobody; and what a stream owes
// to a peer that takes nothing may never leave.
void Loop::let_go() {
  sender_->park_blocked();
  operations_.cancel_all(ring_);
  while (tasks_ == nullptr && (operations_.in_flight() > 0 || has_work())) run_last();
  sender_->unpark();
}

void Loop::run_last() {
  sender_->await_offers();
  run_once();
}

Loop& current_loop() {
  HUBBUB_ASSERT(running.loop != nullptr);
  return *running.loop;
}

}  // namespace core
