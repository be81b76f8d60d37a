// Executor and to_thread(): results and exceptions across threads, waits that are given up, and
// ends in any order. All of it on real threads and the real ring.
#include "core/executor.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <mutex>
#include <semaphore>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <pthread.h>

#include "core/gather.hpp"
#include "tests/unit/captured_log.hpp"
#include "tests/unit/support.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::CapturedLog;
using support::World;

// A door in front of which threads wait.
class Door {
 public:
  void open() { opened_.release(1000); }
  void pass() {
    entered_.release();
    opened_.acquire();
  }
  // Until a thread stands in front of it.
  void await_one() { entered_.acquire(); }

 private:
  std::counting_semaphore<> entered_{0};
  std::counting_semaphore<> opened_{0};
};

TEST(ExecutorTest, ACallRunsInAnotherThreadAndGivesItsResult) {
  World world;
  Executor executor(1);
  constexpr auto body = [](Executor& on) -> Task<bool> {
    const auto here = std::this_thread::get_id();
    const auto there = co_await to_thread(on, [] { return std::this_thread::get_id(); });
    EXPECT_EQ(std::this_thread::get_id(), here);
    co_return here != there;
  };
  EXPECT_TRUE(world.run(body(executor)));
}

TEST(ExecutorTest, ACallMayGiveNothingOrSomethingMoveOnly) {
  World world;
  Executor executor(1);
  std::atomic<bool> ran = false;
  auto set = [&ran] { ran = true; };
  world.run(to_thread(executor, set));
  EXPECT_TRUE(ran);
  constexpr auto make = [] { return std::make_unique<int>(7); };
  EXPECT_EQ(*world.run(to_thread(executor, make)), 7);
}

TEST(ExecutorTest, AnExceptionCrossesWithItsType) {
  struct OwnError : std::runtime_error {
    OwnError() : std::runtime_error("own") {}
    int code = 17;
  };
  World world;
  Executor executor(1);
  constexpr auto fail = []() -> int { throw OwnError(); };
  try {
    world.run(to_thread(executor, fail));
    ADD_FAILURE();
  } catch (const OwnError& error) {
    EXPECT_EQ(error.code, 17);
  }
  EXPECT_EQ(world.run(to_thread(executor, [] { return 3; })), 3) << "the thread lives on";
}

TEST(ExecutorTest, TheLoopGoesOnMeanwhile) {
  World world;
  Executor executor(1);
  Door door;
  constexpr auto body = [](Executor& on, Door& closed) -> Task<int> {
    auto pass = [&closed] { closed.pass(); };
    const TaskHandle<void> call = current_loop().spawn(to_thread(on, pass), "call");
    for (int i = 0; i < 10; ++i) co_await sleep(1ms);
    EXPECT_FALSE(call.done());
    closed.open();
    co_await call;
    co_return 1;
  };
  EXPECT_EQ(world.run(body(executor, door)), 1);
}

TEST(ExecutorTest, WhatACallHoldsGoesInItsThreadBeforeTheResultIsThere) {
  struct Held {
    std::atomic<std::thread::id>& gone_in;
    ~Held() { gone_in = std::this_thread::get_id(); }
  };
  World world;
  Executor executor(1);
  std::atomic<std::thread::id> gone_in;
  constexpr auto body = [](Executor& on, std::atomic<std::thread::id>& gone) -> Task<void> {
    auto held = std::make_shared<Held>(gone);
    auto call = [held = std::move(held)] { return std::this_thread::get_id(); };
    const auto ran_in = co_await to_thread(on, std::move(call));
    EXPECT_EQ(gone.load(), ran_in);
  };
  world.run(body(executor, gone_in));
}

TEST(ExecutorTest, NoMoreThreadsThanAllowedAndNoneWithoutNeed) {
  World world;
  Executor executor(3);
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  const auto work = [&] {
    int now = ++inside;
    for (int before = most; before < now && !most.compare_exchange_weak(before, now);) {
    }
    std::this_thread::sleep_for(1ms);
    {
      const std::scoped_lock lock(mutex);
      threads.insert(std::this_thread::get_id());
    }
    --inside;
  };
  for (int i = 0; i < 5; ++i) world.run(to_thread(executor, work));
  EXPECT_EQ(threads.size(), 1U) << "one after the other needs one";
  std::vector<Task<void>> calls;
  for (int i = 0; i < 30; ++i) calls.push_back(to_thread(executor, work));
  world.run(gather(std::move(calls)));
  EXPECT_LE(threads.size(), 3U);
  EXPECT_LE(most, 3);
}

TEST(ExecutorTest, CallsBeginInTheOrderTheyCame) {
  World world;
  Executor executor(1);
  std::vector<int> order;
  std::vector<Task<void>> calls;
  for (int i = 0; i < 100; ++i) {
    calls.push_back(to_thread(executor, [&order, i] { order.push_back(i); }));
  }
  world.run(gather(std::move(calls)));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order.at(static_cast<std::size_t>(i)), i);
}

TEST(ExecutorTest, SignalsAreBlockedInItsThreads) {
  World world;
  Executor executor(1);
  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  constexpr auto mask = [] {
    sigset_t now;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
    return now;
  };
  const sigset_t there = world.run(to_thread(executor, mask));
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGWINCH, SIGPIPE}) {
    EXPECT_EQ(sigismember(&there, signal), 1) << signal;
  }
  EXPECT_EQ(sigismember(&there, SIGSEGV), 0);
  sigset_t after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(sigismember(&after, SIGINT), sigismember(&before, SIGINT));
  EXPECT_EQ(sigismember(&after, SIGUSR1), sigismember(&before, SIGUSR1));
}

// --- Cancelling ---------------------------------------------------------------------------------

// Starts a call that passes the door, waits until it stands there, and cancels the wait for it.
template <class Function>
Task<void> begin_and_abandon(Executor& executor, Door& door, Function function) {
  TaskHandle<void> call = current_loop().spawn(to_thread(executor, std::move(function)), "call");
  while (call.context().operation() == nullptr) co_await sleep(0s);
  door.await_one();
  call.cancel();
  bool cancelled = false;
  try {
    co_await call;
  } catch (const Cancelled&) {
    cancelled = true;
  }
  EXPECT_TRUE(cancelled);
}

TEST(ExecutorTest, CancellingEndsTheWaitAtOnceAndTheCallRunsOn) {
  Door door;
  std::atomic<bool> ended = false;
  {
    World world;
    Executor executor(1);
    world.run(begin_and_abandon(executor, door, [&] {
      door.pass();
      ended = true;
    }));
    EXPECT_FALSE(ended);
    door.open();
  }
  EXPECT_TRUE(ended) << "the executor waits for what was begun";
}

TEST(ExecutorTest, ACallThatHasNotBegunIsDroppedWithItsWait) {
  World world;
  Executor executor(1);
  Door door;
  std::atomic<bool> ran = false;
  const auto held = std::make_shared<int>(1);
  constexpr auto body = [](Executor& on, Door& closed, std::atomic<bool>& flag,
                           std::shared_ptr<int> witness) -> Task<long> {
    auto pass = [&closed] { closed.pass(); };
    const TaskHandle<void> first = current_loop().spawn(to_thread(on, pass), "first");
    while (first.context().operation() == nullptr) co_await sleep(0s);
    closed.await_one();
    auto set = [&flag, witness] { flag = true; };
    bool timed_out = false;
    try {
      co_await timeout(5ms, to_thread(on, std::move(set)));
    } catch (const TimeoutError&) {
      timed_out = true;
    }
    EXPECT_TRUE(timed_out);
    closed.open();
    co_await first;
    co_await to_thread(on, [] {});  // whatever was in line has had its turn
    co_return witness.use_count();
  };
  EXPECT_EQ(world.run(body(executor, door, ran, held)), 2);
  EXPECT_FALSE(ran);
}

TEST(ExecutorTest, ACallThatEndedBeforeTheCancelGivesItsResultFirst) {
  World world;
  Executor executor(1);
  constexpr auto body = [](Executor& on) -> Task<int> {
    TaskHandle<int> handle = current_loop().spawn(to_thread(on, [] { return 8; }), "call");
    // The same thread begins the next call when it has told the loop, which has not looked yet.
    std::binary_semaphore next_began(0);
    auto signal = [&next_began] { next_began.release(); };
    const TaskHandle<void> next = current_loop().spawn(to_thread(on, signal), "next");
    while (next.context().operation() == nullptr) co_await sleep(0s);
    next_began.acquire();
    handle.cancel();
    const int result = co_await handle;
    co_await next;
    co_return result;
  };
  EXPECT_EQ(world.run(body(executor)), 8);
}

TEST(ExecutorTest, NothingIsCalledForATaskThatWasAskedToStop) {
  World world;
  Executor executor(1);
  constexpr auto body = [](Executor& on) -> Task<bool> {
    std::atomic<bool> ran = false;
    current_task().cancel();
    auto set = [&ran] { ran = true; };
    try {
      co_await to_thread(on, set);
    } catch (const Cancelled&) {
      current_task().uncancel();
    }
    co_await to_thread(on, [] {});
    co_return ran;
  };
  EXPECT_FALSE(world.run(body(executor)));
}

TEST(ExecutorTest, TheExceptionOfAnAbandonedCallIsLogged) {
  const CapturedLog log;
  Door door;
  {
    World world;
    Executor executor(1);
    world.run(begin_and_abandon(executor, door, [&] {
      door.pass();
      throw std::runtime_error("too late");
    }));
    door.open();
  }
  EXPECT_TRUE(log.has("nobody awaits: too late")) << log.text();
}

// --- Ends ---------------------------------------------------------------------------------------

TEST(ExecutorTest, ALoopMayEndWhileAnAbandonedCallRuns) {
  Executor executor(1);
  Door door;
  {
    World world;
    world.run(begin_and_abandon(executor, door, [&] { door.pass(); }));
  }
  door.open();
  World another;
  EXPECT_EQ(another.run(to_thread(executor, [] { return 1; })), 1);
}

TEST(ExecutorTest, ALoopMayEndWithTheResult) {
  // The task that is woken is the last: ring and loop are gone as soon as it has its result.
  Executor executor(2);
  for (int i = 0; i < 200; ++i) {
    World world;
    EXPECT_EQ(world.run(to_thread(executor, [i] { return i; })), i);
  }
}

TEST(ExecutorTest, TheEndOfALoopAbandonsItsCalls) {
  Executor executor(1);
  Door door;
  auto call = [&] { door.pass(); };
  {
    World world;
    world.loop.spawn(to_thread(executor, call), "call").detach();
    constexpr auto body = [](Door& closed) -> Task<void> {
      co_await sleep(0s);
      closed.await_one();
    };
    world.run(body(door));
  }
  door.open();
}

TEST(ExecutorTest, SeveralLoopsShareOneUnderCancelsWithoutLoss) {
  const CapturedLog log;  // outlives what may still say something
  Executor executor(3);
  constexpr auto one = [](Executor& on, int i) -> Task<int> {
    auto call = [i] {
      if (i % 7 == 0) throw std::runtime_error("seven");
      return std::make_unique<std::string>(std::to_string(i));
    };
    std::string text;
    try {
      const auto result =
          co_await timeout(std::chrono::microseconds(i % 11 * 20), to_thread(on, std::move(call)));
      text = *result;
    } catch (const TimeoutError&) {
      co_return 0;
    } catch (const std::runtime_error&) {
      co_return 1;
    }
    EXPECT_EQ(text, std::to_string(i));
    co_return 2;
  };
  constexpr auto main = [](Executor& on, auto each) -> Task<int> {
    std::vector<Task<int>> calls;
    for (int i = 0; i < 500; ++i) calls.push_back(each(on, i));
    const std::vector<int> ends = co_await gather(std::move(calls));
    int sum = 0;
    for (const int end : ends) sum += end;
    co_return sum;
  };
  std::vector<std::thread> loops;
  for (int i = 0; i < 3; ++i) {
    loops.emplace_back([&] {
      World world;
      world.run(main(executor, one));
    });
  }
  for (std::thread& loop : loops) loop.join();
}

TEST(ExecutorTest, AnExecutorThatWasNeverUsedHasNoThread) {
  const auto threads = [] {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator("/proc/self/task")) {
      ++count;
    }
    return count;
  };
  const std::size_t before = threads();
  const Executor executor(8);
  EXPECT_EQ(threads(), before);
}

TEST(ExecutorDeathTest, AnExecutorWithoutThreadsIsAProgrammingError) {
  EXPECT_DEATH(Executor(0), "assertion failed");
}

}  // namespace
}  // namespace core
