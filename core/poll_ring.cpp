// Level-triggered epoll: an operation is done when its descriptor says it can be. Interest is
// registered while somebody waits and not longer, so nothing can spin.
#include "core/poll_ring.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/assert.hpp"
#include "core/error.hpp"

namespace core {

namespace {

void set_nonblocking(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  if ((flags & O_NONBLOCK) == 0) ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

// Rounded up: waking before a deadline would only mean waiting again.
int milliseconds_until(Time deadline, Time now) {
  if (deadline == kNever) return -1;
  if (deadline <= now) return 0;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
  return static_cast<int>(std::min<std::int64_t>(left, INT_MAX));
}

}  // namespace

PollRing::PollRing() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = wake_descriptor()}};
  if (epoll_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_descriptor(), &event) != 0) {
    const int error = errno;
    if (epoll_ >= 0) ::close(epoll_);
    throw system_error(error, "epoll");
  }
}

PollRing::~PollRing() {
  ::close(epoll_);
}

void PollRing::wait_for(int descriptor, const Pending& pending) {
  Watch& watch = watches_[descriptor];
  watch.pending.push_back(pending);
  descriptors_.emplace(pending.token, descriptor);
  update(descriptor, watch);
}

void PollRing::update(int descriptor, Watch& watch) {
  unsigned wanted = 0;
  for (const Pending& pending : watch.pending) wanted |= pending.events;
  if (wanted == watch.registered) return;
  epoll_event event{.events = wanted, .data = {.fd = descriptor}};
  const int verb = watch.registered == 0 ? EPOLL_CTL_ADD
                   : wanted == 0         ? EPOLL_CTL_DEL
                                         : EPOLL_CTL_MOD;
  if (::epoll_ctl(epoll_, verb, descriptor, &event) == 0) {
    watch.registered = wanted;
    return;
  }
  // A regular file is always ready and epoll refuses it; anything else is the operation's error.
  const int result = errno == EPERM ? static_cast<int>(wanted) : -errno;
  for (const Pending& pending : watch.pending) {
    complete(pending.token, result);
    descriptors_.erase(pending.token);
  }
  watch.pending.clear();
}

void PollRing::connect(Token token, int socket, const Address& address) {
  set_nonblocking(socket);
  if (::connect(socket, address.data(), address.size()) == 0) return complete(token, 0);
  if (errno != EINPROGRESS) return complete(token, -errno);
  wait_for(socket, {token, Kind::kConnect, EPOLLOUT});
}

void PollRing::receive(Token token, int socket) {
  wait_for(socket, {token, Kind::kReceive, EPOLLIN});
}

void PollRing::poll(Token token, int descriptor, unsigned events) {
  wait_for(descriptor, {token, Kind::kPoll, events});
}

void PollRing::send(Token token, int socket, std::span<const iovec> pieces) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  std::size_t offered = 0;
  for (const iovec& piece : pieces) offered += piece.iov_len;
  const ssize_t sent = ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(offered)) return;
  complete(token, sent < 0 ? -errno : static_cast<int>(sent));
}

void PollRing::cancel(Token token) {
  const auto found = descriptors_.find(token);
  if (found == descriptors_.end()) return;
  const int descriptor = found->second;
  descriptors_.erase(found);
  Watch& watch = watches_[descriptor];
  std::erase_if(watch.pending, [&](const Pending& one) { return one.token == token; });
  update(descriptor, watch);
  complete(token, -ECANCELED);
}

void PollRing::enter(Time deadline) {
  std::array<epoll_event, 512> events;
  const int timeout = reaped_.empty() ? milliseconds_until(deadline, now()) : 0;
  const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout);
  if (count < 0 && errno != EINTR) throw system_error(errno, "epoll_wait");
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.fd == wake_descriptor()) {
      forget_wakes();
    } else {
      ready(event.data.fd, event.events);
    }
  }
}

void PollRing::ready(int descriptor, unsigned events) {
  constexpr unsigned kAlways = EPOLLERR | EPOLLHUP;
  Watch& watch = watches_[descriptor];
  std::erase_if(watch.pending, [&](const Pending& pending) {
    if ((events & (pending.events | kAlways)) == 0) return false;
    if (perform(descriptor, pending, events)) return false;
    descriptors_.erase(pending.token);
    return true;
  });
  update(descriptor, watch);
}

bool PollRing::perform(int descriptor, const Pending& pending, unsigned events) {
  switch (pending.kind) {
    case Kind::kReceive:
      return perform_receive(pending.token, descriptor);
    case Kind::kConnect: {
      int error = 0;
      socklen_t size = sizeof error;
      ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
      complete(pending.token, -error);
      return false;
    }
    case Kind::kPoll:
      complete(pending.token, static_cast<int>(events));
      return false;
  }
  return false;
}

bool PollRing::perform_receive(Token token, int socket) {
  const int id = take_buffer();
  const ssize_t size =
      ::recv(socket, buffers_[static_cast<std::size_t>(id)].get(), kBufferBytes, MSG_DONTWAIT);
  if (size > 0) {
    reaped_.push_back(
        {.token = token, .result = static_cast<int>(size), .buffer = id, .more = true});
    return true;
  }
  give_back(id);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  complete(token, size < 0 ? -errno : 0);
  return false;
}

void PollRing::reap(std::vector<Completion>& completions) {
  completions.swap(reaped_);
  reaped_.clear();
}

int PollRing::take_buffer() {
  if (free_buffers_.empty()) {
    buffers_.push_back(std::make_unique_for_overwrite<char[]>(kBufferBytes));
    return static_cast<int>(buffers_.size() - 1);
  }
  const int id = free_buffers_.back();
  free_buffers_.pop_back();
  return id;
}

std::string_view PollRing::buffer(int id, std::size_t size) const {
  return {buffers_[static_cast<std::size_t>(id)].get(), size};
}

void PollRing::give_back(int id) {
  free_buffers_.push_back(id);
}

void PollRing::close(int descriptor) {
  const auto found = watches_.find(descriptor);
  if (found != watches_.end()) {
    HUBBUB_ASSERT(found->second.pending.empty());
    watches_.erase(found);
  }
  KernelRing::close(descriptor);
}

}  // namespace core
