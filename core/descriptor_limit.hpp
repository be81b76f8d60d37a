// How many descriptors, and so connections, this process may have.
#pragma once

#include <cstddef>

namespace core {

struct DescriptorLimit {
  std::size_t before;
  std::size_t now;
};

// Raises the soft limit, often 1024, to the hard one, which is often far higher; where the system
// does not let it, `now` says so.
DescriptorLimit raise_descriptor_limit();

}  // namespace core
