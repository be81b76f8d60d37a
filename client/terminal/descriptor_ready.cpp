// One poll(2) through the ring.
#include "client/terminal/descriptor_ready.hpp"

#include <cerrno>

#include <poll.h>

namespace client {

void DescriptorReady::start() {
  loop().ring().poll(loop().operations().add(*this), descriptor_, events_);
}

void DescriptorReady::cancel_wait() {
  loop().ring().cancel(token());
}

void DescriptorReady::complete(const core::Completion& completion) {
  if (completion.result == -ECANCELED) return wake_cancelled();
  result_ = completion.result;
  wake();
}

int DescriptorReady::await_resume() const {
  check_cancelled();
  return result_;
}

bool is_ready(int descriptor, short events) {
  pollfd request{.fd = descriptor, .events = events, .revents = 0};
  return ::poll(&request, 1, 0) == 1;
}

}  // namespace client
