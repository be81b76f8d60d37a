// What a process and its machine allow of connections, and what to do where that is too little.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "client/load/options.hpp"

namespace load {

struct Capacity {
  std::size_t descriptors = 0;       // that this process may have (RLIMIT_NOFILE)
  std::size_t ports_per_source = 0;  // from one address to one listener
};

// The ports that the kernel gives to connections (ip_local_port_range in ip(7)).
std::size_t local_ports();

// What does not fit, as a sentence that says which limit it is and what helps; nothing where all
// do.
std::optional<std::string> too_many(const Options& options, const Capacity& capacity);

}  // namespace load
