// PollRing: a ring on epoll(7), for places that forbid io_uring, such as a container with the
// default seccomp profile. The same promises, a few more system calls.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/kernel_ring.hpp"

namespace core {

// Thread: as Ring. Throws std::system_error where epoll itself cannot be had.
// Buffers: as many as are out at a time, never refused (no -ENOBUFS).
class PollRing final : public KernelRing {
 public:
  PollRing();
  ~PollRing() override;

  void connect(Token token, int socket, const Address& address) override;
  void receive(Token token, int socket) override;
  void send(Token token, int socket, std::span<const iovec> pieces) override;
  void poll(Token token, int descriptor, unsigned events) override;
  void cancel(Token token) override;
  void enter(Time deadline) override;
  void reap(std::vector<Completion>& completions) override;
  std::string_view buffer(int id, std::size_t size) const override;
  void give_back(int id) override;
  void close(int descriptor) override;
  std::string_view name() const override { return "epoll"; }

 private:
  static constexpr std::size_t kBufferBytes = 4096;

  enum class Kind : std::uint8_t { kConnect, kReceive, kPoll };
  struct Pending {
    Token token;
    Kind kind;
    unsigned events;  // what it waits for, as poll(2) and epoll(7) agree on them
  };
  // What waits on one descriptor: rarely more than a receive and a poll.
  struct Watch {
    std::vector<Pending> pending;
    unsigned registered = 0;
  };

  void wait_for(int descriptor, const Pending& pending);
  void update(int descriptor, Watch& watch);
  void ready(int descriptor, unsigned events);
  // Whether the operation goes on.
  bool perform(int descriptor, const Pending& pending, unsigned events);
  bool perform_receive(Token token, int socket);
  void complete(Token token, int result) { reaped_.push_back({.token = token, .result = result}); }
  int take_buffer();

  int epoll_ = -1;
  std::unordered_map<int, Watch> watches_;      // by descriptor
  std::unordered_map<Token, int> descriptors_;  // of operations in flight
  std::vector<std::unique_ptr<char[]>> buffers_;
  std::vector<int> free_buffers_;
  std::vector<Completion> reaped_;
};

}  // namespace core
