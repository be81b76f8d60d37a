// What several unit tests of the runtime share: a loop on a real ring that cannot hang a test for
// ever, connected sockets, and ways to see what a loop did.
#pragma once

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/address.hpp"
#include "core/loop.hpp"
#include "core/poll_ring.hpp"
#include "core/timeout.hpp"
#include "core/uring_ring.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HUBBUB_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HUBBUB_TEST_SANITIZED 1
#endif
#endif
#ifdef HUBBUB_TEST_SANITIZED
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

// There only where the undefined behaviour sanitizer is linked in.
extern "C" void __ubsan_handle_dynamic_type_cache_miss() __attribute__((weak));

namespace core::support {

using namespace std::chrono_literals;

inline constexpr UringOptions kSmallRing{.submissions = 64, .buffers = 64};

// A fresh ring and loop. What runs on it is given up after kPatience, so that a lost wake-up is a
// failed test and not a hanging one.
class World {
 public:
  static constexpr Duration kPatience = 20s;

  explicit World(const UringOptions& options = kSmallRing)
      : World(std::make_unique<UringRing>(options)) {}
  explicit World(std::unique_ptr<Ring> of) : ring_(std::move(of)), loop(*ring_) {}

  template <class T>
  T run(Task<T> body) {
    return loop.run(timeout(kPatience, std::move(body)));
  }

 private:
  std::unique_ptr<Ring> ring_;

 public:
  Loop loop;
};

// For tests of what must be so on every ring, by the ring's name.
class EveryRingTest : public ::testing::TestWithParam<std::string_view> {
 protected:
  static std::unique_ptr<Ring> make_ring(const UringOptions& options = kSmallRing) {
    if (GetParam() == "epoll") return std::make_unique<PollRing>();
    UringOptions chosen = options;
    if (GetParam() == "io_uring_direct") chosen.direct_sockets = 64;
    return std::make_unique<UringRing>(chosen);
  }
};
inline const auto kEveryRing = ::testing::Values("io_uring", "io_uring_direct", "epoll");
inline std::string ring_name(const ::testing::TestParamInfo<std::string_view>& info) {
  return std::string(info.param);
}

// What a tenth of a second of idling may take: a ring may return early, but one that spins does so
// thousands of times.
inline constexpr int kFewPasses = 50;

// Counts the passes of a loop.
class Passes final : private PassEnd {
 public:
  explicit Passes(Loop& loop) : loop_(loop) { loop_.add_pass_end(*this); }
  Passes(const Passes&) = delete;
  Passes& operator=(const Passes&) = delete;
  ~Passes() { loop_.remove_pass_end(*this); }

  int count() const { return count_; }

 private:
  bool pass_ended() override {
    ++count_;
    return false;
  }

  Loop& loop_;
  int count_ = 0;
};

// What reached the exception handler of a loop.
class Reports {
 public:
  explicit Reports(Loop& loop) : loop_(loop) {
    loop_.set_exception_handler([this](const ErrorContext& context) { all.push_back(context); });
  }
  Reports(const Reports&) = delete;
  Reports& operator=(const Reports&) = delete;
  ~Reports() { loop_.set_exception_handler({}); }

  std::vector<ErrorContext> all;

 private:
  Loop& loop_;
};
// A socket of the test's own, outside of any loop. Closes itself.
class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) { EXPECT_GE(descriptor, 0); }
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Socket() { close(); }

  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }
  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  // Closes so that the peer gets a reset.
  void reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }

  // Sends what fits at once; how much that was.
  std::size_t send(std::string_view bytes) const {
    const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }
  // What is there, up to `most` bytes.
  std::string take(std::size_t most = std::size_t{1} << 20) const {
    std::string bytes(most, '\0');
    const auto count = ::recv(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return bytes;
  }
  // The peer has ended its direction, and everything before that was taken.
  bool at_end() const {
    char byte = 0;
    return ::recv(descriptor_, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
  }

 private:
  int descriptor_;
};

struct Sockets {
  Socket near;
  Socket far;
};

inline Sockets unix_sockets() {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  return {Socket(ends[0]), Socket(ends[1])};
}

// A connection over loopback. `buffer`, where it is not 0, is asked for as the near end's send
// buffer and the far end's receive buffer.
inline Sockets tcp_sockets(int buffer = 0) {
  const Address any = *Address::parse("127.0.0.1:0");
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const Socket listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (buffer > 0) {
    ::setsockopt(listener.get(), SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  }
  EXPECT_EQ(::bind(listener.get(), any.data(), any.size()), 0);
  EXPECT_EQ(::listen(listener.get(), 1), 0);
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  Socket near(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (buffer > 0) ::setsockopt(near.get(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  EXPECT_EQ(::connect(near.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  Socket far(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  return {std::move(near), std::move(far)};
}

inline std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

// Allows no further descriptor while it lives. Not where is_possible() is false: to look at a
// virtual table the undefined behaviour sanitizer opens a pipe, and takes a failure for a broken
// object.
class NoMoreDescriptors {
 public:
  static bool is_possible() { return &__ubsan_handle_dynamic_type_cache_miss == nullptr; }

  NoMoreDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const Socket probe(::dup(0));
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(probe.get());
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  NoMoreDescriptors(const NoMoreDescriptors&) = delete;
  NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;
  ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

// Bytes on the heap now.
inline std::size_t allocated_bytes() {
#ifdef HUBBUB_TEST_SANITIZED
  return __sanitizer_get_current_allocated_bytes();
#else
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
#endif
}

// Bytes that tell at a glance where they were cut or swapped.
inline std::string numbered_bytes(std::size_t size) {
  std::string bytes;
  bytes.reserve(size + 8);
  for (std::size_t i = 0; bytes.size() < size; ++i) bytes += std::to_string(i) + ".";
  bytes.resize(size);
  return bytes;
}

// A task that does nothing: running it winds a loop up.
inline Task<void> nothing() {
  co_return;
}

}  // namespace core::support
