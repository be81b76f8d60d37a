// Deadlines that are points in time and deadlines that are moved: timeout_at() and with_timeout().
#include "core/deadline.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "core/cancel_point.hpp"
#include "core/event.hpp"
#include "tests/unit/scripted_test.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::Events;
using support::forever;
using support::give_after;
using support::note_end;
using support::wait_and_note;

using DeadlineTest = support::ScriptedTest;

TEST_F(DeadlineTest, AtThePointInTimeTheBodyIsCancelled) {
  constexpr auto body = []() -> Task<Duration> {
    const Time begin = current_loop().now();
    co_await sleep(1s);
    const int result = co_await timeout_at(begin + 2s, give_after(500ms, 5));
    EXPECT_EQ(result, 5);
    try {
      co_await timeout_at(begin + 2s, forever());
    } catch (const TimeoutError&) {
      co_return current_loop().now() - begin;
    }
    co_return 0s;
  };
  EXPECT_EQ(loop_.run(body()), 2s);
}

TEST_F(DeadlineTest, APointInThePastStillTakesAResultThatIsReady) {
  constexpr auto ready = []() -> Task<int> { co_return 8; };
  constexpr auto body = [](auto give) -> Task<int> {
    co_return co_await timeout_at(current_loop().now() - 1s, give());
  };
  EXPECT_EQ(loop_.run(body(ready)), 8);
  loop_.run(note_end(events_, timeout_at(ring_.now() - 1s, forever())));
  EXPECT_EQ(events_, Events{"timed out"});
}

TEST_F(DeadlineTest, WithoutEndNothingIsArmed) {
  constexpr auto body = []() -> Task<std::size_t> {
    co_await sleep(0s);
    co_return current_loop().timers().size();
  };
  EXPECT_EQ(loop_.run(timeout_at(kNever, body())), 0U);
}

TEST_F(DeadlineTest, ABodyMayMoveItsDeadlineWithEverySignOfLife) {
  const auto body = [this](Deadline& deadline) -> Task<void> {
    for (int i = 0; i < 5; ++i) {
      co_await sleep(900ms);
      EXPECT_TRUE(deadline.reschedule(current_loop().now() + 1s));
    }
    events_.emplace_back("alive");
    co_await forever();
  };
  const Time begin = ring_.now();
  loop_.run(note_end(events_, with_timeout(1s, body)));
  EXPECT_EQ(events_, (Events{"alive", "timed out"}));
  EXPECT_EQ(ring_.now() - begin, 5500ms);
}

TEST_F(DeadlineTest, ADeadlineMayBeTakenAwayAndSetLater) {
  const auto body = [this](Deadline& deadline) -> Task<int> {
    EXPECT_TRUE(deadline.reschedule(kNever));
    EXPECT_EQ(deadline.when(), kNever);
    co_await sleep(1h);
    EXPECT_FALSE(deadline.expired());
    events_.emplace_back("an hour later");
    deadline.reschedule(current_loop().now() + 1s);
    co_return co_await give_after(2s, 1);
  };
  loop_.run(note_end(events_, with_timeout(1s, body)));
  EXPECT_EQ(events_, (Events{"an hour later", "timed out"}));
}

TEST_F(DeadlineTest, ADeadlineMovedIntoThePastIsOverInTheNextPass) {
  constexpr auto body = [](Deadline& deadline) -> Task<void> {
    deadline.reschedule(current_loop().now() - 1s);
    co_await forever();
  };
  const Time begin = ring_.now();
  loop_.run(note_end(events_, with_timeout(1h, body)));
  EXPECT_EQ(events_, Events{"timed out"});
  EXPECT_LT(ring_.now() - begin, 1s);
}

TEST_F(DeadlineTest, OnceOverItCannotBeMoved) {
  const auto body = [this](Deadline& deadline) -> Task<void> {
    try {
      co_await forever();
    } catch (const Cancelled&) {
      events_.emplace_back(deadline.expired() ? "expired" : "cancelled");
      events_.emplace_back(deadline.reschedule(current_loop().now() + 1h) ? "moved" : "too late");
      throw;
    }
  };
  loop_.run(note_end(events_, with_timeout(1s, body)));
  EXPECT_EQ(events_, (Events{"expired", "too late", "timed out"}));
}

TEST_F(DeadlineTest, TheBodysResultAndCapturesAreKept) {
  auto text = std::make_unique<std::string>(100, 'x');
  Task<std::size_t> task =
      with_timeout(5s, [text = std::move(text)](Deadline&) -> Task<std::size_t> {
        co_await sleep(1s);
        co_return text->size();
      });
  EXPECT_EQ(loop_.run(std::move(task)), 100U);
}

class Alarm final : public Timer {
 public:
  ~Alarm() { current_loop().timers().disarm(*this); }
  Event event;

 private:
  void fire() override { event.set(); }
};

Task<void> wait_for(Event& event) {
  co_await event.wait();
}

// The request that the deadline takes back is its own, not the one that was answered long ago.
TEST_F(DeadlineTest, ATimeThatComesTogetherWithTheResultCancelsNothingAfterIt) {
  constexpr auto body = [](Events& events) -> Task<void> {
    try {
      co_await forever();
    } catch (const Cancelled&) {
      events.emplace_back("cancelled");
    }
    Alarm alarm;
    current_loop().timers().arm(alarm, current_loop().time() + 1s);
    co_await timeout(1s, wait_for(alarm.event));
    events.emplace_back("in time");
    EXPECT_EQ(current_task().cancelling(), 1);
    EXPECT_FALSE(current_task().cancel_pending());
    co_await sleep(1s);
    events.emplace_back("cleaned up");
  };
  TaskHandle<void> task = loop_.spawn(body(events_), "task");
  settle();
  task.cancel();
  let_pass(1s);
  let_pass(1s);
  EXPECT_EQ(events_, (Events{"cancelled", "in time", "cleaned up"}));
}

TEST_F(DeadlineTest, ACancelAfterATimeThatCameWithTheResultIsStillRaised) {
  constexpr auto body = [](Events& events) -> Task<void> {
    Alarm alarm;
    current_loop().timers().arm(alarm, current_loop().time() + 1s);
    TaskContext& task = current_task();
    co_await timeout(1s, wait_for(alarm.event));
    events.emplace_back("in time");
    task.cancel();
    EXPECT_EQ(task.cancelling(), 1);
    co_await sleep(1s);
    events.emplace_back("not reached");
  };
  loop_.run(note_end(events_, body(events_)));
  EXPECT_EQ(events_.back(), "cancelled");
}

TEST_F(DeadlineTest, ACancelFromOutsideIsNoTimeout) {
  constexpr auto body = [](Deadline&) -> Task<void> { co_await forever(); };
  TaskHandle<void> handle = loop_.spawn(note_end(events_, with_timeout(1s, body)), "task");
  settle();
  ring_.advance(1s);
  handle.cancel();
  settle();
  EXPECT_EQ(events_, Events{"cancelled"});
  EXPECT_EQ(handle.context().cancelling(), 1);
}

TEST_F(DeadlineTest, OfNestedDeadlinesEachKnowsItsOwn) {
  const auto outer = [this](Deadline& deadline) -> Task<void> {
    constexpr auto inner = [](Deadline&) -> Task<void> { co_await forever(); };
    co_await note_end(events_, with_timeout(1s, inner));
    EXPECT_FALSE(deadline.expired());
    co_await forever();
  };
  loop_.run(note_end(events_, with_timeout(2s, outer)));
  EXPECT_EQ(events_, (Events{"timed out", "timed out"}));
}

TEST_F(DeadlineTest, ABodyThatFailsTakesItsDeadlineAlong) {
  constexpr auto body = [](Deadline&) -> Task<void> {
    co_await sleep(500ms);
    throw support::OwnError("it broke");
  };
  loop_.run(note_end(events_, with_timeout(1s, body)));
  EXPECT_EQ(events_, Events{"it broke"});
  EXPECT_EQ(loop_.timers().size(), 0U);
}

// --- CancelPoint --------------------------------------------------------------------------------

using CancelPointTest = support::ScriptedTest;

TEST_F(CancelPointTest, AtACancelPointATaskGoesOnWithoutAPass) {
  constexpr auto body = [](const support::Passes& passes) -> Task<int> {
    const int before = passes.count();
    for (int i = 0; i < 100; ++i) co_await CancelPoint();
    co_return passes.count() - before;
  };
  const support::Passes passes(loop_);
  EXPECT_EQ(loop_.run(body(passes)), 0);
}

TEST_F(CancelPointTest, AtACancelPointACancelIsRaised) {
  constexpr auto body = [](Events& events) -> Task<void> {
    current_task().cancel();
    events.emplace_back("goes on");
    co_await CancelPoint();
    events.emplace_back("not here");
  };
  loop_.run(note_end(events_, body(events_)));
  EXPECT_EQ(events_, (Events{"goes on", "cancelled"}));
}

}  // namespace
}  // namespace core
