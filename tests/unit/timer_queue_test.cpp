// The heap of timers, against the obvious model of it.
#include "core/timer_queue.hpp"

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace core {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time(1h);

class Probe final : public Timer {
 public:
  Probe(int number, std::vector<int>& fired) : number_(number), fired_(fired) {}
  std::function<void()> on_fire = [] {};

 private:
  void fire() override {
    EXPECT_FALSE(armed());
    fired_.push_back(number_);
    on_fire();
  }

  int number_;
  std::vector<int>& fired_;
};

class TimerQueueTest : public ::testing::Test {
 protected:
  void fire_due(Time now) {
    queue_.fire_due(now, [this](std::exception_ptr) { ++failures_; });
  }

  TimerQueue queue_;
  int failures_ = 0;
  std::vector<int> fired_;
  Probe one_{1, fired_};
  Probe two_{2, fired_};
  Probe three_{3, fired_};
};

TEST_F(TimerQueueTest, TimersFireInTheOrderOfTheirDeadlines) {
  queue_.arm(one_, kStart + 3s);
  queue_.arm(two_, kStart + 1s);
  queue_.arm(three_, kStart + 2s);
  fire_due(kStart + 3s);
  EXPECT_EQ(fired_, (std::vector<int>{2, 3, 1}));
}

TEST_F(TimerQueueTest, ATimerFiresAtItsDeadlineAndNotBefore) {
  queue_.arm(one_, kStart);
  fire_due(kStart - 1ns);
  EXPECT_TRUE(fired_.empty());
  fire_due(kStart);
  EXPECT_EQ(fired_, std::vector<int>{1});
}

TEST_F(TimerQueueTest, EqualDeadlinesFireInTheOrderTheyWereArmed) {
  std::vector<std::unique_ptr<Probe>> probes;
  std::vector<int> expected;
  for (int i = 0; i < 100; ++i) {
    probes.push_back(std::make_unique<Probe>(i, fired_));
    queue_.arm(*probes.back(), kStart);
    expected.push_back(i);
  }
  fire_due(kStart);
  EXPECT_EQ(fired_, expected);
}

TEST_F(TimerQueueTest, TheNextDeadlineIsTheEarliest) {
  EXPECT_EQ(queue_.next_deadline(), kNever);
  queue_.arm(one_, kStart + 2s);
  queue_.arm(two_, kStart + 1s);
  EXPECT_EQ(queue_.next_deadline(), kStart + 1s);
  queue_.disarm(two_);
  EXPECT_EQ(queue_.next_deadline(), kStart + 2s);
  queue_.disarm(one_);
  EXPECT_EQ(queue_.next_deadline(), kNever);
}

TEST_F(TimerQueueTest, ADisarmedTimerDoesNotFireAndLeavesNothingBehind) {
  queue_.arm(one_, kStart);
  queue_.disarm(one_);
  EXPECT_FALSE(one_.armed());
  EXPECT_EQ(queue_.size(), 0U);
  fire_due(kStart);
  EXPECT_TRUE(fired_.empty());
}

TEST_F(TimerQueueTest, DisarmingATimerThatIsNotArmedDoesNothing) {
  queue_.disarm(one_);
  queue_.arm(two_, kStart);
  queue_.disarm(one_);
  EXPECT_TRUE(two_.armed());
  queue_.disarm(two_);
}

TEST_F(TimerQueueTest, ATimerMayDisarmAnotherThatIsDue) {
  queue_.arm(one_, kStart);
  queue_.arm(two_, kStart);
  one_.on_fire = [this] { queue_.disarm(two_); };
  fire_due(kStart);
  EXPECT_EQ(fired_, std::vector<int>{1});
}

TEST_F(TimerQueueTest, ATimerArmedWhileOthersFireWaitsForTheNextTime) {
  queue_.arm(one_, kStart);
  one_.on_fire = [this] { queue_.arm(one_, kStart); };
  fire_due(kStart);
  EXPECT_EQ(fired_, std::vector<int>{1});
  fire_due(kStart + 1s);
  EXPECT_EQ(fired_, (std::vector<int>{1, 1}));
  queue_.disarm(one_);
}

TEST_F(TimerQueueTest, ATimerArmedWhileOthersFireHoldsUpNoneOfThem) {
  queue_.arm(one_, kStart);
  queue_.arm(two_, kStart + 5s);
  one_.on_fire = [this] { queue_.arm(three_, kStart + 1s); };
  fire_due(kStart + 10s);
  EXPECT_EQ(fired_, (std::vector<int>{1, 2}));
  fire_due(kStart + 11s);
  EXPECT_EQ(fired_, (std::vector<int>{1, 2, 3}));
}

TEST_F(TimerQueueTest, ATimerThatIsAlwaysLateStarvesNobody) {
  queue_.arm(one_, Time{});
  queue_.arm(two_, kStart);
  one_.on_fire = [this] { queue_.arm(one_, Time{}); };
  fire_due(kStart);
  EXPECT_EQ(fired_, (std::vector<int>{1, 2}));
  queue_.disarm(one_);
}

// A multimap keeps equal keys in the order of insertion: what the queue promises.
class Model {
 public:
  explicit Model(unsigned seed) : random_(seed) {
    for (int i = 0; i < kTimers; ++i) timers_.push_back(std::make_unique<Probe>(i, fired_));
  }
  ~Model() {
    for (auto& timer : timers_) queue_.disarm(*timer);
  }

  void step() {
    const int number = static_cast<int>(random_() % kTimers);
    Probe& timer = *timers_[static_cast<std::size_t>(number)];
    const auto choice = random_() % 100;
    if (choice < 55) {
      arm(timer, number);
    } else if (choice < 90) {
      disarm(timer, number);
    } else {
      fire();
    }
    ASSERT_EQ(queue_.size(), expected_.size());
    ASSERT_EQ(queue_.next_deadline(), expected_.empty() ? kNever : expected_.begin()->first);
  }

 private:
  static constexpr int kTimers = 300;

  void arm(Probe& timer, int number) {
    if (timer.armed()) return;
    const Time deadline = now_ + std::chrono::milliseconds(random_() % 50);
    queue_.arm(timer, deadline);
    expected_.emplace(deadline, number);
  }
  void disarm(Probe& timer, int number) {
    queue_.disarm(timer);
    ASSERT_FALSE(timer.armed());
    std::erase_if(expected_, [&](const auto& entry) { return entry.second == number; });
  }
  void fire() {
    now_ += std::chrono::milliseconds(random_() % 20);
    std::vector<int> due;
    while (!expected_.empty() && expected_.begin()->first <= now_) {
      due.push_back(expected_.begin()->second);
      expected_.erase(expected_.begin());
    }
    fired_.clear();
    queue_.fire_due(now_, [](std::exception_ptr) { FAIL(); });
    ASSERT_EQ(fired_, due);
  }

  std::mt19937 random_;
  TimerQueue queue_;
  std::vector<int> fired_;
  std::vector<std::unique_ptr<Probe>> timers_;
  std::multimap<Time, int> expected_;
  Time now_ = kStart;
};

TEST(TimerQueueModelTest, TheQueueAgreesWithAMultimapOverRandomUse) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    Model model(seed);
    for (int step = 0; step < 5000; ++step) {
      model.step();
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(TimerQueueDeathTest, ATimerMustNotBeArmedTwice) {
  std::vector<int> fired;
  TimerQueue queue;
  Probe probe(1, fired);
  queue.arm(probe, kStart);
  EXPECT_DEATH(queue.arm(probe, kStart), "assertion failed");
  queue.disarm(probe);
}

TEST(TimerQueueDeathTest, ATimerMustNotGoWhileItIsArmed) {
  std::vector<int> fired;
  TimerQueue queue;
  EXPECT_DEATH(
      {
        Probe probe(1, fired);
        queue.arm(probe, kStart);
      },
      "assertion failed");
}

TEST_F(TimerQueueTest, OneThatThrowsKeepsNoOtherFromFiring) {
  class Bad final : public Timer {
    void fire() override { throw std::runtime_error("no"); }
  };
  Bad bad;
  queue_.arm(one_, kStart);
  queue_.arm(bad, kStart);
  queue_.arm(two_, kStart);
  fire_due(kStart);
  EXPECT_EQ(fired_, (std::vector<int>{1, 2}));
  EXPECT_EQ(failures_, 1);
  queue_.arm(bad, kStart - 1s);
  EXPECT_EQ(queue_.next_deadline(), kStart - 1s) << "what is armed later is held back no more";
  queue_.disarm(bad);
}

}  // namespace
}  // namespace core
