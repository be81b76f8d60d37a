// Queue: items in order, bounded, closed, and none lost or doubled by a cancel.
#include "core/queue.hpp"

#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/scripted_test.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::Events;
using support::note_end;

class QueueTest : public support::ScriptedTest {
 protected:
  // Puts and writes down how that ended.
  static Task<void> put(Queue<int>& queue, Events& events, int item) {
    std::string end = "cancelled";
    try {
      const bool taken = co_await queue.put(item);
      end = taken ? "taken" : "refused";
    } catch (const Cancelled&) {
    }
    events.push_back(std::to_string(item) + " " + end);
  }
  static Task<int> get(Queue<int>& queue) {
    const std::optional<int> item = co_await queue.get();
    co_return item.value_or(-1);
  }
  TaskHandle<void> start_put(int item) {
    TaskHandle<void> task = loop_.spawn(put(queue_, events_, item), "putter");
    settle();
    return task;
  }
  TaskHandle<void> start_get() {
    TaskHandle<void> task = loop_.spawn(note_end(events_, get(queue_)), "getter");
    settle();
    return task;
  }

  Queue<int> queue_{2};
};

TEST_F(QueueTest, ItemsComeOutInTheOrderTheyWentIn) {
  start_put(1).detach();
  start_put(2).detach();
  EXPECT_EQ(queue_.size(), 2U);
  start_get().detach();
  start_get().detach();
  EXPECT_EQ(events_, (Events{"1 taken", "2 taken", "1", "2"}));
  EXPECT_TRUE(queue_.empty());
}

TEST_F(QueueTest, GettingWaitsForAnItem) {
  start_get().detach();
  EXPECT_TRUE(events_.empty());
  start_put(7).detach();
  EXPECT_EQ(events_, (Events{"7 taken", "7"}));
}

TEST_F(QueueTest, PuttingWaitsWhileTheQueueIsFull) {
  for (int i = 1; i <= 4; ++i) start_put(i).detach();
  EXPECT_EQ(events_, (Events{"1 taken", "2 taken"}));
  EXPECT_TRUE(queue_.full());
  EXPECT_EQ(queue_.size(), queue_.capacity());
  EXPECT_EQ(queue_.try_get(), 1);
  settle();
  EXPECT_EQ(events_, (Events{"1 taken", "2 taken", "3 taken"}));
  for (int i = 2; i <= 4; ++i) EXPECT_EQ(queue_.try_get(), i);
  settle();
  EXPECT_EQ(queue_.try_get(), std::nullopt);
}

TEST_F(QueueTest, WhoWaitsForAnItemIsServedInTheOrderOfComing) {
  constexpr auto note = [](Queue<int>& queue, Events& events, std::string name) -> Task<void> {
    const auto item = co_await queue.get();
    events.push_back(name + std::to_string(*item));
  };
  for (const char* const name : {"a", "b", "c"}) {
    loop_.spawn(note(queue_, events_, name), std::string(name)).detach();
  }
  settle();
  for (int i = 1; i <= 3; ++i) EXPECT_TRUE(queue_.try_put(std::move(i)));
  settle();
  EXPECT_EQ(events_, (Events{"a1", "b2", "c3"}));
}

TEST_F(QueueTest, NobodyOvertakesWhoWaitsForAnItem) {
  start_get().detach();
  EXPECT_TRUE(queue_.try_put(1));
  EXPECT_EQ(queue_.try_get(), std::nullopt) << "it belongs to the one that waited";
  settle();
  EXPECT_EQ(events_, Events{"1"});
}

TEST_F(QueueTest, TryingToPutIntoAFullQueueLeavesTheItemWithTheCaller) {
  Queue<std::unique_ptr<int>> queue(1);
  EXPECT_TRUE(queue.try_put(std::make_unique<int>(1)));
  auto item = std::make_unique<int>(2);
  EXPECT_FALSE(queue.try_put(std::move(item)));
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(**queue.try_get(), 1);
  EXPECT_TRUE(queue.try_put(std::move(item)));
}

TEST_F(QueueTest, ACancelledGetTakesNothing) {
  TaskHandle<void> getter = start_get();
  getter.cancel();
  EXPECT_TRUE(queue_.try_put(1));
  settle();
  EXPECT_EQ(events_, Events{"cancelled"});
  EXPECT_EQ(queue_.try_get(), 1);
}

TEST_F(QueueTest, AGetThatIsCancelledAfterItWasGivenAnItemReturnsItFirst) {
  TaskHandle<void> getter = start_get();
  EXPECT_TRUE(queue_.try_put(1));
  getter.cancel();
  settle();
  EXPECT_EQ(events_, (Events{"1", "cancelled later"}));
}

TEST_F(QueueTest, ATimeoutAroundAGetLosesNoItem) {
  constexpr auto body = [](Queue<int>& queue, Events& events, auto getter) -> Task<void> {
    co_await note_end(events, timeout(1s, getter(queue)));
    EXPECT_TRUE(queue.try_put(5));
    co_await note_end(events, timeout(1s, getter(queue)));
  };
  loop_.run(body(queue_, events_, get));
  EXPECT_EQ(events_, (Events{"timed out", "5"}));
}

TEST_F(QueueTest, ACancelledPutPutsNothing) {
  start_put(1).detach();
  start_put(2).detach();
  TaskHandle<void> putter = start_put(3);
  start_put(4).detach();
  putter.cancel();
  settle();
  EXPECT_EQ(queue_.try_get(), 1);
  settle();
  EXPECT_EQ(events_, (Events{"1 taken", "2 taken", "3 cancelled", "4 taken"}));
  EXPECT_EQ(queue_.try_get(), 2);
  EXPECT_EQ(queue_.try_get(), 4);
}

TEST_F(QueueTest, ClosedItGivesWhatIsLeftAndThenNothing) {
  EXPECT_TRUE(queue_.try_put(1));
  queue_.close();
  EXPECT_TRUE(queue_.closed());
  EXPECT_FALSE(queue_.try_put(2));
  start_get().detach();
  start_get().detach();
  EXPECT_EQ(events_, (Events{"1", "-1"}));
}

TEST_F(QueueTest, ClosingTellsWhoWaits) {
  start_get().detach();
  queue_.close();
  settle();
  EXPECT_EQ(events_, Events{"-1"});
  start_put(1).detach();
  EXPECT_EQ(events_, (Events{"-1", "1 refused"}));
}

TEST_F(QueueTest, ClosingRefusesWhoWaitsToPut) {
  for (int i = 1; i <= 3; ++i) start_put(i).detach();
  queue_.close();
  settle();
  EXPECT_EQ(events_, (Events{"1 taken", "2 taken", "3 refused"}));
  EXPECT_EQ(queue_.size(), 2U);
}

TEST_F(QueueTest, JoiningWaitsUntilEveryItemHasBeenDealtWith) {
  constexpr auto join = [](Queue<int>& queue) -> Task<void> { co_await queue.join(); };
  loop_.run(join(queue_));  // nothing was ever put
  EXPECT_TRUE(queue_.try_put(1));
  EXPECT_TRUE(queue_.try_put(2));
  TaskHandle<void> joiner = loop_.spawn(join(queue_), "joiner");
  TaskHandle<void> impatient = loop_.spawn(note_end(events_, join(queue_)), "impatient");
  settle();
  impatient.cancel();
  queue_.try_get();
  queue_.try_get();
  queue_.task_done();
  settle();
  EXPECT_FALSE(joiner.done()) << "one was got but not dealt with";
  EXPECT_EQ(events_, Events{"cancelled"});
  queue_.task_done();
  settle();
  EXPECT_TRUE(joiner.done());
}

TEST_F(QueueTest, AnItemHandedToWhoWaitedCountsForTheJoinToo) {
  constexpr auto join = [](Queue<int>& queue) -> Task<void> { co_await queue.join(); };
  start_get().detach();
  EXPECT_TRUE(queue_.try_put(1));
  TaskHandle<void> joiner = loop_.spawn(join(queue_), "joiner");
  settle();
  EXPECT_FALSE(joiner.done());
  queue_.task_done();
  settle();
  EXPECT_TRUE(joiner.done());
}

// Producers and consumers that are cancelled at any time: what was taken comes out exactly once, of
// each producer in its order.
TEST_F(QueueTest, NoItemIsLostDoubledOrOvertakenHoweverTasksAreCancelled) {
  using Item = std::pair<int, int>;  // producer, number
  using Items = std::vector<Item>;
  constexpr auto produce = [](Queue<Item>& queue, int id, std::mt19937& random,
                              Items& taken) -> Task<void> {
    for (int i = 0; i < 10; ++i) {
      // Kept apart: whether it was taken is known even if the next wait is cancelled.
      const bool was_taken = co_await queue.put({id, i});
      if (was_taken) taken.emplace_back(id, i);
      if (random() % 3 == 0) co_await sleep(std::chrono::seconds(random() % 2));
    }
  };
  constexpr auto consume = [](Queue<Item>& queue, std::mt19937& random, Items& got) -> Task<void> {
    for (;;) {
      const auto item = co_await queue.get();
      if (!item) co_return;
      got.push_back(*item);
      queue.task_done();
      if (random() % 3 == 0) co_await sleep(std::chrono::seconds(random() % 2));
    }
  };
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    Queue<Item> queue(1 + random() % 3);
    Items taken;
    Items got;
    std::vector<TaskHandle<void>> tasks;
    for (int i = 0; i < 4; ++i) {
      tasks.push_back(loop_.spawn(produce(queue, i, random, taken), "producer"));
      tasks.push_back(loop_.spawn(consume(queue, random, got), "consumer"));
    }
    for (int step = 0; step < 15; ++step) {
      ring_.advance(std::chrono::seconds(random() % 2));
      loop_.post([] {});
      loop_.run_once();
      if (random() % 3 == 0) tasks[random() % tasks.size()].cancel();
    }
    tasks.push_back(loop_.spawn(consume(queue, random, got), "the last consumer"));
    for (std::size_t i = 0; i < 8; i += 2) {
      while (!tasks[i].done()) loop_.run_once();
    }
    queue.close();
    while (loop_.task_count() > 0) loop_.run_once();

    std::map<int, std::vector<int>> taken_of;
    std::map<int, std::vector<int>> got_of;
    for (const Item& item : taken) taken_of[item.first].push_back(item.second);
    for (const Item& item : got) got_of[item.first].push_back(item.second);
    EXPECT_EQ(taken.size(), got.size());
    for (auto& [id, numbers] : got_of) {
      // Two consumers of one pass may note in another order than they were served.
      std::sort(numbers.begin(), numbers.end());
      EXPECT_EQ(numbers, taken_of[id]) << id;
    }
  }
}

TEST_F(QueueTest, WithOneConsumerItemsArriveInTheOrderInWhichTheyWereTaken) {
  constexpr auto produce = [](Queue<int>& queue) -> Task<void> {
    for (int i = 0; i < 100; ++i) co_await queue.put(i);
    queue.close();
  };
  constexpr auto consume = [](Queue<int>& queue) -> Task<std::vector<int>> {
    std::vector<int> got;
    for (;;) {
      const auto item = co_await queue.get();
      if (!item) co_return got;
      got.push_back(*item);
    }
  };
  loop_.spawn(produce(queue_), "producer").detach();
  const std::vector<int> got = loop_.run(consume(queue_));
  ASSERT_EQ(got.size(), 100U);
  EXPECT_TRUE(std::is_sorted(got.begin(), got.end()));
}

using QueueDeathTest = QueueTest;

TEST_F(QueueDeathTest, MoreDoneThanThereWereIsAProgrammingError) {
  EXPECT_DEATH(queue_.task_done(), "assertion failed");
}

TEST_F(QueueDeathTest, AQueueForNothingIsAProgrammingError) {
  EXPECT_DEATH(Queue<int>(0), "assertion failed");
}

}  // namespace
}  // namespace core
