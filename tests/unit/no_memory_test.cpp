// No memory, just when a coroutine is about to wait: it goes on with bad_alloc where it stands, and
// nothing refers to the wait that never began.
#include <functional>
#include <new>
#include <string>

#include <gtest/gtest.h>

#include "core/listener.hpp"
#include "core/stream.hpp"
#include "core/timeout.hpp"
#include "tests/unit/failing_memory.hpp"
#include "tests/unit/scripted_ring.hpp"
#include "tests/unit/support.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::ScriptedRing;

constexpr int kSocket = 5;

// Each allocation of the pass in which a wait begins fails once, in a loop that has none to spare.
class NoMemoryTest : public ::testing::Test {
 protected:
  // How many allocations the wait makes.
  template <class Wait>
  int sweep(Wait wait) {
    for (int spared = 0;; ++spared) {
      if (!fails_after(spared, wait)) return spared;
      if (spared < 100) continue;
      ADD_FAILURE() << "it always fails";
      return spared;
    }
  }

 private:
  // Whether it ran out of memory. Otherwise it waits, and is cancelled.
  template <class Wait>
  static bool fails_after(int spared, Wait wait) {
    ScriptedRing ring;
    ring.asked.reserve(100);
    Loop loop(ring);
    bool failed = false;
    TaskHandle<void> task = loop.spawn(attempt(wait, spared, failed), "attempt");
    loop.run_once();
    support::fail_no_allocation();
    task.cancel();
    loop.run(support::nothing());
    EXPECT_TRUE(task.done());
    return failed;
  }

  template <class Wait>
  static Task<void> attempt(Wait wait, int spared, bool& failed) {
    try {
      Task<void> waits = wait();
      support::fail_an_allocation_after(spared);
      co_await std::move(waits);
    } catch (const std::bad_alloc&) {
      failed = true;
    }
  }
};

TEST_F(NoMemoryTest, ASleepFailsWhereItStands) {
  EXPECT_GT(sweep([]() -> Task<void> { co_await sleep(1h); }), 0);
}

TEST_F(NoMemoryTest, AReceiveFailsWhereItStands) {
  EXPECT_GT(sweep([]() -> Task<void> {
              Stream stream(current_loop(), kSocket, {});
              co_await stream.receive();
            }),
            0);
}

TEST_F(NoMemoryTest, AReceiveForALimitedTimeFailsWhereItStands) {
  EXPECT_GT(sweep([]() -> Task<void> {
              Stream stream(current_loop(), kSocket, {});
              co_await stream.receive_within(1h);
            }),
            1);
}

TEST_F(NoMemoryTest, AConnectFailsWhereItStandsAndClosesItsSocket) {
  EXPECT_GT(sweep([]() -> Task<void> { co_await Stream::connect(*Address::parse("127.0.0.1:9")); }),
            1);
}

TEST_F(NoMemoryTest, AnAcceptFailsWhereItStands) {
  EXPECT_GT(sweep([]() -> Task<void> {
              Listener listener(current_loop(), *Address::parse("127.0.0.1:0"));
              co_await listener.accept();
            }),
            0);
}

}  // namespace
}  // namespace core
