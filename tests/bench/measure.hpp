// What both sides of the runtime benchmark measure with, so that they cannot measure differently.
#pragma once

#include <cstddef>
#include <cstdio>
#include <ctime>

#include <malloc.h>

namespace measure {

inline constexpr int kCount = 1'000'000;
inline constexpr int kBatch = 1000;  // spawned together, then awaited

// Processor time rather than time: others may use the machine.
inline double processor_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Bytes that the heap has given out, with what it adds to each piece.
inline std::size_t heap_bytes() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

inline void report(const char* name, double per_operation) {
  std::printf("%s %.1f\n", name, per_operation);
  std::fflush(stdout);
}

// Reports what one of kCount operations took since `begin`.
inline void report_since(const char* name, double begin) {
  report(name, (processor_ns() - begin) / kCount);
}

}  // namespace measure
