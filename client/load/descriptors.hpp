// How many connections this process may have.
#pragma once

#include <cstddef>

namespace load {

// Descriptors that a run needs besides one per client: the ring, standard streams, files of proc.
inline constexpr std::size_t kDescriptorsBesides = 32;

struct DescriptorLimit {
  std::size_t before;
  std::size_t now;
};

// Raises the soft limit on descriptors to the hard one. Throws std::system_error.
DescriptorLimit raise_descriptor_limit();

}  // namespace load
