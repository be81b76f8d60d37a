// What the kernel knows of this process, for monitoring.
#pragma once

#include <cstdint>

namespace server {

// What cannot be found out is zero.
struct ProcessFacts {
  double cpu_seconds = 0;  // user and system
  std::uint64_t resident_bytes = 0;
  std::uint64_t descriptors_most = 0;  // RLIMIT_NOFILE
  double start_seconds = 0;            // since the epoch

  // Reads a few lines of /proc/self, which never blocks for long. Thread: any.
  static ProcessFacts now();
};

}  // namespace server
