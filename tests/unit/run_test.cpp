// core::run(): a ring, a loop and a task.
#include "core/run.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/timeout.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;

TEST(CoreRunTest, GivesTheResultOfItsTask) {
  constexpr auto main = []() -> Task<std::string> {
    co_await sleep(1ms);
    co_return "done";
  };
  EXPECT_EQ(run(main()), "done");
}

TEST(CoreRunTest, ThrowsTheExceptionOfItsTask) {
  constexpr auto main = []() -> Task<void> {
    co_await sleep(0s);
    throw std::runtime_error("not today");
  };
  EXPECT_THROW(run(main()), std::runtime_error);
}

TEST(CoreRunTest, EndsWhatIsLeftAndTellsTheHandlerWhatThatThrows) {
  constexpr auto stubborn = []() -> Task<void> {
    bool cancelled = false;
    try {
      co_await sleep(24h);
    } catch (const Cancelled&) {
      cancelled = true;
    }
    if (cancelled) throw std::runtime_error("at the end");
  };
  constexpr auto main = [](auto other) -> Task<void> {
    current_loop().spawn(other(), "other").detach();
    co_await sleep(0s);
  };
  std::vector<std::string> reports;
  RunOptions options;
  options.exception_handler = [&](const ErrorContext& context) {
    reports.push_back(context.message + ": " + describe(context.exception));
  };
  run(main(stubborn), options);
  EXPECT_EQ(reports,
            std::vector<std::string>{"unhandled exception during run() shutdown: at the end"});
}

}  // namespace
}  // namespace core
