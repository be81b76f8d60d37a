// The ring's facts that this file relies on (Linux 6.1 and later, liburing 2.3):
// - With DEFER_TASKRUN completions are made only inside an enter that asks for events; plain
//   io_uring_submit() does not, so a busy loop uses io_uring_submit_and_get_events(). That there
//   are some to be made the kernel says by a flag (IORING_SQ_TASKRUN).
// - A send with MSG_DONTWAIT is executed inside enter; with MSG_WAITALL a partial one counts as
//   failed and so reports in spite of IOSQE_CQE_SKIP_SUCCESS.
// - Every completion with F_BUFFER hands over a buffer, also one of an error.
// Those for direct sockets (6.10 and later, asked for at the start):
// - An accept with DONTWAIT has its answer when submitting returns. Where the table is full it says
//   ENFILE, and the connection is lost.
// - A close is executed inside enter; a shutdown by a thread of the kernel, which looks up the
// place
//   in the table when it comes to it.
#include "core/uring_ring.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <liburing.h>
#include <poll.h>
#include <unistd.h>

#include "core/assert.hpp"
#include "core/error.hpp"

static_assert(offsetof(io_uring_buf_ring, bufs) == 0);

namespace core {

namespace {

constexpr int kBufferGroup = 0;
constexpr Token kWakeToken = ~Token{0};
constexpr Token kAcceptToken = kWakeToken - 1;
constexpr Token kShutdownTokens = Token{1} << 63;  // and the place of the socket
constexpr unsigned kAcceptDontWait = 1U << 1;      // IORING_ACCEPT_DONTWAIT, Linux 6.10
constexpr int kFirstDirect = 1 << 28;              // beyond every descriptor

void expect_no_answer(io_uring_sqe& entry) {
  entry.flags |= IOSQE_CQE_SKIP_SUCCESS;
  io_uring_sqe_set_data64(&entry, 0);
}

int io_uring_disabled() {
  std::ifstream file("/proc/sys/kernel/io_uring_disabled");
  int value = 0;
  file >> value;
  return value;
}

}  // namespace

std::string explain_refusal(int error, int disabled) {
  switch (std::abs(error)) {
    case ENOSYS:
      return "io_uring is not available: this kernel has none, or a seccomp filter hides it; "
             "Linux 6.1 or newer is needed";
    case EINVAL:
      return "io_uring is too old here: Linux 6.1 or newer is needed";
    case EPERM:
    case EACCES:
      if (disabled != 0) {
        return fmt::format(
            "io_uring is forbidden by the sysctl kernel.io_uring_disabled={}; "
            "set it to 0 to allow it",
            disabled);
      }
      return "io_uring is forbidden, probably by a container's seccomp profile; run with a "
             "profile that allows io_uring_setup, io_uring_enter and io_uring_register";
    case ENOMEM:
      return "io_uring could not be set up: out of memory, or over the locked-memory limit "
             "(ulimit -l)";
    case EMFILE:
    case ENFILE:
      return "io_uring could not be set up: too many open files (ulimit -n)";
    default:
      return fmt::format("io_uring could not be set up: {}", std::strerror(std::abs(error)));
  }
}

UringRing::UringRing(const UringOptions& options)
    : options_(options),
      ring_(std::make_unique<io_uring>()),
      nowhere_(std::make_unique<io_uring_sqe>()) {
  io_uring_params params{};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL |
                 IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
  params.cq_entries = options_.submissions * 4;
  const int error = io_uring_queue_init_params(options_.submissions, ring_.get(), &params);
  if (error < 0) throw RingRefused(explain_refusal(error, io_uring_disabled()));
  constexpr unsigned kNeeded = IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG;
  if ((params.features & kNeeded) != kNeeded) {
    io_uring_queue_exit(ring_.get());
    throw RingRefused(explain_refusal(EINVAL, 0));
  }
  io_uring_register_ring_fd(ring_.get());  // saves a lookup per enter; refused, nothing is lost
  try {
    set_up_buffers();
    if (options_.direct_sockets > 0) set_up_direct_sockets();
  } catch (...) {
    io_uring_queue_exit(ring_.get());
    std::free(buffer_ring_);
    throw;
  }
  listen_for_wake();
}

UringRing::~UringRing() {
  io_uring_unregister_buf_ring(ring_.get(), kBufferGroup);
  io_uring_queue_exit(ring_.get());
  std::free(buffer_ring_);
}

void UringRing::set_up_buffers() {
  const unsigned count = options_.buffers;
  HUBBUB_ASSERT(count > 0 && (count & (count - 1)) == 0 && count <= 32768);
  buffers_ = std::make_unique_for_overwrite<char[]>(count * options_.buffer_bytes);
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t bytes = (count * sizeof(io_uring_buf) + page - 1) / page * page;
  buffer_ring_ = static_cast<io_uring_buf_ring*>(std::aligned_alloc(page, bytes));
  if (buffer_ring_ == nullptr) throw std::bad_alloc();
  io_uring_buf_ring_init(buffer_ring_);
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uintptr_t>(buffer_ring_);
  registration.ring_entries = count;
  registration.bgid = kBufferGroup;
  const int error = io_uring_register_buf_ring(ring_.get(), &registration, 0);
  if (error < 0) {
    std::free(std::exchange(buffer_ring_, nullptr));
    throw RingRefused(explain_refusal(error, 0));
  }
  for (unsigned id = 0; id < count; ++id) add_buffer(static_cast<int>(id), static_cast<int>(id));
  io_uring_buf_ring_advance(buffer_ring_, static_cast<int>(count));
}

void UringRing::add_buffer(int id, int offset) {
  io_uring_buf_ring_add(
      buffer_ring_, &buffers_[static_cast<std::size_t>(id) * options_.buffer_bytes],
      static_cast<unsigned>(options_.buffer_bytes), static_cast<unsigned short>(id),
      io_uring_buf_ring_mask(options_.buffers), offset);
}

// Whether the kernel knows an accept that does not wait, it says of one on no socket.
void UringRing::set_up_direct_sockets() {
  const unsigned count = options_.direct_sockets;
  const int error = io_uring_register_files_sparse(ring_.get(), count);
  if (error < 0) throw system_error(-error, fmt::format("a table for {} direct sockets", count));
  if (Address nobody; accept_direct(-1, nobody) == -EINVAL) {
    throw system_error(ENOTSUP, "direct sockets need Linux 6.10 or newer");
  }
}

// A full queue is handed to the kernel; what that completes waits in reaped_.
io_uring_sqe* UringRing::next_entry(Token token) {
  io_uring_sqe* entry = io_uring_get_sqe(ring_.get());
  while (entry == nullptr && failure_ == 0) {
    submit();
    entry = io_uring_get_sqe(ring_.get());
  }
  if (entry == nullptr) entry = nowhere_.get();
  io_uring_sqe_set_data64(entry, token);
  return entry;
}

// Until the kernel has taken every entry: a send is over only then. Whoever queues in the middle of
// a pass cannot make anything of a ring that has failed; enter() says it.
void UringRing::submit() {
  while (failure_ == 0 && io_uring_sq_ready(ring_.get()) > 0) {
    const int result = io_uring_submit_and_get_events(ring_.get());
    if (result >= 0 || result == -EINTR) continue;
    if (result != -EBUSY && result != -EAGAIN) {
      failure_ = result;
    } else {
      reap_queue();
    }
  }
}

// It does not wait, so the answer is there when the kernel has taken the entry.
int UringRing::accept_direct(int listener, Address& peer) {
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  auto* const address = reinterpret_cast<sockaddr*>(&from);
  io_uring_sqe* const entry = next_entry(kAcceptToken);
  io_uring_prep_accept_direct(entry, listener, address, &size, 0,
                              IORING_FILE_INDEX_ALLOC - 1);  // it adds 1
  entry->ioprio |= kAcceptDontWait;
  io_uring_sqe_set_data64(entry, kAcceptToken);
  accepted_ = -ECANCELED;  // a ring that has failed answers nothing
  submit();
  reap_queue();
  if (accepted_ < 0) return accepted_;
  ++direct_open_;
  peer = Address::from(address, size);
  return kFirstDirect + accepted_;
}

// With a descriptor while the table is full: the kernel would drop the connection and say ENFILE.
int UringRing::accept(int listener, Address& peer) {
  const bool has_place = direct_open_ < options_.direct_sockets;
  return has_place ? accept_direct(listener, peer) : KernelRing::accept(listener, peer);
}

void UringRing::set_socket(io_uring_sqe& entry, int socket) {
  if (socket < kFirstDirect) return;
  entry.fd = socket - kFirstDirect;
  entry.flags |= IOSQE_FIXED_FILE;
}

void UringRing::shutdown(int socket, int how) {
  if (socket < kFirstDirect) return KernelRing::shutdown(socket, how);
  io_uring_sqe* const entry = next_entry(0);
  const auto place = static_cast<unsigned>(socket - kFirstDirect);
  ++shutting_down_[place].outstanding;
  io_uring_prep_shutdown(entry, socket, how);
  set_socket(*entry, socket);
  io_uring_sqe_set_data64(entry, kShutdownTokens | place);
}

void UringRing::end_shutdown(unsigned place) {
  const auto found = shutting_down_.find(place);
  HUBBUB_ASSERT(found != shutting_down_.end());
  if (--found->second.outstanding > 0) return;
  if (found->second.closed) freed_.push_back(place);
  shutting_down_.erase(found);
}

void UringRing::reset_on_close(int socket) {
  if (socket < kFirstDirect) return KernelRing::reset_on_close(socket);
  static constexpr linger kNone{.l_onoff = 1, .l_linger = 0};
  constexpr unsigned kSetOption = 3;  // SOCKET_URING_OP_SETSOCKOPT, Linux 6.7
  io_uring_sqe* const entry = next_entry(0);
  io_uring_prep_rw(IORING_OP_URING_CMD, entry, socket, nullptr, 0, 0);
  entry->cmd_op = kSetOption;
  entry->addr = std::uint64_t{SO_LINGER} << 32 | SOL_SOCKET;  // two fields of 32 bits
  static_assert(std::endian::native == std::endian::little);
  entry->file_index = sizeof kNone;
  entry->addr3 = reinterpret_cast<std::uintptr_t>(&kNone);
  set_socket(*entry, socket);
  expect_no_answer(*entry);
}

void UringRing::close(int socket) {
  if (socket < kFirstDirect) return KernelRing::close(socket);
  const auto place = static_cast<unsigned>(socket - kFirstDirect);
  if (const auto found = shutting_down_.find(place); found != shutting_down_.end()) {
    found->second.closed = true;
    return;
  }
  free_place(place);
  submit();  // the loop may have ended, and would not enter any more
}

void UringRing::free_place(unsigned place) {
  io_uring_sqe* const entry = next_entry(0);
  io_uring_prep_close_direct(entry, place);
  expect_no_answer(*entry);
  --direct_open_;
}

void UringRing::connect(Token token, int socket, const Address& address) {
  io_uring_sqe* const entry = next_entry(token);
  io_uring_prep_connect(entry, socket, address.data(), address.size());
  io_uring_sqe_set_data64(entry, token);
}

void UringRing::receive(Token token, int socket) {
  if (buffers_out_ == options_.buffers) {  // it would fail at once: wait for a buffer
    starved_.push_back({token, socket});
    return;
  }
  io_uring_sqe* const entry = next_entry(token);
  io_uring_prep_recv_multishot(entry, socket, nullptr, 0, 0);
  set_socket(*entry, socket);
  entry->flags |= IOSQE_BUFFER_SELECT;
  entry->buf_group = kBufferGroup;
  io_uring_sqe_set_data64(entry, token);
}

void UringRing::send(Token token, int socket, std::span<const iovec> pieces) {
  constexpr int kFlags = MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL;
  io_uring_sqe* const entry = next_entry(token);
  if (pieces.size() == 1) {
    io_uring_prep_send(entry, socket, pieces[0].iov_base, pieces[0].iov_len, kFlags);
  } else {
    msghdr& message = messages_.emplace_back();
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    io_uring_prep_sendmsg(entry, socket, &message, kFlags);
  }
  set_socket(*entry, socket);
  entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
  io_uring_sqe_set_data64(entry, token);
}

void UringRing::poll(Token token, int descriptor, unsigned events) {
  io_uring_sqe* const entry = next_entry(token);
  io_uring_prep_poll_add(entry, descriptor, events);
  set_socket(*entry, descriptor);
  io_uring_sqe_set_data64(entry, token);
}

void UringRing::cancel(Token token) {
  const auto parked = std::find_if(starved_.begin(), starved_.end(),
                                   [&](const Starved& one) { return one.token == token; });
  if (parked != starved_.end()) {
    starved_.erase(parked);
    reaped_.push_back({.token = token, .result = -ECANCELED});
    return;
  }
  io_uring_sqe* const entry = next_entry(0);
  io_uring_prep_cancel64(entry, token, 0);
  expect_no_answer(*entry);
}

// Arms as many starved receives as there are buffers. True when some are left and could be next: a
// receive that was armed may well take no buffer, and then no other would ever come back.
bool UringRing::feed_starved() {
  std::size_t buffers = options_.buffers - buffers_out_;
  for (; buffers > 0 && !starved_.empty(); --buffers) {
    const Starved first = starved_.front();
    starved_.pop_front();
    receive(first.token, first.socket);
  }
  return !starved_.empty() && buffers_out_ < options_.buffers;
}

// Whether an enter that does not wait would change anything: a pass that only runs coroutines is
// spared the system call.
bool UringRing::has_kernel_work() const {
  constexpr unsigned kWork = IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW;
  return io_uring_sq_ready(ring_.get()) > 0 || (IO_URING_READ_ONCE(*ring_->sq.kflags) & kWork) != 0;
}

void UringRing::enter(Time deadline) {
  const bool hungry = feed_starved();
  const bool may_wait = deadline != Time::min() && !hungry && reaped_.empty();
  const bool wait = may_wait && io_uring_cq_ready(ring_.get()) == 0 && deadline > now();
  int result = 0;
  if (!wait) {
    if (has_kernel_work()) result = io_uring_submit_and_get_events(ring_.get());
  } else if (deadline == kNever) {
    result = io_uring_submit_and_wait(ring_.get(), 1);
  } else {
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(deadline - now());
    const auto nanoseconds = std::max<std::int64_t>(left.count(), 0);
    __kernel_timespec timeout{.tv_sec = nanoseconds / 1'000'000'000,
                              .tv_nsec = nanoseconds % 1'000'000'000};
    io_uring_cqe* completion = nullptr;
    result = io_uring_submit_and_wait_timeout(ring_.get(), &completion, 1, &timeout, nullptr);
  }
  if (result < 0 && result != -ETIME && result != -EINTR && result != -EAGAIN && result != -EBUSY) {
    failure_ = result;
  }
  submit();
  if (failure_ != 0) throw system_error(failure_, "io_uring_enter");
  messages_.clear();
}

void UringRing::reap(std::vector<Completion>& completions) {
  reap_queue();
  completions.swap(reaped_);
  reaped_.clear();
}

// Everything, also what the kernel had to keep aside while the queue was full: a send without a
// completion is taken for done.
void UringRing::reap_queue() {
  for (;;) {
    unsigned head = 0;
    unsigned count = 0;
    bool wake_ended = false;
    io_uring_cqe* entry = nullptr;
    io_uring_for_each_cqe(ring_.get(), head, entry) {
      ++count;
      if (entry->user_data == kWakeToken) {
        if ((entry->flags & IORING_CQE_F_MORE) == 0) wake_ended = true;
        forget_wakes();
        continue;
      }
      if (entry->user_data == kAcceptToken) {
        accepted_ = entry->res;
        continue;
      }
      if (entry->user_data >= kShutdownTokens) {
        end_shutdown(static_cast<unsigned>(entry->user_data));
        continue;
      }
      const bool buffered = (entry->flags & IORING_CQE_F_BUFFER) != 0;
      if (buffered) ++buffers_out_;
      if (entry->user_data == 0) continue;  // the answer to a cancel
      reaped_.push_back({.token = entry->user_data,
                         .result = entry->res,
                         .buffer = buffered
                                       ? static_cast<int>(entry->flags >> IORING_CQE_BUFFER_SHIFT)
                                       : kNoBuffer,
                         .more = (entry->flags & IORING_CQE_F_MORE) != 0});
    }
    io_uring_cq_advance(ring_.get(), count);
    // Not in the walk: they may have to submit, and so to reap.
    if (wake_ended) listen_for_wake();
    while (!freed_.empty()) {
      const unsigned place = freed_.back();
      freed_.pop_back();
      free_place(place);
    }
    if (!io_uring_cq_has_overflow(ring_.get())) return;
    io_uring_get_events(ring_.get());
  }
}

std::string_view UringRing::buffer(int id, std::size_t size) const {
  return {&buffers_[static_cast<std::size_t>(id) * options_.buffer_bytes], size};
}

void UringRing::give_back(int id) {
  HUBBUB_ASSERT(buffers_out_ > 0);
  add_buffer(id, 0);
  io_uring_buf_ring_advance(buffer_ring_, 1);
  --buffers_out_;
}

void UringRing::listen_for_wake() {
  io_uring_sqe* const entry = next_entry(kWakeToken);
  io_uring_prep_poll_multishot(entry, wake_descriptor(), POLLIN);
  io_uring_sqe_set_data64(entry, kWakeToken);
}

}  // namespace core
