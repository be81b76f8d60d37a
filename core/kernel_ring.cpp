// The system calls of a ring that need no ring.
#include "core/kernel_ring.hpp"

#include <cerrno>

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/error.hpp"

namespace core {

KernelRing::KernelRing() : wake_descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_descriptor_ < 0) throw system_error(errno, "eventfd");
}

KernelRing::~KernelRing() {
  ::close(wake_descriptor_);
}

int KernelRing::accept(int listener, Address& peer) {
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  auto* const address = reinterpret_cast<sockaddr*>(&from);
  const int socket = ::accept4(listener, address, &size, SOCK_CLOEXEC);
  if (socket < 0) return -errno;
  peer = Address::from(address, size);
  return socket;
}

void KernelRing::shutdown(int socket, int how) {
  ::shutdown(socket, how);
}

void KernelRing::reset_on_close(int socket) {
  const linger none{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

void KernelRing::close(int descriptor) {
  ::close(descriptor);
}

void KernelRing::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto size = ::write(wake_descriptor_, &one, sizeof one);
}

void KernelRing::forget_wakes() noexcept {
  std::uint64_t ignored = 0;
  [[maybe_unused]] const auto size = ::read(wake_descriptor_, &ignored, sizeof ignored);
}

}  // namespace core
