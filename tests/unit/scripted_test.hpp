// A test that plays tasks against each other on a scripted ring, where time is free and the order
// of events is the same every time, and the tasks it plays with.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/loop.hpp"
#include "core/timeout.hpp"
#include "tests/unit/scripted_ring.hpp"
#include "tests/unit/support.hpp"

namespace core::support {

using Events = std::vector<std::string>;

class ScriptedTest : public ::testing::Test {
 protected:
  // Passes until nothing is ready, without letting time pass.
  void settle() {
    for (int pass = 0; pass < 20; ++pass) {
      loop_.post([] {});
      loop_.run_once();
    }
  }
  void let_pass(Duration time) {
    settle();
    ring_.advance(time);
    settle();
  }

  // Nothing that was started is left.
  void TearDown() override {
    EXPECT_EQ(loop_.task_count(), 0U);
    EXPECT_EQ(loop_.timers().size(), 0U);
  }

  ScriptedRing ring_;
  Loop loop_{ring_};
  Events events_;
};

inline Task<void> forever() {
  co_await sleep(24h);
}

inline Task<int> give_after(Duration duration, int result) {
  co_await sleep(duration);
  co_return result;
}

class OwnError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline Task<int> fail_after(Duration duration, std::string what) {
  co_await sleep(duration);
  throw OwnError(what);
}

// Waits for ever and notes how that ended.
inline Task<int> wait_and_note(Events& events, std::string name) {
  try {
    co_await forever();
    events.push_back(name + " ended");
  } catch (const Cancelled&) {
    events.push_back(name + " cancelled");
    throw;
  }
  co_return 0;
}

// Swallows one cancel and then gives a result.
inline Task<int> swallow_and_give(int result) {
  try {
    co_await forever();
  } catch (const Cancelled&) {
    co_return result;
  }
  co_return 0;
}

// Fails when it is cancelled.
inline Task<int> fail_in_cleanup(std::string what) {
  bool cancelled = false;
  try {
    co_await forever();
  } catch (const Cancelled&) {
    cancelled = true;
  }
  if (cancelled) throw OwnError(what);
  co_return 0;
}

// Takes its time to clean up when it is cancelled.
inline Task<int> clean_up_for(Duration duration, Events& events, std::string name) {
  std::exception_ptr cancel;
  try {
    co_await forever();
  } catch (const Cancelled&) {
    cancel = std::current_exception();
  }
  events.push_back(name + " cleans up");
  co_await sleep(duration);
  events.push_back(name + " is clean");
  if (cancel) std::rethrow_exception(cancel);
  co_return 0;
}

// Runs a body in its task and notes how it ended: its result, "cancelled", or the error's text.
// Then, whether a cancel is raised at the next suspension.
template <class T>
Task<void> note_end(Events& events, Task<T> body) {
  std::string end = "ended";
  try {
    if constexpr (std::is_same_v<T, int>) {
      const int result = co_await std::move(body);
      end = std::to_string(result);
    } else {
      co_await std::move(body);
    }
  } catch (const Cancelled&) {
    end = "cancelled";
  } catch (const std::exception& error) {
    end = error.what();
  }
  events.push_back(end);
  try {
    co_await sleep(0s);
  } catch (const Cancelled&) {
    events.push_back("cancelled later");
  }
}

}  // namespace core::support
