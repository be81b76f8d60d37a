// The same as runtime_bench.cpp in Asio's C++20 coroutines: one context of one thread, with the
// locks left out that one thread does not need, and everything awaited as Asio awaits it.
#include <asio.hpp>
#include <exception>
#include <memory>
#include <vector>

#include <asio/experimental/as_tuple.hpp>

#include "tests/bench/measure.hpp"

namespace {

using namespace std::chrono_literals;
using asio::awaitable;
using asio::steady_timer;
using asio::use_awaitable;
using measure::kBatch;
using measure::kCount;

awaitable<void> nothing() {
  co_return;
}

awaitable<void> await_one_by_one() {
  const auto executor = co_await asio::this_coro::executor;
  const double begin = measure::processor_ns();
  for (int i = 0; i < kCount; ++i) {
    co_await asio::co_spawn(executor, nothing(), use_awaitable);
  }
  measure::report_since("spawn_await_ns", begin);
}

awaitable<void> await_in_batches() {
  const auto executor = co_await asio::this_coro::executor;
  steady_timer all_ended(executor, steady_timer::time_point::max());
  const double begin = measure::processor_ns();
  for (int i = 0; i < kCount; i += kBatch) {
    int left = kBatch;
    for (int j = 0; j < kBatch; ++j) {
      asio::co_spawn(executor, nothing(), [&](std::exception_ptr) {
        if (--left == 0) all_ended.cancel();
      });
    }
    co_await all_ended.async_wait(asio::experimental::as_tuple(use_awaitable));
  }
  measure::report_since("spawn_await_batch_ns", begin);
}

// A deadline around something that is over at once. Another timer is due before, as in any program
// that does more; only then need nobody be told of a new earliest deadline.
awaitable<void> set_and_cancel_timers() {
  const auto executor = co_await asio::this_coro::executor;
  steady_timer earlier(executor, 30min);
  earlier.async_wait([](const asio::error_code&) {});
  const double begin = measure::processor_ns();
  for (int i = 0; i < kCount; ++i) {
    steady_timer deadline(executor, 1h);
    deadline.async_wait([](const asio::error_code&) {});
    co_await nothing();
    deadline.cancel();
    if (i % kBatch == 0) co_await asio::post(executor, use_awaitable);
  }
  measure::report_since("timer_ns", begin);
}

awaitable<void> sleep_until(steady_timer& timer) {
  co_await timer.async_wait(use_awaitable);
}

// A million at a time, each with its timer, all cancelled and awaited.
awaitable<void> cancel_sleepers() {
  const auto executor = co_await asio::this_coro::executor;
  steady_timer all_ended(executor, steady_timer::time_point::max());
  std::vector<std::unique_ptr<steady_timer>> timers;
  timers.reserve(kCount);
  const std::size_t bytes = measure::heap_bytes();
  const double begin = measure::processor_ns();
  int left = kCount;
  for (int i = 0; i < kCount; ++i) {
    timers.push_back(std::make_unique<steady_timer>(executor, 1h));
    asio::co_spawn(executor, sleep_until(*timers.back()), [&](std::exception_ptr) {
      if (--left == 0) all_ended.cancel();
    });
  }
  co_await asio::post(executor, use_awaitable);
  measure::report("suspended_bytes", static_cast<double>(measure::heap_bytes() - bytes) / kCount);
  for (const auto& timer : timers) timer->cancel();
  co_await all_ended.async_wait(asio::experimental::as_tuple(use_awaitable));
  measure::report_since("sleeper_ns", begin);
}

void run(awaitable<void> body) {
  asio::io_context context(1);
  asio::co_spawn(context, std::move(body), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  context.run();
}

}  // namespace

int main() {
  run(await_one_by_one());
  run(await_in_batches());
  run(set_and_cancel_timers());
  run(cancel_sleepers());
}
