// Team: the threads of a run, each with a loop, a ring and a part of the work.
#pragma once

#include <cstddef>
#include <deque>
#include <exception>
#include <future>
#include <latch>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "client/load/answers.hpp"
#include "client/load/exchange.hpp"
#include "client/load/options.hpp"
#include "client/load/part.hpp"
#include "client/load/scenario.hpp"
#include "client/load/traffic.hpp"
#include "core/event.hpp"
#include "core/loop.hpp"
#include "core/open_ring.hpp"
#include "core/task.hpp"

namespace load {

// The ring of one of so many threads. Any thread.
core::OpenedRing open_ring(const Options& options);
// Writes what escapes from its tasks to standard error.
void report_errors_of(core::Loop& loop);

// What is wanted of every part is done on the part's thread; whoever asks waits until all have.
// With one thread nothing is waited for, and nothing is handed to anybody.
//
// Thread: that of the loop it is given, on which the first part works too. Ownership: refers to all
// that it is given, which must outlive it. Destroyed when that loop's run is over, and before the
// loop; then the others' runs end, and only when all have, their parts and loops are destroyed:
// until then they may still hand each other something. A ring that fails ends the process.
class Team {
 public:
  // Returns when all threads are there; throws what kept one from that, when those that did start
  // have ended.
  Team(core::Loop& loop, const Options& options, const Interruption& interruption);
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;
  ~Team() { dismiss(); }

  MeasuredWindow& window() { return window_; }

  // Every part's prepare(), all at the same time.
  core::Task<Arrivals> prepare();

  // Calls `order` with every part.
  template <class Order>
  core::Task<void> tell(Order order) {
    const auto question = [order](Part& part) {
      order(part);
      return Done{};
    };
    static_cast<void>(co_await ask(question));
  }

  // Calls `question` with every part; gives the answers, by share. Throws what one throws.
  template <class Question>
  core::Task<std::vector<std::invoke_result_t<Question, Part&>>> ask(Question question) {
    using Answer = std::invoke_result_t<Question, Part&>;
    auto answers = std::make_shared<Answers<Answer>>(parts_.size());
    for (std::size_t share = 1; share < parts_.size(); ++share) {
      parts_[share]->loop().post([this, answers, question, share] {
        answer(*answers, question, share);
        loop_.post([answers] { answers->arrived(); });
      });
    }
    answer(*answers, question, 0);
    answers->arrived();
    co_return co_await answers->all();
  }

  // All together.
  core::Task<Standing> standing();
  core::Task<std::unique_ptr<Reading>> reading();

 private:
  struct Done {};
  struct Worker {
    core::Event stopping;
    std::thread thread;
  };

  template <class Answer, class Question>
  void answer(Answers<Answer>& answers, const Question& question, std::size_t share) {
    try {
      answers.fill(share, question(*parts_[share]));
    } catch (...) {
      answers.fail(share, std::current_exception());
    }
  }
  core::Task<void> prepare_one(std::size_t share, std::shared_ptr<Answers<Arrivals>> answers);
  void work(Worker& worker, Share share, std::promise<Part*> ready);
  void dismiss();

  core::Loop& loop_;
  const Options& options_;
  const Interruption& interruption_;
  MeasuredWindow window_;
  Exchange exchange_;
  std::unique_ptr<Part> first_;
  std::vector<Part*> parts_;    // by share
  std::deque<Worker> workers_;  // all but the first
  std::latch left_;             // workers whose loops have ended
};

}  // namespace load
