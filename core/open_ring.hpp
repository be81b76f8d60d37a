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

OpenedRing open_ring(const UringOptions& options = {});

}  // namespace core
