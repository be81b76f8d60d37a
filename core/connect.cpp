// Stream::connect(): one connect(2), which a cancel may end.
#include <cerrno>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "core/operation.hpp"
#include "core/stream.hpp"

namespace core {

namespace {

class Connect final : public Waiter, private Operation {
 public:
  Connect(Loop& loop, int socket, const Address& address)
      : loop_(loop), address_(address), socket_(socket) {}
  const char* operation() const override { return "connect"; }
  bool await_ready() { return take_cancel(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) {
    suspend(coroutine);
    loop_.ring().connect(loop_.operations().add(*this), socket_, address_);
  }
  int await_resume() const {
    check_cancelled();
    return result_;
  }

 private:
  void cancel_wait() override { loop_.ring().cancel(token()); }
  void complete(const Completion& completion) override {
    result_ = completion.result;
    result_ == -ECANCELED ? wake_cancelled() : wake();
  }

  Loop& loop_;
  const Address& address_;
  int socket_;
  int result_ = 0;
};

}  // namespace

Task<Stream> Stream::connect(Address address, Address local) {
  Loop& loop = current_loop();
  const int socket = ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
  if (socket < 0) throw system_error(errno, "socket for", address.to_string());
  Stream stream(loop, socket, address);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (local.size() > 0) {
    // Without it the port would be taken from all peers at once: 28,000 instead of as many for
    // each.
    ::setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (::bind(socket, local.data(), local.size()) != 0) {
      throw system_error(errno, "connect from", local.to_string());
    }
  }
  const int result = co_await Connect(loop, socket, address);
  if (result < 0) throw system_error(result, "connect to", address.to_string());
  co_return stream;
}

}  // namespace core
