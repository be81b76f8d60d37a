// Signals as something a coroutine awaits.
#include "core/signals.hpp"

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "core/interruptible.hpp"
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

Task<void> sleeper(Duration duration) {
  co_await sleep(duration);
}

Task<int> after_a_signal(int given) {
  current_loop().call_soon([] { ::raise(SIGUSR1); });
  try {
    co_await sleep(1h);
  } catch (const Cancelled&) {
    if (given < 0) throw std::runtime_error("clean-up failed");
    if (given == 0) throw;
  }
  co_return given;
}

TEST_P(SignalsTest, TheFirstSignalCancelsAnInterruptibleTask) {
  Signals signals({SIGUSR1});
  World world(make_ring());
  try {
    world.run(interruptible(signals, after_a_signal(0)));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Interrupted& interrupted) {
    EXPECT_EQ(interrupted.signal(), SIGUSR1);
  }
}

TEST_P(SignalsTest, ATaskThatCompletesInSpiteOfASignalGivesItsResult) {
  Signals signals({SIGUSR1});
  World world(make_ring());
  EXPECT_EQ(world.run(interruptible(signals, after_a_signal(7))), 7);
}

TEST_P(SignalsTest, ATaskThatFailsOverASignalGivesItsError) {
  Signals signals({SIGUSR1});
  World world(make_ring());
  EXPECT_THROW(world.run(interruptible(signals, after_a_signal(-1))), std::runtime_error);
}

TEST_P(SignalsTest, WithoutASignalAnInterruptibleTaskIsAsAnyOther) {
  constexpr auto give = []() -> Task<int> {
    co_await sleep(1ms);
    co_return 3;
  };
  Signals signals({SIGUSR1});
  World world(make_ring());
  EXPECT_EQ(world.run(interruptible(signals, give())), 3);
  ::raise(SIGUSR1);  // and it is still collected
  EXPECT_THROW(world.run(interruptible(signals, sleeper(1h))), Interrupted);
}

TEST_P(SignalsTest, ACancelFromOutsideIsNoInterruption) {
  constexpr auto body = [](Signals& signals) -> Task<void> {
    co_await timeout(1ms, interruptible(signals, sleeper(1h)));
  };
  Signals signals({SIGUSR1});
  World world(make_ring());
  EXPECT_THROW(world.run(body(signals)), TimeoutError);
}

TEST(SignalsDeathTest, ASecondSignalEndsAProgramWhoseCleanUpHangs) {
  constexpr auto stubborn = []() -> Task<void> {
    current_loop().call_soon([] { ::raise(SIGTERM); });
    try {
      co_await sleep(1h);
    } catch (const Cancelled&) {
    }
    current_loop().call_soon([] { ::raise(SIGTERM); });
    co_await sleep(1h);
  };
  auto run = [&] {
    Signals signals({SIGTERM});
    World world;
    world.run(interruptible(signals, stubborn()));
  };
  EXPECT_EXIT(run(), ::testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace core
