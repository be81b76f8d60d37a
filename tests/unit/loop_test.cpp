// The loop: the order of things in a pass, what escapes from tasks and callbacks, what other
// threads may do, and how run() leaves nothing behind.
#include "core/loop.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include "core/event.hpp"
#include "core/gather.hpp"
#include "core/listener.hpp"
#include "core/stream.hpp"
#include "core/timeout.hpp"
#include "tests/unit/captured_log.hpp"
#include "tests/unit/scripted_ring.hpp"
#include "tests/unit/support.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::CapturedLog;
using support::nothing;
using support::Passes;
using support::Reports;
using support::ScriptedRing;
using support::World;

using Events = std::vector<std::string>;

class LoopTest : public ::testing::Test {
 protected:
  ScriptedRing ring_;
  Loop loop_{ring_};
  Events events_;
};

Task<void> forever() {
  co_await sleep(24h);
}

Task<void> a_while() {
  co_await sleep(1s);
}

Task<void> wait_for(Event& event) {
  co_await event.wait();
}

Task<void> note(Events& events, std::string name) {
  events.push_back(std::move(name));
  co_return;
}

TEST_F(LoopTest, SpawnNeverRunsInline) {
  constexpr auto body = [](Events& events) -> Task<void> {
    const TaskHandle<void> handle = current_loop().spawn(note(events, "spawned"), "spawned");
    events.push_back("spawner");
    co_await handle;
  };
  loop_.run(body(events_));
  EXPECT_EQ(events_, (Events{"spawner", "spawned"}));
}

TEST_F(LoopTest, ReadyTasksAndCallbacksRunInTheOrderTheyBecameReady) {
  loop_.spawn(note(events_, "1"), "1").detach();
  loop_.call_soon([&] { events_.push_back("2"); });
  loop_.spawn(note(events_, "3"), "3").detach();
  loop_.call_soon([&] { events_.push_back("4"); });
  loop_.run_once();
  EXPECT_EQ(events_, (Events{"1", "2", "3", "4"}));
}

Task<void> yield_and_note(Events& events, std::string name, int times) {
  for (int i = 0; i < times; ++i) {
    events.push_back(name + std::to_string(i));
    co_await sleep(0s);
  }
}

TEST_F(LoopTest, TasksThatYieldTakeTurns) {
  const TaskHandle<void> first = loop_.spawn(yield_and_note(events_, "a", 3), "a");
  const TaskHandle<void> second = loop_.spawn(yield_and_note(events_, "b", 3), "b");
  while (!first.done() || !second.done()) loop_.run_once();
  EXPECT_EQ(events_, (Events{"a0", "b0", "a1", "b1", "a2", "b2"}));
}

TEST_F(LoopTest, ASleepOfZeroYieldsExactlyOnePass) {
  constexpr auto body = [](const Passes& passes) -> Task<int> {
    const int before = passes.count();
    co_await sleep(0s);
    co_await sleep(-1s);
    co_return passes.count() - before;
  };
  const Passes passes(loop_);
  EXPECT_EQ(loop_.run(body(passes)), 2);
}

TEST_F(LoopTest, SleepsEndInTheOrderOfTheirDeadlines) {
  constexpr auto sleeper = [](Events& events, std::string name, Duration duration) -> Task<void> {
    co_await sleep(duration);
    events.push_back(name);
  };
  constexpr auto body = [](Events& events, auto spawn_one) -> Task<Duration> {
    const Time begin = current_loop().now();
    const TaskHandle<void> first = current_loop().spawn(spawn_one(events, "3s", 3s), "3s");
    const TaskHandle<void> second = current_loop().spawn(spawn_one(events, "1s", 1s), "1s");
    const TaskHandle<void> third = current_loop().spawn(spawn_one(events, "2s", 2s), "2s");
    co_await first;
    co_await second;
    co_await third;
    co_return current_loop().now() - begin;
  };
  EXPECT_EQ(loop_.run(body(events_, sleeper)), 3s);
  EXPECT_EQ(events_, (Events{"1s", "2s", "3s"}));
}

TEST_F(LoopTest, ASleepWithoutEndIsNoOverflow) {
  constexpr auto body = []() -> Task<void> { co_await sleep(Duration::max()); };
  const TaskHandle<void> handle = loop_.spawn(body(), "sleeper");
  loop_.run_once();
  loop_.run_once();
  EXPECT_FALSE(handle.done());
  EXPECT_EQ(loop_.timers().next_deadline(), kNever);
  loop_.run(nothing());
}

// --- A pass runs a snapshot ---------------------------------------------------------------------

TEST_F(LoopTest, ACallbackThatCallsItselfSoonRunsOnceAPass) {
  int runs = 0;
  std::function<void()> again = [&] {
    ++runs;
    loop_.call_soon(again);
  };
  loop_.call_soon(again);
  for (int pass = 1; pass <= 5; ++pass) {
    loop_.run_once();
    EXPECT_EQ(runs, pass);
  }
  again = [] {};
  loop_.run_once();
}

Task<void> respawn(const bool& over) {
  if (over) co_return;
  current_loop().spawn(respawn(over), "respawn").detach();
}

TEST_F(LoopTest, ATaskThatSpawnsItselfAgainStarvesNoTimer) {
  constexpr auto body = [](bool& over) -> Task<void> {
    co_await sleep(1s);
    over = true;
  };
  bool over = false;
  loop_.spawn(respawn(over), "respawn").detach();
  const TaskHandle<void> sleeper = loop_.spawn(body(over), "sleeper");
  for (int pass = 0; pass < 10 && !sleeper.done(); ++pass) {
    ring_.advance(300ms);
    loop_.run_once();
  }
  EXPECT_TRUE(sleeper.done());
  loop_.run(nothing());
}

TEST(LoopRingTest, ATaskThatSpawnsItselfAgainStarvesNoSocket) {
  constexpr auto body = [](int near, const support::Socket& far, bool& over) -> Task<void> {
    Stream stream(current_loop(), near, {});
    current_loop().spawn(respawn(over), "respawn").detach();
    for (int round = 0; round < 10; ++round) {
      far.send("line\n");
      const auto line = co_await stream.read_line();
      EXPECT_EQ(line, "line");
    }
    over = true;
  };
  World world;
  support::Sockets sockets = support::tcp_sockets();
  bool over = false;
  world.run(body(sockets.near.release(), sockets.far, over));
}

TEST_F(LoopTest, AFunctionThatPostsItselfRunsOnceAPass) {
  int runs = 0;
  std::function<void()> again = [&] {
    ++runs;
    loop_.post(again);
  };
  loop_.post(again);
  for (int pass = 1; pass <= 5; ++pass) {
    loop_.run_once();
    EXPECT_EQ(runs, pass);
  }
  again = [] {};
  loop_.run_once();
}

TEST_F(LoopTest, WhatIsPostedRunsInTurnWithAllElse) {
  constexpr auto body = [](Loop& loop, Events& events) -> Task<void> {
    loop.call_soon([&events] { events.push_back("soon"); });
    loop.post([&events] { events.push_back("posted"); });
    loop.spawn(note(events, "spawned"), "spawned").detach();
    loop.post([&events] { events.push_back("posted later"); });
    co_return;
  };
  loop_.run(body(loop_, events_));
  EXPECT_EQ(events_, (Events{"soon", "spawned", "posted", "posted later"}));
}

// --- What escapes -------------------------------------------------------------------------------

Task<void> fail(std::string message) {
  co_await sleep(0s);
  throw std::runtime_error(message);
}

TEST_F(LoopTest, AnExceptionThatNobodyRetrievesIsReportedWithAllThatIsKnown) {
  struct Peer final : TaskSubject {
    std::string describe_connection() const override { return "10.0.0.1:5000"; }
  };
  constexpr auto body = [](const Peer& peer) -> Task<void> {
    current_task().set_subject(&peer);
    co_await fail("it broke");
  };
  Reports reports(loop_);
  const Peer peer;
  const unsigned spawn_line = __LINE__ + 1;
  loop_.spawn(body(peer), "worker").detach();
  loop_.run(a_while());
  ASSERT_EQ(reports.all.size(), 1U);
  const ErrorContext& context = reports.all[0];
  EXPECT_EQ(context.message, "task exception was never retrieved");
  EXPECT_EQ(describe(context.exception), "it broke");
  EXPECT_EQ(context.task, "worker");
  EXPECT_EQ(context.connection, "10.0.0.1:5000");
  EXPECT_EQ(context.spawned_at.line(), spawn_line);
  EXPECT_GT(context.waiting_at.line(), 0U);
  EXPECT_NE(std::string_view(context.waiting_at.file_name()).find("loop_test.cpp"),
            std::string_view::npos);
}

TEST_F(LoopTest, ATaskThatNeverWaitedIsReportedWithoutAPlace) {
  constexpr auto body = []() -> Task<void> {
    throw std::runtime_error("at once");
    co_return;
  };
  Reports reports(loop_);
  loop_.spawn(body(), "hasty").detach();
  loop_.run(nothing());
  ASSERT_EQ(reports.all.size(), 1U);
  EXPECT_EQ(reports.all[0].waiting_at.line(), 0U);
}

TEST_F(LoopTest, TheSubjectOfATaskNeedNotOutliveIt) {
  class Session final : public TaskSubject {
   public:
    explicit Session(std::string peer) : peer_(std::move(peer)) {}
    std::string describe_connection() const override { return peer_; }

   private:
    std::string peer_;
  };
  constexpr auto body = [](const Session& session) -> Task<void> {
    current_task().set_subject(&session);
    co_await fail("it broke");
  };
  const std::string name = "a peer whose name is long enough for the heap";
  Reports reports(loop_);
  auto session = std::make_unique<Session>(name);
  TaskHandle<void> handle = loop_.spawn(body(*session), "worker");
  while (!handle.done()) loop_.run_once();
  session.reset();
  EXPECT_TRUE(reports.all.empty());
  handle.detach();
  ASSERT_EQ(reports.all.size(), 1U);
  EXPECT_EQ(reports.all[0].connection, name);
}

TEST_F(LoopTest, WhileAHandleIsLeftTheExceptionIsNotReported) {
  Reports reports(loop_);
  {
    const TaskHandle<void> handle = loop_.spawn(fail("kept"), "worker");
    loop_.run(nothing());
    EXPECT_TRUE(handle.done());
    EXPECT_TRUE(reports.all.empty());
  }
  ASSERT_EQ(reports.all.size(), 1U);
  EXPECT_EQ(reports.all[0].task, "worker");
}

TEST_F(LoopTest, ARetrievedExceptionIsNotReported) {
  constexpr auto body = []() -> Task<bool> {
    const TaskHandle<void> handle = current_loop().spawn(fail("seen"), "worker");
    try {
      co_await handle;
    } catch (const std::runtime_error&) {
      co_return true;
    }
    co_return false;
  };
  Reports reports(loop_);
  EXPECT_TRUE(loop_.run(body()));
  EXPECT_TRUE(reports.all.empty());
}

TEST_F(LoopTest, AnExceptionTakenAsTheResultIsNotReported) {
  Reports reports(loop_);
  {
    TaskHandle<void> handle = loop_.spawn(fail("taken"), "worker");
    loop_.run(nothing());
    EXPECT_THROW(handle.result(), std::runtime_error);
  }
  EXPECT_TRUE(reports.all.empty());
}

TEST_F(LoopTest, ACancelledTaskIsNotReported) {
  Reports reports(loop_);
  loop_.spawn(forever(), "sleeper").detach();
  loop_.run(nothing());
  EXPECT_TRUE(reports.all.empty());
}

TEST_F(LoopTest, ACallbackThatThrowsIsReportedAndTheNextOnesRun) {
  Reports reports(loop_);
  loop_.call_soon([] { throw std::runtime_error("soon"); });
  loop_.post([] { throw 7; });
  loop_.call_soon([] { throw Cancelled{}; });
  loop_.call_soon([&] { events_.push_back("after"); });
  loop_.run_once();
  EXPECT_EQ(events_, Events{"after"});
  ASSERT_EQ(reports.all.size(), 3U);
  for (const ErrorContext& context : reports.all) {
    EXPECT_EQ(context.message, "unhandled exception in a callback");
    EXPECT_EQ(context.task, "");
  }
}

// Does what it is told at the end of each pass.
class AtPassEnd final : public PassEnd {
 public:
  explicit AtPassEnd(std::function<void()> work) : work_(std::move(work)) {}
  bool pass_ended() override {
    work_();
    return false;
  }

 private:
  std::function<void()> work_;
};

TEST_F(LoopTest, WorkAtTheEndOfAPassThatThrowsIsReported) {
  Reports reports(loop_);
  AtPassEnd work([] { throw std::runtime_error("at the end"); });
  loop_.add_pass_end(work);
  loop_.run_once();
  loop_.remove_pass_end(work);
  loop_.run_once();
  EXPECT_EQ(reports.all.size(), 1U);
}

TEST_F(LoopTest, ATimerThatThrowsIsReported) {
  class Bad final : public Timer {
    void fire() override { throw std::runtime_error("too late"); }
  };
  Reports reports(loop_);
  Bad bad;
  loop_.timers().arm(bad, loop_.now());
  loop_.run(nothing());
  ASSERT_EQ(reports.all.size(), 1U);
  EXPECT_EQ(describe(reports.all[0].exception), "too late");
}

TEST(LoopFailureTest, ARingThatFailsIsAnExceptionAlsoWithTasksAlive) {
  EXPECT_EXIT(
      {
        ScriptedRing ring;
        try {
          Loop loop(ring);
          loop.spawn(forever(), "forever").detach();
          loop.run_once();
          ring.enter_error = EBADF;
          loop.run(nothing());
        } catch (const std::system_error& error) {
          std::_Exit(error.code().value() == EBADF ? 7 : 8);
        }
        std::_Exit(9);
      },
      ::testing::ExitedWithCode(7), "");
}

TEST_F(LoopTest, TheDefaultHandlerLogs) {
  const CapturedLog log;
  loop_.spawn(fail("nobody cares"), "worker").detach();
  loop_.run(a_while());
  EXPECT_TRUE(log.has("task exception was never retrieved: nobody cares task=worker"));
}

TEST_F(LoopTest, AHandlerThatThrowsIsReportedToTheDefaultAndTheLoopLives) {
  const CapturedLog log;
  loop_.set_exception_handler([](const ErrorContext&) { throw std::logic_error("worse"); });
  loop_.spawn(fail("bad"), "worker").detach();
  loop_.run(a_while());
  loop_.run(note(events_, "still running"));
  EXPECT_TRUE(log.has("unhandled exception in the exception handler: worse"));
  EXPECT_TRUE(log.has("task exception was never retrieved: bad"));
  EXPECT_EQ(events_, Events{"still running"});
}

TEST_F(LoopTest, ANullHandlerRestoresTheDefault) {
  const CapturedLog log;
  loop_.set_exception_handler([&](const ErrorContext&) { events_.push_back("handled"); });
  loop_.set_exception_handler({});
  loop_.call_soon([] { throw std::runtime_error("to the log"); });
  loop_.run_once();
  EXPECT_TRUE(events_.empty());
  EXPECT_TRUE(log.has("to the log"));
}

TEST_F(LoopTest, AHandlerMayReplaceItself) {
  const std::string long_text(100, 'x');
  loop_.set_exception_handler([this, long_text](const ErrorContext&) {
    loop_.set_exception_handler([this](const ErrorContext&) { events_.push_back("second"); });
    events_.push_back(long_text);
  });
  for (int i = 0; i < 2; ++i) {
    loop_.call_soon([] { throw std::runtime_error("once more"); });
  }
  loop_.run_once();
  EXPECT_EQ(events_, (Events{long_text, "second"}));
}

// --- The end of a pass --------------------------------------------------------------------------

TEST_F(LoopTest, TheEndOfAPassComesAfterItsCoroutinesAndBeforeItsSends) {
  Stream stream(loop_, 5, {});
  AtPassEnd work([&] {
    events_.push_back("pass end");
    if (events_.size() == 2) stream.outflow().append("from the end of the pass");
  });
  loop_.add_pass_end(work);
  loop_.spawn(note(events_, "task"), "task").detach();
  loop_.run_once();
  EXPECT_EQ(events_, (Events{"task", "pass end"}));
  loop_.run_once();
  EXPECT_EQ(ring_.wire[5], "from the end of the pass");
  loop_.remove_pass_end(work);
}

// Some work for each of so many passes.
class WorkForPasses final : public PassEnd {
 public:
  explicit WorkForPasses(int passes) : left_(passes) {}
  bool pass_ended() override { return --left_ > 0; }
  int left() const { return left_; }

 private:
  int left_;
};

Task<void> wake_in_an_hour() {
  co_await sleep(1h);
}

TEST_F(LoopTest, WorkLeftAtTheEndOfAPassIsGoneOnWithAtOnce) {
  WorkForPasses work(3);
  loop_.add_pass_end(work);
  loop_.call_soon([] {});
  const TaskHandle<void> later = loop_.spawn(wake_in_an_hour(), "later");
  const Time begin = loop_.now();
  for (int pass = 0; pass < 3; ++pass) loop_.run_once();
  EXPECT_EQ(loop_.now(), begin);
  EXPECT_EQ(work.left(), 0);
  loop_.run_once();
  EXPECT_EQ(loop_.now(), begin + 1h) << "nothing was left";
  loop_.remove_pass_end(work);
  loop_.run_once();
}

TEST_F(LoopTest, WorkAtTheEndOfAPassMayRemoveItself) {
  std::function<void()> remove = [] {};
  AtPassEnd first([&] {
    events_.push_back("first");
    remove();
  });
  AtPassEnd second([&] { events_.push_back("second"); });
  remove = [&] { loop_.remove_pass_end(first); };
  loop_.add_pass_end(first);
  loop_.add_pass_end(second);
  loop_.run_once();
  loop_.run_once();
  EXPECT_EQ(events_, (Events{"first", "second", "second"}));
  loop_.remove_pass_end(second);
}

TEST_F(LoopTest, WorkAtTheEndOfAPassMayRemoveOthersAndAddMore) {
  std::function<void()> change = [] {};
  AtPassEnd first([&] { std::exchange(change, [] {})(); });
  AtPassEnd second([&] { events_.push_back("second"); });
  std::vector<AtPassEnd> more(100, AtPassEnd([&] { events_.push_back("more"); }));
  change = [&] {
    loop_.remove_pass_end(second);
    for (AtPassEnd& one : more) loop_.add_pass_end(one);
  };
  loop_.add_pass_end(first);
  loop_.add_pass_end(second);
  loop_.run_once();
  EXPECT_EQ(events_, Events(100, "more"));
  loop_.remove_pass_end(first);
  for (AtPassEnd& one : more) loop_.remove_pass_end(one);
}

// --- Other threads ------------------------------------------------------------------------------

class PostTest : public support::EveryRingTest {};
INSTANTIATE_TEST_SUITE_P(Rings, PostTest, support::kEveryRing, support::ring_name);

TEST_P(PostTest, APostWakesAnIdleLoop) {
  constexpr auto body = [](Loop& loop) -> Task<bool> {
    const TaskHandle<void> sleeper = loop.spawn(forever(), "sleeper");
    std::thread other([&] {
      std::this_thread::sleep_for(20ms);
      loop.post([&] { sleeper.context().cancel(); });
    });
    bool woken = false;
    try {
      co_await sleeper;
    } catch (const Cancelled&) {
      woken = true;
    }
    other.join();
    co_return woken;
  };
  World world(make_ring());
  const Passes passes(world.loop);
  EXPECT_TRUE(world.run(body(world.loop)));
  EXPECT_LT(passes.count(), support::kFewPasses) << "it was not idle";
}

TEST_P(PostTest, APostBeforeTheLoopRunsIsNotLost) {
  World world(make_ring());
  bool ran = false;
  world.loop.post([&] { ran = true; });
  world.loop.run_once();
  EXPECT_TRUE(ran);
}

TEST_P(PostTest, ThePostsOfFourThreadsAllRunInTheOrderOfEachThread) {
  constexpr int kThreads = 4;
  constexpr int kPosts = 10'000;
  struct State {
    std::array<int, kThreads> next{};
    int total = 0;
    bool in_order = true;
  };
  constexpr auto body = [](const State& state) -> Task<void> {
    while (state.total < kThreads * kPosts) co_await sleep(1ms);
  };
  World world(make_ring());
  State state;
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&world, &state, thread] {
      for (int i = 0; i < kPosts; ++i) {
        world.loop.post([&state, thread, i] {
          state.in_order = state.in_order && state.next[thread]++ == i;
          ++state.total;
        });
      }
    });
  }
  world.run(body(state));
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(state.total, kThreads * kPosts);
  EXPECT_TRUE(state.in_order);
}

TEST_P(PostTest, SlowPostsEachWakeAnIdleLoop) {
  constexpr int kPosts = 50;
  constexpr auto body = [](Loop& loop) -> Task<int> {
    int answered = 0;
    std::atomic<int> asked = 0;
    const TaskHandle<void> sleeper = loop.spawn(forever(), "sleeper");
    std::thread other([&] {
      for (int i = 1; i <= kPosts; ++i) {
        loop.post([&, i] { asked = answered = i; });
        while (asked != i) std::this_thread::yield();
      }
      loop.post([&] { sleeper.context().cancel(); });
    });
    bool woken = false;
    try {
      co_await sleeper;
    } catch (const Cancelled&) {
      woken = true;
    }
    other.join();
    co_return woken ? answered : 0;
  };
  World world(make_ring());
  EXPECT_EQ(world.run(body(world.loop)), kPosts);
}

// --- run() --------------------------------------------------------------------------------------

TEST_F(LoopTest, RunGivesTheResultOfItsTask) {
  constexpr auto body = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(3); };
  EXPECT_EQ(*loop_.run(body()), 3);
}

TEST_F(LoopTest, RunThrowsTheExceptionOfItsTask) {
  EXPECT_THROW(loop_.run(fail("it broke")), std::runtime_error);
}

TEST_F(LoopTest, ALoopMayRunAgain) {
  EXPECT_THROW(loop_.run(fail("it broke")), std::runtime_error);
  loop_.run(note(events_, "again"));
  EXPECT_EQ(events_, Events{"again"});
}

// Takes its time to clean up when it is cancelled.
Task<void> clean_up_slowly(Events& events) {
  bool cancelled = false;
  try {
    co_await forever();
  } catch (const Cancelled&) {
    cancelled = true;
  }
  events.push_back(cancelled ? "cancelled" : "not cancelled");
  co_await sleep(2s);
  events.push_back("clean");
}

TEST_F(LoopTest, RunCancelsTheTasksThatAreLeftAndAwaitsThem) {
  loop_.spawn(clean_up_slowly(events_), "other").detach();
  loop_.run(note(events_, "main"));
  EXPECT_EQ(loop_.task_count(), 0U);
  EXPECT_EQ(events_, (Events{"main", "cancelled", "clean"}));
}

TEST_F(LoopTest, RunCancelsTheTasksThatAreLeftAlsoAfterAnException) {
  loop_.spawn(clean_up_slowly(events_), "other").detach();
  EXPECT_THROW(loop_.run(fail("it broke")), std::runtime_error);
  EXPECT_EQ(events_, (Events{"cancelled", "clean"}));
}

TEST_F(LoopTest, RunCancelsATaskThatTookNoNoticeOfAnEarlierCancel) {
  constexpr auto stubborn = [](Events& events) -> Task<void> {
    for (int i = 0; i < 2; ++i) {
      try {
        co_await forever();
      } catch (const Cancelled&) {
        events.push_back("cancelled");
      }
    }
  };
  constexpr auto body = [](TaskHandle<void>& other) -> Task<void> {
    co_await sleep(0s);
    other.cancel();
    co_await sleep(0s);
  };
  TaskHandle<void> other = loop_.spawn(stubborn(events_), "stubborn");
  loop_.run(body(other));
  EXPECT_EQ(events_, (Events{"cancelled", "cancelled"}));
}

TEST_F(LoopTest, RunCancelsATaskThatIsSpawnedWhileItShutsDown) {
  constexpr auto spawn_on_cancel = [](Events& events) -> Task<void> {
    bool cancelled = false;
    try {
      co_await forever();
    } catch (const Cancelled&) {
      cancelled = true;
    }
    if (cancelled) current_loop().spawn(clean_up_slowly(events), "late").detach();
  };
  loop_.spawn(spawn_on_cancel(events_), "other").detach();
  loop_.run(nothing());
  EXPECT_EQ(events_, (Events{"cancelled", "clean"}));
}

TEST_F(LoopTest, AnExceptionWhileRunShutsDownIsReported) {
  constexpr auto fail_on_cancel = []() -> Task<void> {
    bool cancelled = false;
    try {
      co_await forever();
    } catch (const Cancelled&) {
      cancelled = true;
    }
    if (cancelled) throw std::runtime_error("while shutting down");
  };
  Reports reports(loop_);
  loop_.spawn(fail_on_cancel(), "other").detach();
  loop_.run(nothing());
  ASSERT_EQ(reports.all.size(), 1U);
  EXPECT_EQ(describe(reports.all[0].exception), "while shutting down");
  EXPECT_EQ(reports.all[0].message, "unhandled exception during run() shutdown");
  EXPECT_FALSE(loop_.shutting_down());
}

TEST_F(LoopTest, RunEndsAlthoughAPeerTakesNothingAndTheNextOneGoesOn) {
  constexpr auto owe = [](Stream& stream) -> Task<void> {
    stream.write("all that is owed");
    co_await sleep(1s);
  };
  constexpr auto pay = [](Stream& stream) -> Task<void> { co_await stream.outflow().drain(0); };
  constexpr int kSocket = 5;
  ring_.room[kSocket] = 3;
  Stream stream(loop_, kSocket, {});
  loop_.run(owe(stream));
  EXPECT_EQ(loop_.operations().in_flight(), 0U);
  EXPECT_EQ(ring_.wire[kSocket], "all");
  EXPECT_FALSE(stream.outflow().drained());
  ring_.room[kSocket] = 1000;
  loop_.run(pay(stream));
  EXPECT_EQ(ring_.wire[kSocket], "all that is owed");
}

TEST_F(LoopTest, AStreamThatOwesMayGoBetweenTwoRuns) {
  constexpr auto owe = [](Stream& stream) -> Task<void> {
    stream.write("never to be sent");
    co_return;
  };
  constexpr int kSocket = 5;
  ring_.room[kSocket] = 0;
  {
    Stream stream(loop_, kSocket, {});
    loop_.run(owe(stream));
    EXPECT_TRUE(ring_.closed.empty());
  }
  EXPECT_EQ(ring_.closed, std::vector<int>{kSocket});
  loop_.run(nothing());
}

class RunTest : public support::EveryRingTest {};
INSTANTIATE_TEST_SUITE_P(Rings, RunTest, support::kEveryRing, support::ring_name);

TEST_P(RunTest, RunLeavesNoOperationInFlight) {
  constexpr auto reader = [](int socket) -> Task<void> {
    Stream stream(current_loop(), socket, {});
    co_await stream.receive();
  };
  constexpr auto body = []() -> Task<std::size_t> {
    co_await sleep(0s);
    co_await sleep(0s);
    co_return current_loop().operations().in_flight();
  };
  World world(make_ring());
  support::Sockets sockets = support::tcp_sockets();
  world.loop.spawn(reader(sockets.near.release()), "reader").detach();
  EXPECT_EQ(world.run(body()), 1U);
  EXPECT_EQ(world.loop.operations().in_flight(), 0U);
  EXPECT_TRUE(sockets.far.at_end());
}

TEST_P(RunTest, AStreamGivenToTheMainTaskIsClosedWhenRunReturns) {
  constexpr auto body = [](Stream stream) -> Task<std::string> {
    const auto line = co_await stream.read_line();
    co_return line.value_or("nothing");
  };
  World world(make_ring());
  support::Sockets sockets = support::tcp_sockets();
  sockets.far.send("hello\n");
  EXPECT_EQ(world.loop.run(body(Stream(world.loop, sockets.near.release(), {}))), "hello");
  EXPECT_EQ(world.loop.operations().in_flight(), 0U);
  EXPECT_TRUE(sockets.far.at_end());
}

TEST_P(RunTest, RunWaitsForASendOfItsLastPassAndForNoEventAfterIt) {
  constexpr auto body = [](Stream& stream) -> Task<void> {
    stream.write("last words");
    co_return;
  };
  World world(make_ring());
  support::Sockets sockets = support::tcp_sockets();
  Stream stream(world.loop, sockets.near.release(), {});
  // Without a timer, which would hide a wait for ever. A post from elsewhere ends one after a
  // while.
  std::atomic<bool> over = false;
  std::atomic<bool> rescued = false;
  std::thread rescuer([&] {
    for (int i = 0; i < 100 && !over; ++i) std::this_thread::sleep_for(10ms);
    rescued = !over;
    world.loop.post([] {});
  });
  world.loop.run(body(stream));
  over = true;
  rescuer.join();
  EXPECT_FALSE(rescued);
  EXPECT_EQ(sockets.far.take(), "last words");
  world.loop.run_once();
}

TEST_F(LoopTest, ARingThatFailsEndsThePassAndNoOtherLoop) {
  ring_.enter_error = EBADF;
  EXPECT_THROW(loop_.run_once(), std::system_error);
  ScriptedRing other_ring;
  Loop other(other_ring);
  other.run(note(events_, "other"));
  EXPECT_EQ(events_, Events{"other"});
  ring_.enter_error = 0;
  loop_.run(note(events_, "recovered"));
  EXPECT_EQ(events_, (Events{"other", "recovered"}));
}

TEST_P(RunTest, AnIdleLoopMakesNoPasses) {
  constexpr auto body = [](const Passes& passes) -> Task<int> {
    const int before = passes.count();
    co_await sleep(100ms);
    co_return passes.count() - before;
  };
  World world(make_ring());
  const Passes passes(world.loop);
  EXPECT_LT(world.run(body(passes)), support::kFewPasses);
}

TEST_P(RunTest, AListenerAndAStreamMayOutliveARunAndBeUsedInTheNext) {
  constexpr auto meet = [](Listener& listener) -> Task<Stream> {
    auto near = co_await Stream::connect(listener.address());
    Stream far = co_await listener.accept();
    far.write("first\n");
    co_await far.finish(1s);
    co_return near;
  };
  constexpr auto read = [](Stream& stream) -> Task<std::optional<std::string>> {
    co_return co_await stream.read_line();
  };
  World world(make_ring());
  Listener listener(world.loop, *Address::parse("127.0.0.1:0"));
  Stream stream = world.run(meet(listener));
  EXPECT_EQ(world.run(read(stream)), "first");
  EXPECT_EQ(world.run(read(stream)), std::nullopt);
  Stream again = world.run(meet(listener));
  EXPECT_EQ(world.run(read(again)), "first");
  constexpr auto drop = [](Listener, Stream, Stream) -> Task<void> { co_return; };
  world.run(drop(std::move(listener), std::move(stream), std::move(again)));
}

TEST_P(RunTest, WhatATaskStartsToCleanUpAtTheEndOfARunIsNotCutShort) {
  constexpr auto say = [](Events& events, const char* words) -> Task<void> {
    co_await sleep(5ms);
    events.emplace_back(words);
  };
  constexpr auto body = [](Events& events, auto farewell) -> Task<void> {
    try {
      co_await sleep(1h);
    } catch (const Cancelled&) {
    }
    co_await gather(farewell(events, "goodbye"), farewell(events, "goodbye"));
    events.emplace_back("cleaned up");
    current_loop().spawn(farewell(events, "never said"), "left over").detach();
  };
  constexpr auto main = [](Task<void> other) -> Task<void> {
    current_loop().spawn(std::move(other), "other").detach();
    co_await sleep(1ms);
  };
  Events events;
  World world(make_ring());
  world.run(main(body(events, say)));
  EXPECT_EQ(events, (Events{"goodbye", "goodbye", "cleaned up"}));
}

TEST(LoopThreadDeathTest, WakingATaskFromAnotherThreadIsAProgrammingError) {
  auto misuse = [] {
    World world;
    constexpr auto body = [](Event& event) -> Task<void> {
      const TaskHandle<void> waiter = current_loop().spawn(wait_for(event), "waiter");
      co_await sleep(0s);
      std::thread([&event] { event.set(); }).join();
      co_return;
    };
    Event event;
    world.run(body(event));
  };
  EXPECT_DEATH(misuse(), "assertion failed");
}

TEST(LoopThreadDeathTest, CancellingATaskFromAnotherThreadIsAProgrammingError) {
  auto misuse = [] {
    World world;
    constexpr auto body = []() -> Task<void> {
      TaskHandle<void> other = current_loop().spawn(forever(), "other");
      std::thread([&other] { other.cancel(); }).join();
      co_return;
    };
    world.run(body());
  };
  EXPECT_DEATH(misuse(), "assertion failed");
}

TEST(LoopThreadDeathTest, SpawningOnALoopThatAnotherThreadRunsIsAProgrammingError) {
  auto misuse = [] {
    World world;
    constexpr auto body = []() -> Task<void> {
      Loop& loop = current_loop();
      std::thread([&loop] { loop.spawn(nothing(), "stray").detach(); }).join();
      co_return;
    };
    world.run(body());
  };
  EXPECT_DEATH(misuse(), "assertion failed");
}

}  // namespace
}  // namespace core
