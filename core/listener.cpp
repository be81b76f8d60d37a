// Accepting: one connection at a time, waiting for the next, and a pause when descriptors run out.
#include "core/listener.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace core {

namespace {

void set_option(int socket, int level, int name, int value) {
  if (::setsockopt(socket, level, name, &value, sizeof value) != 0) {
    throw system_error(errno, "setsockopt");
  }
}

void give_up_unresponsive(int socket, Duration time) {
  using std::chrono::duration_cast;
  constexpr std::int64_t kSecondsMost = 32'767;  // the kernel's limit for both
  const std::int64_t third = duration_cast<std::chrono::seconds>(time / 3).count();
  const int seconds = static_cast<int>(std::clamp<std::int64_t>(third, 1, kSecondsMost));
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, seconds);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, seconds);
  const auto ms = duration_cast<std::chrono::milliseconds>(time).count();
  set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(ms));
}

// Errors that do not outlast one connection: it ended before it was accepted, or a firewall forbade
// it. After any other, trying again at once would spin.
bool concerns_one_connection(int error) {
  switch (error) {
    case ECONNABORTED:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case EINTR:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EPERM:
    case EPROTO:
      return true;
    default:
      return false;
  }
}

}  // namespace

// The first is bound without SO_REUSEPORT, so that it is refused where anybody listens; it joins in
// before it listens, and those that follow are bound with it.
std::vector<ListeningSocket> ListeningSocket::open(const Address& wanted, std::size_t loops,
                                                   Duration unresponsive) {
  std::vector<ListeningSocket> group;
  Address address = wanted;
  while (group.size() < loops) {
    const bool first = group.empty();
    const int socket =
        ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (socket < 0) throw system_error(errno, "socket for", address.to_string());
    group.push_back(ListeningSocket(socket));
    // SO_REUSEADDR only passes over old connections in TIME_WAIT; a second server is still refused.
    set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1);
    give_up_unresponsive(socket, unresponsive);
    set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentMost);
    if (!first) set_option(socket, SOL_SOCKET, SO_REUSEPORT, 1);
    if (::bind(socket, address.data(), address.size()) != 0) {
      throw system_error(errno, "bind to", address.to_string());
    }
    if (first && loops > 1) set_option(socket, SOL_SOCKET, SO_REUSEPORT, 1);
    if (::listen(socket, kBacklog) != 0) {
      throw system_error(errno, "listen on", address.to_string());
    }
    if (first) address = Address::of_local(socket);
  }
  return group;
}

ListeningSocket ListeningSocket::adopt(int descriptor, Duration unresponsive) {
  int listens = 0;
  int protocol = 0;
  socklen_t size = sizeof listens;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0) {
    throw system_error(errno, "inherited descriptor", std::to_string(descriptor));
  }
  size = sizeof protocol;
  ::getsockopt(descriptor, SOL_SOCKET, SO_PROTOCOL, &protocol, &size);
  if (listens == 0 || protocol != IPPROTO_TCP) {
    throw std::runtime_error("inherited descriptor " + std::to_string(descriptor) +
                             " is no listening TCP socket");
  }
  ListeningSocket socket(descriptor);
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  give_up_unresponsive(descriptor, unresponsive);
  set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentMost);
  return socket;
}

ListeningSocket ListeningSocket::share() const {
  const int another = ::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0);
  if (another < 0) throw system_error(errno, "another handle of", address().to_string());
  return ListeningSocket(another);
}

ListeningSocket::~ListeningSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

// Stays in place while its handle may move; deletes itself when the kernel has let go.
class ListenerState final : private Operation, private Timer {
 public:
  ListenerState(Loop& loop, ListeningSocket socket)
      : loop_(loop), address_(socket.address()), socket_(socket.release()) {}

  const Address& address() const { return address_; }

  // Between await_ready() and await_resume() of the one acceptor.
  void begin_accepting() { HUBBUB_ASSERT(!std::exchange(accepting_, true)); }
  void end_accepting() { accepting_ = false; }

  // Not while it still waits for an acceptor that was cancelled.
  bool ready() { return !in_flight() && !armed() && take_from_kernel(); }

  void wait(Listener::Accept& acceptor) {
    arm();
    acceptor_ = &acceptor;
  }
  void stop_waiting() { acceptor_ = nullptr; }

  Stream take() {
    HUBBUB_ASSERT(accepted_ >= 0);
    const int socket = std::exchange(accepted_, -1);
    return {loop_, socket, peer_};
  }

  void close() {
    HUBBUB_ASSERT(!accepting_);
    closing_ = true;
    loop_.timers().disarm(*this);
    if (accepted_ >= 0) loop_.ring().close(accepted_);
    if (in_flight()) {
      loop_.ring().cancel(token());
    } else {
      end();
    }
  }

 private:
  ~ListenerState() = default;

  void arm() {
    if (in_flight() || armed()) return;
    loop_.ring().poll(loop_.operations().add(*this), socket_, POLLIN);
  }

  void complete(const Completion& completion) override {
    if (closing_) return end();
    taken_ = 0;
    if (acceptor_ == nullptr) return;  // who next asks looks for himself
    if (completion.result < 0) back_off(-completion.result);
    if (!armed() && take_from_kernel()) return std::exchange(acceptor_, nullptr)->wake();
    arm();
  }

  // Whether there was one that waited, and the others of the loop need not have their turn first.
  bool take_from_kernel() {
    while (taken_ < Listener::kAtOnce) {
      const int result = loop_.ring().accept(socket_, peer_);
      if (result == -EAGAIN) return false;
      ++taken_;
      if (result >= 0) {
        accepted_ = result;
        if (std::exchange(starved_, false)) report("accepting again", 0);
        return true;
      }
      if (!concerns_one_connection(-result)) {
        back_off(-result);
        return false;
      }
    }
    return false;
  }

  void back_off(int error) {
    if (!starved_) report("cannot accept; trying again every second", error);
    starved_ = true;
    loop_.timers().arm(*this, loop_.now() + Listener::kBackoff);
  }

  // Where nobody waits it is armed by who next does.
  void fire() override {
    if (acceptor_ != nullptr) arm();
  }

  // Not at once: completions are being delivered, and the handler may do anything.
  void report(std::string message, int error) {
    ErrorContext context;
    context.message = std::move(message);
    if (error != 0) {
      context.exception =
          std::make_exception_ptr(system_error(error, "accept on", address_.to_string()));
    }
    loop_.call_soon([&loop = loop_, context] { loop.report(context); });
  }

  void end() {
    loop_.ring().close(socket_);
    delete this;
  }

  Loop& loop_;
  Listener::Accept* acceptor_ = nullptr;
  Address address_;
  int socket_;
  int accepted_ = -1;  // for the acceptor, which has not resumed yet
  Address peer_;       // whose that is
  int taken_ = 0;      // since it last waited
  bool accepting_ = false;
  bool closing_ = false;
  bool starved_ = false;  // in an episode of refused accepts
};

bool Listener::Accept::await_ready() {
  state_.begin_accepting();
  return take_cancel() || state_.ready();
}

void Listener::Accept::start() {
  try {
    state_.wait(*this);
  } catch (...) {
    state_.end_accepting();
    throw;
  }
}

void Listener::Accept::cancel_wait() {
  state_.stop_waiting();
  wake_cancelled();
}

Stream Listener::Accept::await_resume() {
  state_.end_accepting();
  check_cancelled();
  return state_.take();
}

Listener::Listener(Loop& loop, ListeningSocket socket)
    : state_(new ListenerState(loop, std::move(socket))) {}

Listener::Listener(Loop& loop, const Address& address)
    : Listener(loop, std::move(ListeningSocket::open(address, 1).front())) {}

Listener::Listener(Listener&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}

Listener::~Listener() {
  if (state_ != nullptr) state_->close();
}

const Address& Listener::address() const {
  return state_->address();
}

Listener::Accept Listener::accept() {
  return Accept(*state_);
}

}  // namespace core
