// Choosing a ring: io_uring where it can be had, epoll where it is forbidden.
#pragma once

#include <memory>
#include <string>

#include "core/ring.hpp"
#include "core/uring_ring.hpp"

namespace core {

struct OpenedRing {
  std::unique_ptr<Ring> ring;
  std::string fallback_reason;  // why it is not io_uring; empty when it is
};

// On the thread that will run it. Falls back where io_uring is refused (RingRefused) and for
// nothing else; throws std::system_error where there is neither.
OpenedRing open_ring(const UringOptions& options = {});

}  // namespace core
