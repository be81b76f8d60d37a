// The ring's facts that this file relies on (Linux 6.1 and later, liburing 2.3):
// - With DEFER_TASKRUN completions are made only inside an enter that asks for events; plain
//   io_uring_submit() does not, so a busy loop uses io_uring_submit_and_get_events(). That there
//   are some to be made the kernel says by a flag (IORING_SQ_TASKRUN).
// - A send with MSG_DONTWAIT is executed inside enter; with MSG_WAITALL a partial one counts as
//   failed and so reports in spite of IOSQE_CQE_SKIP_SUCCESS.
// - Every completion with F_BUFFER hands over a buffer, also one of an error.
#include "core/uring_ring.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <liburing.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/assert.hpp"
#include "core/error.hpp"

static_assert(offsetof(io_uring_buf_ring, bufs) == 0);

namespace core {

namespace {

constexpr int kBufferGroup = 0;
constexpr Token kWakeToken = ~Token{0};

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
  wake_descriptor_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  try {
    if (wake_descriptor_ < 0) throw system_error(errno, "eventfd");
    set_up_buffers();
  } catch (...) {
    if (wake_descriptor_ >= 0) ::close(wake_descriptor_);
    io_uring_queue_exit(ring_.get());
    throw;
  }
  listen_for_wake();
}

UringRing::~UringRing() {
  io_uring_unregister_buf_ring(ring_.get(), kBufferGroup);
  io_uring_queue_exit(ring_.get());
  ::close(wake_descriptor_);
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

void UringRing::accept(Token token, int listener) {
  io_uring_sqe* const entry = next_entry(token);
  io_uring_prep_multishot_accept(entry, listener, nullptr, nullptr, SOCK_CLOEXEC);
  io_uring_sqe_set_data64(entry, token);
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
  entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
  io_uring_sqe_set_data64(entry, token);
}

void UringRing::poll(Token token, int descriptor, unsigned events) {
  io_uring_sqe* const entry = next_entry(token);
  io_uring_prep_poll_add(entry, descriptor, events);
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
  entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
  io_uring_sqe_set_data64(entry, 0);
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
        std::uint64_t ignored = 0;
        [[maybe_unused]] const auto size = ::read(wake_descriptor_, &ignored, sizeof ignored);
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
    if (wake_ended) listen_for_wake();  // not in the walk: it may have to submit, and so to reap
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

void UringRing::shutdown(int socket, int how) {
  ::shutdown(socket, how);
}

void UringRing::reset_on_close(int socket) {
  const linger none{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

void UringRing::close(int descriptor) {
  ::close(descriptor);
}

void UringRing::listen_for_wake() {
  io_uring_sqe* const entry = next_entry(kWakeToken);
  io_uring_prep_poll_multishot(entry, wake_descriptor_, POLLIN);
  io_uring_sqe_set_data64(entry, kWakeToken);
}

void UringRing::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto size = ::write(wake_descriptor_, &one, sizeof one);
}

}  // namespace core
