// Reading signals from a descriptor that the ring polls.
#include "core/signals.hpp"

#include <cerrno>
#include <csignal>

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace core {

Signals::Signals(std::initializer_list<int> signals) {
  ::sigemptyset(&set_);
  for (const int signal : signals) ::sigaddset(&set_, signal);
  ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  descriptor_ = ::signalfd(-1, &set_, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor_ < 0) throw system_error(errno, "signalfd");
}

Signals::~Signals() {
  ::close(descriptor_);
}

void Signals::unblock() {
  ::pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
}

void Signals::Next::start() {
  loop().ring().poll(loop().operations().add(*this), descriptor_, POLLIN);
}

void Signals::Next::cancel_wait() {
  cancelling_ = true;
  loop().ring().cancel(token());
}

void Signals::Next::complete(const Completion& completion) {
  if (completion.result == -ECANCELED) return wake_cancelled();
  signalfd_siginfo info{};
  if (::read(descriptor_, &info, sizeof info) != sizeof info) {
    // Nothing was there. Where that poll beat a cancel, the cancel has not been answered yet.
    return cancelling_ ? wake_cancelled() : start();
  }
  signal_ = static_cast<int>(info.ssi_signo);
  wake();
}

int Signals::Next::await_resume() {
  check_cancelled();
  return signal_;
}

}  // namespace core
