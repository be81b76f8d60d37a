// Cancellation and timeouts: what is raised where, what is counted, and that a result which beats a
// cancel is never lost. The orders in which events meet are played on a scripted ring, the waits
// for the kernel on the real ones.
#include "core/timeout.hpp"

#include <csignal>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include "core/listener.hpp"
#include "core/signals.hpp"
#include "core/stream.hpp"
#include "tests/unit/scripted_ring.hpp"
#include "tests/unit/support.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::nothing;
using support::Reports;
using support::ScriptedRing;
using support::Sockets;
using support::World;

using Events = std::vector<std::string>;

Task<void> forever() {
  co_await sleep(24h);
}

class CancelTest : public ::testing::Test {
 protected:
  // Passes until nothing is ready, without letting time pass.
  void settle() {
    for (int pass = 0; pass < 10; ++pass) {
      loop_.post([] {});
      loop_.run_once();
    }
  }

  ScriptedRing ring_;
  Loop loop_{ring_};
  Events events_;
};

// --- Where a cancel is raised -------------------------------------------------------------------

// Notes how a wait for ever ends.
Task<void> wait_and_note(Events& events) {
  try {
    co_await forever();
    events.push_back("ended");
  } catch (const Cancelled&) {
    events.push_back("cancelled");
  }
}

TEST_F(CancelTest, ACancelIsRaisedWhereTheTaskIsSuspended) {
  TaskHandle<void> handle = loop_.spawn(wait_and_note(events_), "waiter");
  settle();
  EXPECT_TRUE(handle.cancel());
  EXPECT_TRUE(events_.empty()) << "not inside cancel()";
  settle();
  EXPECT_EQ(events_, Events{"cancelled"});
}

TEST_F(CancelTest, ACancelThatLeavesTheTaskMakesItACancelledOne) {
  TaskHandle<void> handle = loop_.spawn(forever(), "waiter");
  settle();
  handle.cancel();
  settle();
  EXPECT_TRUE(handle.done());
  EXPECT_TRUE(handle.cancelled());
  EXPECT_THROW(handle.result(), Cancelled);
}

TEST_F(CancelTest, ATaskThatSwallowsACancelIsNoCancelledOne) {
  TaskHandle<void> handle = loop_.spawn(wait_and_note(events_), "waiter");
  settle();
  handle.cancel();
  settle();
  EXPECT_TRUE(handle.done());
  EXPECT_FALSE(handle.cancelled());
  handle.result();
}

TEST_F(CancelTest, CancellingATaskThatIsDoneSaysSoAndDoesNothing) {
  TaskHandle<void> handle = loop_.spawn(nothing(), "quick");
  settle();
  EXPECT_FALSE(handle.cancel());
  EXPECT_EQ(handle.context().cancelling(), 0);
  EXPECT_FALSE(handle.cancelled());
}

TEST_F(CancelTest, ATaskCancelledBeforeItFirstRunsIsToldAtItsFirstSuspension) {
  constexpr auto body = [](Events& events) -> Task<void> {
    events.push_back("began");
    co_await wait_and_note(events);
  };
  TaskHandle<void> handle = loop_.spawn(body(events_), "waiter");
  handle.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"began", "cancelled"}));
}

TEST_F(CancelTest, ATaskThatNeverSuspendsEndsInSpiteOfACancel) {
  constexpr auto body = []() -> Task<int> { co_return 5; };
  TaskHandle<int> handle = loop_.spawn(body(), "quick");
  handle.cancel();
  settle();
  EXPECT_FALSE(handle.cancelled());
  EXPECT_EQ(handle.result(), 5);
}

TEST_F(CancelTest, ATaskMayCancelItself) {
  constexpr auto body = [](Events& events) -> Task<void> {
    current_task().cancel();
    events.push_back("goes on");
    co_await wait_and_note(events);
  };
  loop_.run(body(events_));
  EXPECT_EQ(events_, (Events{"goes on", "cancelled"}));
}

TEST_F(CancelTest, ACancelDuringCleanupInterruptsIt) {
  constexpr auto body = [](Events& events) -> Task<void> {
    co_await wait_and_note(events);
    events.push_back("cleaning up");
    co_await wait_and_note(events);
  };
  TaskHandle<void> handle = loop_.spawn(body(events_), "waiter");
  settle();
  handle.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"cancelled", "cleaning up"}));
  EXPECT_FALSE(handle.done());
  handle.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"cancelled", "cleaning up", "cancelled"}));
  EXPECT_EQ(handle.context().cancelling(), 2);
}

TEST_F(CancelTest, OneCancelIsRaisedOnce) {
  constexpr auto body = [](Events& events) -> Task<void> {
    co_await wait_and_note(events);
    co_await sleep(1s);
    events.push_back("clean");
  };
  TaskHandle<void> handle = loop_.spawn(body(events_), "waiter");
  settle();
  handle.cancel();
  while (!handle.done()) loop_.run_once();
  EXPECT_EQ(events_, (Events{"cancelled", "clean"}));
}

TEST_F(CancelTest, TwoCancelsBeforeTheTaskRunsAgainAreRaisedOnce) {
  constexpr auto body = [](Events& events) -> Task<void> {
    co_await wait_and_note(events);
    co_await sleep(1s);
    events.push_back("clean");
  };
  TaskHandle<void> handle = loop_.spawn(body(events_), "waiter");
  settle();
  handle.cancel();
  handle.cancel();
  while (!handle.done()) loop_.run_once();
  EXPECT_EQ(events_, (Events{"cancelled", "clean"}));
  EXPECT_EQ(handle.context().cancelling(), 2);
}

TEST_F(CancelTest, AHandlerForStandardExceptionsDoesNotSwallowACancel) {
  constexpr auto body = [](Events& events) -> Task<void> {
    try {
      co_await forever();
    } catch (const std::exception&) {
      events.push_back("swallowed");
    }
    events.push_back("went on");
  };
  TaskHandle<void> handle = loop_.spawn(body(events_), "waiter");
  settle();
  handle.cancel();
  settle();
  EXPECT_TRUE(handle.cancelled());
  EXPECT_TRUE(events_.empty());
}

// --- Counting -----------------------------------------------------------------------------------

TEST_F(CancelTest, RequestsAreCountedAndTakenBackOneByOne) {
  TaskHandle<void> handle = loop_.spawn(wait_and_note(events_), "waiter");
  TaskContext& task = handle.context();
  EXPECT_EQ(task.cancelling(), 0);
  task.cancel();
  task.cancel();
  EXPECT_EQ(task.cancelling(), 2);
  EXPECT_EQ(task.uncancel(), 1);
  EXPECT_EQ(task.uncancel(), 0);
  loop_.run(nothing());
}

TEST_F(CancelTest, ARequestTakenBackBeforeItWasRaisedIsNotRaised) {
  constexpr auto body = [](Events& events) -> Task<void> {
    current_task().cancel();
    current_task().uncancel();
    co_await sleep(1s);
    events.push_back("undisturbed");
  };
  loop_.run(body(events_));
  EXPECT_EQ(events_, Events{"undisturbed"});
}

TEST_F(CancelTest, WithOneOfTwoRequestsTakenBackTheOtherIsRaised) {
  constexpr auto body = [](Events& events) -> Task<void> {
    current_task().cancel();
    current_task().cancel();
    current_task().uncancel();
    co_await wait_and_note(events);
  };
  loop_.run(body(events_));
  EXPECT_EQ(events_, Events{"cancelled"});
}

using CancelDeathTest = CancelTest;

TEST_F(CancelDeathTest, TakingBackMoreRequestsThanThereAreIsAProgrammingError) {
  const TaskHandle<void> handle = loop_.spawn(nothing(), "task");
  EXPECT_DEATH(handle.context().uncancel(), "assertion failed");
  loop_.run(nothing());
}

// --- A completed operation beats a cancel -------------------------------------------------------

constexpr int kSocket = 7;

// Reads line after line and notes them; a cancel too, once.
Task<void> read_lines_and_note(Loop& loop, Events& events) {
  Stream stream(loop, kSocket, {});
  for (bool cancelled = false;;) {
    try {
      const auto line = co_await stream.read_line();
      if (!line) co_return;
      events.push_back(*line);
      continue;
    } catch (const Cancelled&) {
      if (cancelled) throw;
      cancelled = true;
    }
    events.push_back("cancelled");
  }
}

TEST_F(CancelTest, BytesThatArriveInThePassOfACancelAreDeliveredBeforeIt) {
  const TaskHandle<void> handle = loop_.spawn(read_lines_and_note(loop_, events_), "reader");
  settle();
  const Token token = ring_.newest("receive");
  ring_.bring(token, "arrived\npart");
  loop_.post([&] { handle.context().cancel(); });
  settle();
  EXPECT_EQ(events_, (Events{"arrived", "cancelled"}));
  ring_.bring(token, "ial\n");
  settle();
  EXPECT_EQ(events_, (Events{"arrived", "cancelled", "partial"}));
  loop_.run(nothing());
  EXPECT_EQ(ring_.buffers_out, 0);
}

TEST_F(CancelTest, BytesThatArriveAfterACancelInItsPassAreThereForTheNextRead) {
  const TaskHandle<void> handle = loop_.spawn(read_lines_and_note(loop_, events_), "reader");
  settle();
  handle.context().cancel();
  ring_.bring(ring_.newest("receive"), "late\n");
  settle();
  EXPECT_EQ(events_, (Events{"cancelled", "late"}));
  loop_.run(nothing());
}

TEST_F(CancelTest, AConnectThatSucceedsInSpiteOfACancelGivesItsStream) {
  constexpr auto body = [](Events& events) -> Task<void> {
    const Stream stream = co_await Stream::connect(*Address::parse("127.0.0.1:1"));
    events.push_back("connected");
    co_await wait_and_note(events);
  };
  ring_.answers_cancels = false;
  TaskHandle<void> handle = loop_.spawn(body(events_), "connector");
  settle();
  handle.cancel();
  EXPECT_EQ(ring_.times("cancel"), 1U);
  settle();
  EXPECT_FALSE(handle.done()) << "it waits for the connect's own end";
  ring_.answer(ring_.newest("connect"), 0);
  settle();
  EXPECT_EQ(events_, (Events{"connected", "cancelled"}));
  EXPECT_EQ(ring_.closed.size(), 1U);
  ::close(ring_.closed.at(0));
}

TEST_F(CancelTest, AConnectCancelledTwiceEndsOnce) {
  constexpr auto body = [](Events& events) -> Task<void> {
    try {
      const Stream stream = co_await Stream::connect(*Address::parse("127.0.0.1:1"));
    } catch (const Cancelled&) {
      events.push_back("cancelled");
    }
    co_await sleep(1s);
    events.push_back("clean");
  };
  ring_.answers_cancels = false;
  TaskHandle<void> handle = loop_.spawn(body(events_), "connector");
  settle();
  handle.cancel();
  handle.cancel();
  ring_.answer(ring_.newest("connect"), -ECANCELED);
  while (!handle.done()) loop_.run_once();
  EXPECT_EQ(events_, (Events{"cancelled", "clean"}));
  ::close(ring_.closed.at(0));
}

TEST_F(CancelTest, ADrainThatIsDoneInThePassOfACancelEndsBeforeIt) {
  constexpr auto body = [](Loop& loop, Events& events) -> Task<void> {
    Stream stream(loop, kSocket, {});
    stream.outflow().append("bytes");
    co_await stream.outflow().drain(0);
    events.push_back("drained");
    co_await wait_and_note(events);
  };
  ring_.room[kSocket] = 0;
  const TaskHandle<void> handle = loop_.spawn(body(loop_, events_), "writer");
  settle();
  ring_.room.clear();
  ring_.answer(ring_.newest("poll"), 4);
  loop_.run_once();  // offers again
  loop_.post([&] { handle.context().cancel(); });
  settle();
  EXPECT_EQ(events_, (Events{"drained", "cancelled"}));
  EXPECT_EQ(ring_.wire[kSocket], "bytes");
  loop_.run(nothing());
}

TEST_F(CancelTest, ASleepThatIsOverInThePassOfACancelEndsBeforeIt) {
  constexpr auto body = [](Events& events) -> Task<void> {
    co_await sleep(1s);
    events.push_back("slept");
    co_await wait_and_note(events);
  };
  TaskHandle<void> handle = loop_.spawn(body(events_), "sleeper");
  settle();
  ring_.advance(1s);
  loop_.post([&] { handle.cancel(); });
  settle();
  EXPECT_EQ(events_, (Events{"slept", "cancelled"}));
}

TEST_F(CancelTest, AnAcceptedConnectionSurvivesTheCancelOfItsAcceptor) {
  constexpr auto body = [](Listener& listener, Events& events) -> Task<void> {
    for (int i = 0; i < 2; ++i) {
      try {
        const Stream stream = co_await listener.accept();
        events.push_back("accepted");
      } catch (const Cancelled&) {
        events.push_back("cancelled");
      }
    }
  };
  {
    Listener listener(loop_, *Address::parse("127.0.0.1:0"));
    TaskHandle<void> handle = loop_.spawn(body(listener, events_), "acceptor");
    settle();
    handle.cancel();
    ring_.waiting = {1000};
    ring_.answer(ring_.newest("poll"), POLLIN);
    settle();
    EXPECT_EQ(events_, (Events{"cancelled", "accepted"}));
    EXPECT_TRUE(handle.done());
  }
  loop_.run(nothing());
  ASSERT_EQ(ring_.closed.size(), 2U);
  EXPECT_EQ(ring_.closed[0], 1000);
  ::close(ring_.closed[1]);
}

// --- Every wait can be cancelled ----------------------------------------------------------------

class CancelWaitTest : public support::EveryRingTest {
 protected:
  // Runs a body in a task of its own, cancels it once it waits for `operation`, and says how it
  // ended.
  std::string cancel(World& world, Task<void> body, std::string_view operation) {
    constexpr auto main = [](TaskHandle<void> handle,
                             std::string_view expected) -> Task<std::string> {
      const auto waits = [&] {
        const char* const now = handle.context().operation();
        return now != nullptr && now == expected;
      };
      while (!waits()) co_await sleep(0s);
      co_await sleep(5ms);  // the kernel has it by now
      handle.cancel();
      std::string end = "ended";
      try {
        co_await handle;
      } catch (const Cancelled&) {
        end = "cancelled";
      }
      co_return end;
    };
    return world.run(main(world.loop.spawn(std::move(body), "body"), operation));
  }
};
INSTANTIATE_TEST_SUITE_P(Rings, CancelWaitTest, support::kEveryRing, support::ring_name);

TEST_P(CancelWaitTest, ASleepingTaskCanBeCancelled) {
  World world(make_ring());
  EXPECT_EQ(cancel(world, forever(), "sleep"), "cancelled");
  EXPECT_EQ(world.loop.timers().size(), 0U);
}

TEST_P(CancelWaitTest, AReceivingTaskCanBeCancelled) {
  constexpr auto body = [](Loop& loop, int socket) -> Task<void> {
    Stream stream(loop, socket, {});
    co_await stream.receive();
  };
  World world(make_ring());
  Sockets sockets = support::tcp_sockets();
  EXPECT_EQ(cancel(world, body(world.loop, sockets.near.release()), "receive"), "cancelled");
  EXPECT_TRUE(sockets.far.at_end()) << "the socket was closed";
}

TEST_P(CancelWaitTest, AnAcceptingTaskCanBeCancelled) {
  constexpr auto body = [](Loop& loop) -> Task<void> {
    Listener listener(loop, *Address::parse("127.0.0.1:0"));
    co_await listener.accept();
  };
  World world(make_ring());
  EXPECT_EQ(cancel(world, body(world.loop), "accept"), "cancelled");
}

TEST_P(CancelWaitTest, AJoiningTaskCanBeCancelledAndSoIsTheOneItJoins) {
  constexpr auto body = [](TaskHandle<void> other) -> Task<void> { co_await other; };
  World world(make_ring());
  Events events;
  TaskHandle<void> other = world.loop.spawn(wait_and_note(events), "other");
  cancel(world, body(std::move(other)), "join");
  EXPECT_EQ(events, Events{"cancelled"});
}

// A listener whose backlog is full, so that a connect to it gets no answer.
class Unresponsive {
 public:
  Unresponsive() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const Address any = *Address::parse("127.0.0.1:0");
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    EXPECT_EQ(::bind(listener_.get(), any.data(), any.size()), 0);
    EXPECT_EQ(::listen(listener_.get(), 0), 0);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&storage), &size);
    address_ = Address::from(reinterpret_cast<sockaddr*>(&storage), size);
    for (int i = 0; i < 3; ++i) {
      waiting_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      ::connect(waiting_.back().get(), address_.data(), address_.size());
    }
  }

  const Address& address() const { return address_; }

 private:
  support::Socket listener_;
  std::vector<support::Socket> waiting_;
  Address address_;
};

TEST_P(CancelWaitTest, AConnectingTaskCanBeCancelled) {
  constexpr auto body = [](Address address) -> Task<void> {
    const Stream stream = co_await Stream::connect(address);
  };
  World world(make_ring());
  const Unresponsive server;
  const std::size_t descriptors = support::open_descriptors();
  EXPECT_EQ(cancel(world, body(server.address()), "connect"), "cancelled");
  EXPECT_EQ(support::open_descriptors(), descriptors);
}

TEST_P(CancelWaitTest, ATaskThatWaitsForASignalCanBeCancelled) {
  constexpr auto body = []() -> Task<void> {
    Signals signals({SIGUSR2});
    co_await signals.next();
  };
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  {
    World world(make_ring());
    EXPECT_EQ(cancel(world, body(), "signal"), "cancelled");
  }
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
}

TEST_P(CancelWaitTest, ADrainingTaskCanBeCancelled) {
  constexpr auto body = [](Loop& loop, int socket) -> Task<void> {
    Stream stream(loop, socket, {});
    co_await stream.write(std::string(8 << 20, 'x'));
  };
  World world(make_ring());
  Sockets sockets = support::tcp_sockets(4096);
  EXPECT_EQ(cancel(world, body(world.loop, sockets.near.release()), "drain"), "cancelled");
}

// Cancels reads as often as it can while lines arrive in pieces.
TEST_P(CancelWaitTest, NoByteIsLostHoweverOftenAReadIsCancelled) {
  constexpr auto read = [](Stream& stream, std::string& all) -> Task<void> {
    for (;;) {
      const auto line = co_await stream.read_line();
      if (!line) co_return;
      all += *line + "\n";
    }
  };
  constexpr auto body = [](int socket, const support::Socket& far, const std::string& text,
                           auto reader) -> Task<std::string> {
    Stream stream(current_loop(), socket, {});
    std::string all;
    TaskHandle<void> handle = current_loop().spawn(reader(stream, all), "reader");
    for (std::size_t at = 0; at < text.size(); at += 7) {
      far.send(std::string_view(text).substr(at, 7));
      co_await sleep(0s);
      handle.cancel();
      try {
        co_await handle;
      } catch (const Cancelled&) {
        handle.detach();
      }
      handle = current_loop().spawn(reader(stream, all), "reader");
    }
    ::shutdown(far.get(), SHUT_WR);
    co_await handle;
    co_return all;
  };
  World world(make_ring());
  Sockets sockets = support::tcp_sockets();
  std::string text;
  for (int i = 0; i < 300; ++i) text += "line " + std::to_string(i) + "\n";
  EXPECT_EQ(world.run(body(sockets.near.release(), sockets.far, text, read)), text);
}

// --- Timeouts -----------------------------------------------------------------------------------

using TimeoutTest = CancelTest;

Task<int> give_after(Duration duration, int result) {
  co_await sleep(duration);
  co_return result;
}

TEST_F(TimeoutTest, AResultInTimeIsReturnedAndTheTimerIsGone) {
  EXPECT_EQ(loop_.run(timeout(2s, give_after(1s, 5))), 5);
  EXPECT_EQ(loop_.timers().size(), 0U);
}

TEST_F(TimeoutTest, ABodyThatTakesTooLongIsATimeoutError) {
  constexpr auto body = [](Events& events) -> Task<int> {
    const Time begin = current_loop().now();
    try {
      co_await timeout(2s, give_after(24h, 5));
    } catch (const TimeoutError&) {
      events.push_back("timed out");
    }
    EXPECT_EQ(current_loop().now() - begin, 2s);
    co_return current_task().cancelling();
  };
  EXPECT_EQ(loop_.run(body(events_)), 0) << "the request was taken back";
  EXPECT_EQ(events_, Events{"timed out"});
}

TEST_F(TimeoutTest, AfterATimeoutTheTaskGoesOnUndisturbed) {
  constexpr auto body = []() -> Task<int> {
    bool timed_out = false;
    try {
      co_await timeout(1s, forever());
    } catch (const TimeoutError&) {
      timed_out = true;
    }
    EXPECT_TRUE(timed_out);
    co_return co_await give_after(1s, 6);
  };
  EXPECT_EQ(loop_.run(body()), 6);
}

TEST_F(TimeoutTest, AnExceptionOfTheBodyPasses) {
  constexpr auto body = []() -> Task<int> {
    co_await sleep(1s);
    throw std::logic_error("own");
  };
  EXPECT_THROW(loop_.run(timeout(2s, body())), std::logic_error);
  EXPECT_EQ(loop_.timers().size(), 0U);
}

TEST_F(TimeoutTest, AnExceptionOfTheBodysCleanupPassesAndTheRequestIsTakenBack) {
  constexpr auto failing = []() -> Task<void> {
    bool cancelled = false;
    try {
      co_await forever();
    } catch (const Cancelled&) {
      cancelled = true;
    }
    if (cancelled) throw std::logic_error("cleanup failed");
  };
  constexpr auto body = [](auto inner) -> Task<int> {
    bool failed = false;
    try {
      co_await timeout(1s, inner());
    } catch (const std::logic_error&) {
      failed = true;
    }
    EXPECT_TRUE(failed);
    co_return current_task().cancelling();
  };
  EXPECT_EQ(loop_.run(body(failing)), 0);
}

TEST_F(TimeoutTest, ABodyThatSwallowsTheCancelGivesItsResult) {
  constexpr auto swallowing = []() -> Task<int> {
    bool cancelled = false;
    try {
      co_await forever();
    } catch (const Cancelled&) {
      cancelled = true;
    }
    co_return cancelled ? co_await give_after(3s, 7) : 0;
  };
  constexpr auto body = [](auto inner) -> Task<int> {
    const int result = co_await timeout(1s, inner());
    EXPECT_EQ(current_task().cancelling(), 0);
    co_return result;
  };
  EXPECT_EQ(loop_.run(body(swallowing)), 7);
}

TEST_F(TimeoutTest, ABodyThatTakesItsTimeToCleanUpIsAwaited) {
  constexpr auto body = [](Events& events) -> Task<void> {
    std::exception_ptr cancel;
    try {
      co_await forever();
    } catch (const Cancelled&) {
      cancel = std::current_exception();
    }
    co_await sleep(5s);
    events.push_back("clean");
    std::rethrow_exception(cancel);
  };
  EXPECT_THROW(loop_.run(timeout(1s, body(events_))), TimeoutError);
  EXPECT_EQ(events_, Events{"clean"});
}

TEST_F(TimeoutTest, ATimeoutOfNothingStillTakesAResultThatIsReady) {
  constexpr auto ready = []() -> Task<int> { co_return 8; };
  EXPECT_EQ(loop_.run(timeout(0s, ready())), 8);
  EXPECT_THROW(loop_.run(timeout(0s, forever())), TimeoutError);
  EXPECT_THROW(loop_.run(timeout(-1s, forever())), TimeoutError);
}

TEST_F(TimeoutTest, ATimeoutWithoutEndIsNoOverflow) {
  EXPECT_EQ(loop_.run(timeout(Duration::max(), give_after(1s, 9))), 9);
}

TEST_F(TimeoutTest, TheResultThatArrivesAtTheDeadlineIsReturned) {
  constexpr auto body = [](Loop& loop) -> Task<std::string> {
    Stream stream(loop, kSocket, {});
    const auto line = co_await timeout(1s, stream.read_line());
    EXPECT_EQ(current_task().cancelling(), 0);
    co_await sleep(1s);  // nothing is raised any more
    co_return line.value_or("");
  };
  TaskHandle<std::string> handle = loop_.spawn(body(loop_), "reader");
  settle();
  ring_.advance(1s);
  ring_.bring(ring_.newest("receive"), "just in time\n");
  while (!handle.done()) loop_.run_once();
  EXPECT_EQ(handle.result(), "just in time");
  loop_.run(nothing());
}

TEST_F(TimeoutTest, WhatATimedOutReadDidNotTakeIsThereForTheNext) {
  constexpr auto body = [](Loop& loop, Events& events) -> Task<void> {
    Stream stream(loop, kSocket, {});
    try {
      co_await timeout(1s, stream.read_line());
    } catch (const TimeoutError&) {
      events.push_back("timed out");
    }
    const auto line = co_await stream.read_line();
    events.push_back(line.value_or("none"));
  };
  const TaskHandle<void> handle = loop_.spawn(body(loop_, events_), "reader");
  settle();
  ring_.bring(ring_.newest("receive"), "half ");
  settle();
  ring_.advance(1s);
  settle();
  ring_.bring(ring_.newest("receive"), "a line\n");
  settle();
  EXPECT_TRUE(handle.done());
  EXPECT_EQ(events_, (Events{"timed out", "half a line"}));
  loop_.run(nothing());
}

// Which of two nested timeouts is told.
Task<std::string> nested(Duration outer, Duration inner) {
  constexpr auto middle = [](Duration limit) -> Task<std::string> {
    try {
      co_await timeout(limit, forever());
    } catch (const TimeoutError&) {
      co_return "inner";
    }
    co_return "neither";
  };
  std::string told;
  try {
    told = co_await timeout(outer, middle(inner));
  } catch (const TimeoutError&) {
    told = "outer";
  }
  EXPECT_EQ(current_task().cancelling(), 0);
  co_await sleep(10s);  // nothing is raised any more
  co_return told;
}

TEST_F(TimeoutTest, TheShorterOfTwoNestedTimeoutsFires) {
  EXPECT_EQ(loop_.run(nested(2s, 1s)), "inner");
  EXPECT_EQ(loop_.run(nested(1s, 2s)), "outer");
}

TEST_F(TimeoutTest, OfTwoNestedTimeoutsAtOnceTheOuterIsTold) {
  EXPECT_EQ(loop_.run(nested(1s, 1s)), "outer");
}

TEST_F(TimeoutTest, AnOuterTimeoutInterruptsTheCleanupOfAnInnerOne) {
  constexpr auto slow = [](Events& events) -> Task<void> {
    co_await wait_and_note(events);
    co_await wait_and_note(events);
    events.push_back("swallowed both");
  };
  constexpr auto body = [](Events& events, auto inner) -> Task<int> {
    co_await timeout(2s, timeout(1s, inner(events)));
    co_return current_task().cancelling();
  };
  EXPECT_EQ(loop_.run(body(events_, slow)), 0);
  EXPECT_EQ(events_, (Events{"cancelled", "cancelled", "swallowed both"}));
}

// How a timeout of a second ends when somebody else cancels its task too.
Task<void> time_out_and_note(Events& events) {
  bool cancelled = false;
  try {
    co_await timeout(1s, forever());
  } catch (const TimeoutError&) {
    events.push_back("timed out");
  } catch (const Cancelled&) {
    cancelled = true;
  }
  if (!cancelled) co_return;
  events.push_back("cancelled");
  co_await sleep(1s);
  events.push_back("clean");
}

TEST_F(TimeoutTest, ACancelFromOutsideIsNoTimeout) {
  TaskHandle<void> handle = loop_.spawn(time_out_and_note(events_), "task");
  settle();
  handle.cancel();
  while (!handle.done()) loop_.run_once();
  EXPECT_EQ(events_, (Events{"cancelled", "clean"}));
  EXPECT_EQ(handle.context().cancelling(), 1);
}

class CancelAt final : public Timer {
 public:
  explicit CancelAt(TaskHandle<void>& task) : task_(task) {}

 private:
  void fire() override { task_.cancel(); }

  TaskHandle<void>& task_;
};

TEST_F(TimeoutTest, ACancelInThePassOfTheTimeoutWins) {
  TaskHandle<void> handle = loop_.spawn(time_out_and_note(events_), "task");
  settle();
  CancelAt cancel(handle);
  loop_.timers().arm(cancel, loop_.time() + 1s);  // after that of the timeout
  while (!handle.done()) loop_.run_once();
  EXPECT_EQ(events_, (Events{"cancelled", "clean"}));
  EXPECT_EQ(handle.context().cancelling(), 1);
}

TEST_F(TimeoutTest, ACancelBeforeTheTimeoutInItsPassWins) {
  TaskHandle<void> handle = loop_.spawn(time_out_and_note(events_), "task");
  settle();
  ring_.advance(1s);
  handle.cancel();
  while (!handle.done()) loop_.run_once();
  EXPECT_EQ(events_, (Events{"cancelled", "clean"}));
}

TEST_F(TimeoutTest, ATimeoutInACancelledTasksCleanupIsItsOwn) {
  constexpr auto body = [](Events& events) -> Task<void> {
    co_await wait_and_note(events);
    try {
      co_await timeout(1s, forever());
    } catch (const TimeoutError&) {
      events.push_back("timed out");
    }
  };
  TaskHandle<void> handle = loop_.spawn(body(events_), "task");
  settle();
  handle.cancel();
  while (!handle.done()) loop_.run_once();
  EXPECT_EQ(events_, (Events{"cancelled", "timed out"}));
  EXPECT_EQ(handle.context().cancelling(), 1);
}

TEST_F(TimeoutTest, ATimedOutJoinCancelsTheTaskThatIsJoined) {
  constexpr auto join = [](TaskHandle<void> handle) -> Task<void> { co_await handle; };
  constexpr auto body = [](Events& events, auto joiner) -> Task<void> {
    TaskHandle<void> handle = current_loop().spawn(forever(), "joined");
    try {
      co_await timeout(1s, joiner(std::move(handle)));
    } catch (const TimeoutError&) {
      events.push_back("timed out");
    }
    EXPECT_EQ(current_loop().task_count(), 1U);
  };
  loop_.run(body(events_, join));
  EXPECT_EQ(events_, Events{"timed out"});
}

TEST_F(TimeoutTest, AHundredThousandTimeoutsThatNeverHappenLeaveNothingBehind) {
  constexpr auto ready = []() -> Task<void> { co_return; };
  constexpr auto body = [](auto inner) -> Task<void> {
    for (int i = 0; i < 100'000; ++i) co_await timeout(1h, inner());
  };
  const std::size_t before = support::allocated_bytes();
  loop_.run(body(ready));
  EXPECT_EQ(loop_.timers().size(), 0U);
  EXPECT_LT(support::allocated_bytes(), before + 100'000);
}

TEST(TimeoutRingTest, ATimeoutOnTheRealClockIsNotEarlyAndNotFarTooLate) {
  constexpr auto body = []() -> Task<Duration> {
    const Time begin = Clock::now();
    bool timed_out = false;
    try {
      co_await timeout(30ms, forever());
    } catch (const TimeoutError&) {
      timed_out = true;
    }
    EXPECT_TRUE(timed_out);
    co_return Clock::now() - begin;
  };
  World world;
  const Duration taken = world.run(body());
  EXPECT_GE(taken, 29ms);
  EXPECT_LT(taken, 5s);
}

void work_for(Duration time) {
  const Time end = Clock::now() + time;
  while (Clock::now() < end) {
  }
}

TEST(TimeoutRingTest, ATimeCountsFromWhenItIsAskedForAndNotFromTheBeginningOfThePass) {
  constexpr auto body = []() -> Task<void> {
    work_for(50ms);
    const Time begin = Clock::now();
    co_await sleep(40ms);
    EXPECT_GE(Clock::now() - begin, 40ms);
    work_for(50ms);
    const Time asked = Clock::now();
    try {
      co_await timeout(40ms, forever());
    } catch (const TimeoutError&) {
    }
    EXPECT_GE(Clock::now() - asked, 40ms);
  };
  World world;
  world.run(body());
}

}  // namespace
}  // namespace core
