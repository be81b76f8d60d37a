// Starting the threads, and ending them in step.
#include "client/load/team.hpp"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>
#include <pthread.h>

#include "client/load/topology.hpp"
#include "core/error.hpp"

namespace load {
namespace {

Exchange make_exchange(const Options& options) {
  if (!has_rooms(options.scenario)) return Exchange(options.threads, 0, 0);
  const Topology topology = make_topology(options);
  return Exchange(options.threads, topology.voices(), topology.rooms.size());
}

core::Task<void> wait_for(core::Event& event) {
  co_await event.wait();
}

}  // namespace

// A receive buffer per connection, within reason: what is not needed stays out of the processor's
// cache. Large ones, because what many publishers bring to a client in one pass should fit into
// one.
core::OpenedRing open_ring(const Options& options) {
  const std::size_t clients = std::bit_ceil(Share{0, options.threads}.size(options.clients));
  const std::size_t buffers = std::clamp<std::size_t>(clients, 256, 2048);
  return core::open_ring(
      {.submissions = 4096, .buffers = static_cast<unsigned>(buffers), .buffer_bytes = 16384});
}

void report_errors_of(core::Loop& loop) {
  loop.set_exception_handler([](const core::ErrorContext& context) {
    fmt::print(stderr, "hubbub-load: {}\n", context.describe());
  });
}

Team::Team(core::Loop& loop, const Options& options, const Interruption& interruption)
    : loop_(loop),
      options_(options),
      interruption_(interruption),
      exchange_(make_exchange(options)),
      parts_(options.threads),
      left_(static_cast<std::ptrdiff_t>(options.threads) - 1) {
  const Share share{0, options.threads};
  first_ = std::make_unique<Part>(loop, options, share, exchange_, window_, interruption);
  parts_[0] = first_.get();
  std::vector<std::future<Part*>> ready;
  std::exception_ptr error;
  for (std::size_t index = 1; index < options.threads; ++index) {
    std::promise<Part*> promise;
    ready.push_back(promise.get_future());
    Worker& worker = workers_.emplace_back();
    try {
      worker.thread = std::thread([this, &worker, index, made = std::move(promise)]() mutable {
        work(worker, {index, options_.threads}, std::move(made));
      });
    } catch (const std::system_error& failure) {
      workers_.pop_back();
      ready.pop_back();
      error = std::make_exception_ptr(CannotRun(fmt::format(
          "cannot start thread {} of {}: {} (see ulimit -u, and pids.max of the control group)",
          index + 1, options.threads, failure.code().message())));
      left_.count_down(static_cast<std::ptrdiff_t>(options.threads - index));
      break;
    }
  }
  for (std::size_t i = 0; i < ready.size(); ++i) {
    try {
      parts_[i + 1] = ready[i].get();
    } catch (...) {
      error = std::current_exception();
    }
  }
  if (!error) return;
  dismiss();
  std::rethrow_exception(error);
}

void Team::dismiss() {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (parts_[i + 1] == nullptr) continue;
    Worker& worker = workers_[i];
    parts_[i + 1]->loop().post([&worker] { worker.stopping.set(); });
  }
  for (Worker& worker : workers_) worker.thread.join();
}

void Team::work(Worker& worker, Share share, std::promise<Part*> ready) {
  ::pthread_setname_np(::pthread_self(), fmt::format("load/{}", share.index + 1).c_str());
  core::OpenedRing opened;
  std::unique_ptr<core::Loop> loop;
  std::unique_ptr<Part> part;
  try {
    opened = open_ring(options_);
    loop = std::make_unique<core::Loop>(*opened.ring);
    report_errors_of(*loop);
    part = std::make_unique<Part>(*loop, options_, share, exchange_, window_, interruption_);
  } catch (...) {
    left_.count_down();
    return ready.set_exception(std::current_exception());
  }
  ready.set_value(part.get());
  try {
    loop->run(wait_for(worker.stopping));
  } catch (const std::exception& error) {
    fmt::print(stderr, "hubbub-load: a thread failed: {}\n", error.what());
    std::_Exit(kCouldNotRun);
  }
  left_.arrive_and_wait();
}

core::Task<void> Team::prepare_one(std::size_t share, std::shared_ptr<Answers<Arrivals>> answers) {
  try {
    Arrivals came = co_await parts_[share]->prepare();
    answers->fill(share, std::move(came));
  } catch (const core::Cancelled&) {
    throw;
  } catch (...) {
    answers->fail(share, std::current_exception());
  }
  loop_.post([answers] { answers->arrived(); });
}

core::Task<Arrivals> Team::prepare() {
  auto answers = std::make_shared<Answers<Arrivals>>(parts_.size());
  for (std::size_t share = 0; share < parts_.size(); ++share) {
    core::Loop& loop = parts_[share]->loop();
    loop.post([this, &loop, share, answers] {
      loop.spawn(prepare_one(share, answers), "prepare").detach();
    });
  }
  const std::vector<Arrivals> all = co_await answers->all();
  Arrivals sum;
  for (const Arrivals& one : all) sum += one;
  co_return sum;
}

core::Task<Standing> Team::standing() {
  const auto question = [](Part& part) { return part.standing(); };
  const std::vector<Standing> all = co_await ask(question);
  Standing sum;
  for (const Standing& one : all) sum += one;
  co_return sum;
}

core::Task<std::unique_ptr<Reading>> Team::reading() {
  const auto question = [](Part& part) { return part.reading(); };
  const std::vector<Reading> all = co_await ask(question);
  auto sum = std::make_unique<Reading>();
  for (const Reading& one : all) *sum += one;
  co_return sum;
}

}  // namespace load
