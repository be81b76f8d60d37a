// getaddrinfo(3) may block for half a minute and cannot be interrupted. So the thread and who waits
// for it share one block: it outlives both, and its mutex decides whether the loop still listens.
#include "client/terminal/resolve.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <netdb.h>

#include "core/loop.hpp"

namespace client {
namespace {

Resolution look_up(const Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(endpoint.host.c_str(), nullptr, &hints, &found);
  if (error != 0) {
    const char* const reason = error == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(error);
    return {.addresses = {}, .failure = fmt::format("cannot find {}: {}", endpoint.host, reason)};
  }
  Resolution resolution;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    const core::Address address = core::Address::from(one->ai_addr, one->ai_addrlen);
    if (address.size() > 0) resolution.addresses.push_back(address.with_port(endpoint.port));
  }
  ::freeaddrinfo(found);
  if (resolution.addresses.empty()) {
    resolution.failure = fmt::format("cannot find {}: it has no address", endpoint.host);
  }
  return resolution;
}

// The wait for one look-up.
class LookUp final : public core::Waiter {
 public:
  explicit LookUp(Endpoint endpoint) : endpoint_(std::move(endpoint)) {}
  const char* operation() const override { return "resolve"; }
  bool await_ready() { return take_cancel(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) {
    suspend(coroutine);
    start();
  }
  Resolution await_resume() {
    check_cancelled();
    return std::move(shared_->resolution);
  }

 private:
  struct Shared {
    std::mutex mutex;
    core::Loop* loop;  // null: nobody waits any more
    LookUp* waiter;    // only touched by the loop's thread
    Resolution resolution;
  };

  void start() {
    shared_->loop = &loop();
    shared_->waiter = this;
    try {
      std::thread(run, shared_, endpoint_).detach();
    } catch (const std::system_error& error) {
      shared_->resolution.failure =
          fmt::format("cannot look {} up: {}", endpoint_.host, error.code().message());
      wake();
    }
  }

  static void run(std::shared_ptr<Shared> shared, Endpoint endpoint) {
    Resolution resolution = look_up(endpoint);
    const std::scoped_lock lock(shared->mutex);
    if (shared->loop == nullptr) return;
    shared->resolution = std::move(resolution);
    shared->loop->post([shared] {
      if (shared->waiter != nullptr) shared->waiter->wake();
    });
  }

  void cancel_wait() override {
    const std::scoped_lock lock(shared_->mutex);
    shared_->loop = nullptr;
    shared_->waiter = nullptr;
    wake_cancelled();
  }

  Endpoint endpoint_;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace

core::Task<Resolution> resolve(Endpoint endpoint) {
  // core::Address takes localhost for 127.0.0.1; the system may know it as ::1 too.
  const auto numeric = core::Address::parse(endpoint.to_string());
  if (numeric && endpoint.host != "localhost") {
    Resolution resolution;
    resolution.addresses.push_back(*numeric);
    co_return resolution;
  }
  LookUp look_up(std::move(endpoint));
  co_return co_await look_up;
}

}  // namespace client
