// Signals as something a coroutine awaits.
#include "core/signals.hpp"

#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "core/timeout.hpp"
#include "tests/unit/scripted_ring.hpp"
#include "tests/unit/support.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::World;

class SignalsTest : public support::EveryRingTest {
 protected:
  SignalsTest() { ::pthread_sigmask(SIG_BLOCK, nullptr, &mask_); }
  ~SignalsTest() override { ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr); }

 private:
  sigset_t mask_;
};
INSTANTIATE_TEST_SUITE_P(Rings, SignalsTest, support::kEveryRing, support::ring_name);

TEST_P(SignalsTest, ASignalThatArrivesWhileATaskWaitsWakesIt) {
  constexpr auto body = [](Signals& signals) -> Task<int> {
    current_loop().call_soon([] { ::raise(SIGUSR1); });
    co_return co_await signals.next();
  };
  Signals signals({SIGUSR1, SIGUSR2});
  World world(make_ring());
  EXPECT_EQ(world.run(body(signals)), SIGUSR1);
}

TEST_P(SignalsTest, ASignalThatArrivedBeforeIsNotLost) {
  constexpr auto body = [](Signals& signals) -> Task<int> { co_return co_await signals.next(); };
  Signals signals({SIGUSR1});
  ::raise(SIGUSR1);
  World world(make_ring());
  EXPECT_EQ(world.run(body(signals)), SIGUSR1);
}

TEST_P(SignalsTest, SignalsOfTwoKindsBothArrive) {
  constexpr auto body = [](Signals& signals) -> Task<int> {
    const int first = co_await signals.next();
    const int second = co_await signals.next();
    EXPECT_NE(first, second);
    co_return first + second;
  };
  Signals signals({SIGUSR1, SIGUSR2});
  ::raise(SIGUSR2);
  ::raise(SIGUSR1);
  World world(make_ring());
  EXPECT_EQ(world.run(body(signals)), SIGUSR1 + SIGUSR2);
}

TEST_P(SignalsTest, ACancelledWaitLosesNoSignal) {
  constexpr auto wait = [](Signals& signals) -> Task<int> { co_return co_await signals.next(); };
  constexpr auto body = [](Signals& signals, auto waiter) -> Task<int> {
    for (int i = 0; i < 10; ++i) {
      int got = 0;
      try {
        got = co_await timeout(1ms, waiter(signals));
      } catch (const TimeoutError&) {
      }
      EXPECT_EQ(got, 0);
    }
    ::raise(SIGUSR1);
    co_return co_await waiter(signals);
  };
  Signals signals({SIGUSR1});
  World world(make_ring());
  EXPECT_EQ(world.run(body(signals, wait)), SIGUSR1);
}

TEST_P(SignalsTest, ASignalAndACancelAtOnceLoseNoSignal) {
  constexpr auto wait = [](Signals& signals, int& got) -> Task<void> {
    got = co_await signals.next();
  };
  constexpr auto body = [](Signals& signals, auto waiter) -> Task<int> {
    int got = 0;
    TaskHandle<void> handle = current_loop().spawn(waiter(signals, got), "waiter");
    co_await sleep(5ms);
    ::raise(SIGUSR1);
    handle.cancel();
    try {
      co_await handle;
    } catch (const Cancelled&) {
    }
    if (got == 0) co_await waiter(signals, got);
    co_return got;
  };
  Signals signals({SIGUSR1});
  World world(make_ring());
  EXPECT_EQ(world.run(body(signals, wait)), SIGUSR1);
}

TEST(SignalsWaitTest, ACancelIsNotForgottenOverAPollThatBroughtNothing) {
  constexpr auto wait = [](Signals& signals) -> Task<void> { co_await signals.next(); };
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  {
    Signals signals({SIGUSR1});
    support::ScriptedRing ring;
    ring.answers_cancels = false;
    Loop loop(ring);
    TaskHandle<void> waiter = loop.spawn(wait(signals), "waiter");
    loop.run_once();
    waiter.cancel();
    ring.answer(ring.newest("poll"), POLLIN);
    for (int i = 0; i < 3; ++i) loop.run_once();
    EXPECT_EQ(ring.times("poll"), 1U);
    EXPECT_TRUE(waiter.done());
    if (!waiter.done()) ring.answer(ring.newest("poll"), -ECANCELED);
    loop.run(support::nothing());
  }
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
}

TEST_P(SignalsTest, SignalsCloseTheirDescriptor) {
  const std::size_t before = support::open_descriptors();
  {
    const Signals signals({SIGUSR1});
    EXPECT_EQ(support::open_descriptors(), before + 1);
  }
  EXPECT_EQ(support::open_descriptors(), before);
}

}  // namespace
}  // namespace core
