// Answers: what the threads of a run give back to the one that asked them.
#pragma once

#include <cstddef>
#include <exception>
#include <utility>
#include <vector>

#include "core/event.hpp"
#include "core/task.hpp"

namespace load {

// One place for each of those asked. Who has filled or failed its place, on whatever thread, has
// arrived() called on the thread of the one who asked. Whoever asked may be gone by then (shared).
template <class Answer>
class Answers {
 public:
  explicit Answers(std::size_t count) : answers_(count), errors_(count), missing_(count) {}

  void fill(std::size_t place, Answer answer) { answers_[place] = std::move(answer); }
  void fail(std::size_t place, std::exception_ptr error) { errors_[place] = std::move(error); }

  void arrived() {
    if (--missing_ == 0) complete_.set();
  }

  // Returns when all have arrived. Throws what the first that failed has. Once.
  core::Task<std::vector<Answer>> all() {
    co_await complete_.wait();
    for (const std::exception_ptr& error : errors_) {
      if (error) std::rethrow_exception(error);
    }
    co_return std::move(answers_);
  }

 private:
  std::vector<Answer> answers_;
  std::vector<std::exception_ptr> errors_;
  std::size_t missing_;
  core::Event complete_;
};

}  // namespace load
