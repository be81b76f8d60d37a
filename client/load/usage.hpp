// What processes use of the machine: the tester itself, and the server from outside, as Linux tells
// it in proc(5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <sys/types.h>

namespace load {

// CPU time that was used. The kernel counts `total` exactly and splits it into the other two by
// sampling, so they need not add up.
struct CpuTime {
  std::int64_t total_ns = 0;
  std::int64_t user_ns = 0;
  std::int64_t system_ns = 0;
};
CpuTime operator-(const CpuTime& later, const CpuTime& earlier);

struct Memory {
  std::uint64_t resident_bytes = 0;
  std::uint64_t anonymous_bytes = 0;  // of those, not backed by a file
};

// Of this process.
CpuTime own_cpu();
// Of the calling thread.
CpuTime own_thread_cpu();
// How long the calling thread could have run, but had no processor; 0 where the kernel keeps no
// schedstat.
std::int64_t own_thread_wait_ns();

// How many processors this process may use (sched_getaffinity(2)); at least 1.
std::size_t own_processors();

// Of a process, all its threads, ended ones too; nothing if there is no such process, also where it
// has ended and only its parent has not heard of it, or may not be looked at. The total is to the
// nanosecond, the split in ticks.
std::optional<CpuTime> cpu_of(pid_t process);
// Nothing also of the kernel's own, which have none.
std::optional<Memory> memory_of(pid_t process);
// When it began, in ticks since the machine did: tells it from another that gets its number later.
std::optional<std::uint64_t> beginning_of(pid_t process);

}  // namespace load
