// UringRing: the real ring, io_uring(7) through liburing.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "core/kernel_ring.hpp"

struct io_uring;
struct io_uring_sqe;
struct io_uring_buf_ring;

namespace core {

// io_uring cannot be had here; what() is one sentence that says why and what would help.
class RingRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct UringOptions {
  unsigned submissions = 4096;      // entries of the submission queue; completions: four times that
  unsigned buffers = 1024;          // a power of two: receive buffers shared by all connections
  std::size_t buffer_bytes = 2048;  // each
  // So many of the sockets that it accepts at a time take no descriptor of the process but a place
  // in a table of the ring, which may be as long as RLIMIT_NOFILE once more. Needs Linux 6.10.
  unsigned direct_sockets = 0;
};

// Needs Linux 6.1 (single issuer with deferred task work, multishot receive, buffer rings).
// Thread: construct it in the thread that runs it. Throws RingRefused where io_uring cannot be had,
// std::system_error for the eventfd that wakes it and for direct sockets that it cannot have.
// A direct socket has a number like a descriptor's, far above all of those, for this ring alone.
class UringRing final : public KernelRing {
 public:
  explicit UringRing(const UringOptions& options = {});
  ~UringRing() override;

  int accept(int listener, Address& peer) override;
  void connect(Token token, int socket, const Address& address) override;
  void receive(Token token, int socket) override;
  void send(Token token, int socket, std::span<const iovec> pieces) override;
  void poll(Token token, int descriptor, unsigned events) override;
  void cancel(Token token) override;
  void enter(Time deadline) override;
  void reap(std::vector<Completion>& completions) override;
  std::string_view buffer(int id, std::size_t size) const override;
  void give_back(int id) override;
  void shutdown(int socket, int how) override;
  void reset_on_close(int socket) override;
  void close(int descriptor) override;
  std::string_view name() const override { return "io_uring"; }

 private:
  struct Starved {  // a receive that waits for a buffer
    Token token;
    int socket;
  };

  void set_up_buffers();
  void set_up_direct_sockets();
  void add_buffer(int id, int offset);
  bool has_kernel_work() const;
  bool feed_starved();
  io_uring_sqe* next_entry(Token token);
  void submit();
  void reap_queue();
  int accept_direct(int listener, Address& peer);
  void set_socket(io_uring_sqe& entry, int socket);
  void end_shutdown(unsigned place);
  void free_place(unsigned place);
  void listen_for_wake();

  UringOptions options_;
  std::unique_ptr<io_uring> ring_;
  std::unique_ptr<io_uring_sqe> nowhere_;  // where entries go once it has failed
  int failure_ = 0;                        // why it cannot work any more; a negative errno
  io_uring_buf_ring* buffer_ring_ = nullptr;
  std::unique_ptr<char[]> buffers_;
  unsigned buffers_out_ = 0;  // with receivers
  std::deque<Starved> starved_;
  std::vector<Completion> reaped_;
  // Direct sockets that the kernel is shutting down: it looks for them by their places when it
  // comes to it, so those are kept until then.
  struct ShuttingDown {
    unsigned outstanding = 0;
    bool closed = false;
  };
  std::map<unsigned, ShuttingDown> shutting_down_;  // by place
  std::vector<unsigned> freed_;                     // places to close after the walk
  unsigned direct_open_ = 0;                        // places taken
  int accepted_ = 0;                                // what the accept in hand answered
  std::deque<msghdr> messages_;                     // of this pass's sends in several pieces
};

// The sentence of a RingRefused for an errno of io_uring_setup(2). `disabled` is the value of the
// sysctl kernel.io_uring_disabled (0 where it does not exist).
std::string explain_refusal(int error, int disabled);

}  // namespace core
