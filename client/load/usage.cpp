// Reading /proc/PID/stat and status, and the clock of a process. It may end between opening and
// reading: the kernel then answers ESRCH or ENOENT, which is no error here.
#include "client/load/usage.hpp"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace load {
namespace {

std::int64_t in_ns(const timeval& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_usec} * 1'000;
}

struct Stat {
  std::int64_t user_ticks = 0;
  std::int64_t system_ticks = 0;
  std::uint64_t began_ticks = 0;
};

// Fields 3, 14, 15 and 22; the name in field 2 may hold anything, but ends with the last ')'. One
// that has ended but whose parent has not asked for its status (Z) is there no more.
std::optional<Stat> stat_of(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string text;
  std::getline(file, text, '\0');  // all of it; unlike an iterator it does not throw
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  Stat stat;
  char state = 0;
  std::string skipped;
  fields >> state;
  for (int field = 4; field < 14; ++field) fields >> skipped;
  fields >> stat.user_ticks >> stat.system_ticks;
  for (int field = 16; field < 22; ++field) fields >> skipped;
  if (!(fields >> stat.began_ticks) || state == 'Z' || state == 'X') return std::nullopt;
  return stat;
}

// Those of its threads that have ended are in it.
std::optional<std::int64_t> clock_of(pid_t process) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    return std::nullopt;
  }
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

CpuTime cpu_of_who(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const std::int64_t user = in_ns(usage.ru_utime);
  const std::int64_t system = in_ns(usage.ru_stime);
  return {user + system, user, system};
}

}  // namespace

CpuTime operator-(const CpuTime& later, const CpuTime& earlier) {
  return {later.total_ns - earlier.total_ns, later.user_ns - earlier.user_ns,
          later.system_ns - earlier.system_ns};
}

CpuTime own_cpu() {
  return cpu_of_who(RUSAGE_SELF);
}

CpuTime own_thread_cpu() {
  return cpu_of_who(RUSAGE_THREAD);
}

std::int64_t own_thread_wait_ns() {
  std::ifstream file("/proc/thread-self/schedstat");
  std::int64_t ran_ns = 0;
  std::int64_t waited_ns = 0;
  return file >> ran_ns >> waited_ns ? waited_ns : 0;
}

// A machine may have more processors than a cpu_set_t has bits; then the kernel refuses, and
// hardware_concurrency() knows no better than to count them all.
std::size_t own_processors() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (::sched_getaffinity(0, sizeof mask, &mask) != 0) {
    return std::max(std::thread::hardware_concurrency(), 1U);
  }
  return static_cast<std::size_t>(CPU_COUNT(&mask));
}

std::optional<CpuTime> cpu_of(pid_t process) {
  const std::optional<Stat> stat = stat_of(process);
  if (!stat) return std::nullopt;
  const std::int64_t tick_ns = 1'000'000'000 / ::sysconf(_SC_CLK_TCK);
  const std::int64_t user_ns = stat->user_ticks * tick_ns;
  const std::int64_t system_ns = stat->system_ticks * tick_ns;
  return CpuTime{clock_of(process).value_or(user_ns + system_ns), user_ns, system_ns};
}

std::optional<std::uint64_t> beginning_of(pid_t process) {
  const std::optional<Stat> stat = stat_of(process);
  return stat ? std::optional(stat->began_ticks) : std::nullopt;
}

std::optional<Memory> memory_of(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/status", process));
  Memory memory;
  bool found = false;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string name;
    std::uint64_t kibibytes = 0;
    fields >> name >> kibibytes;
    if (name == "VmRSS:") {
      memory.resident_bytes = kibibytes * 1024;
      found = true;
    }
    if (name == "RssAnon:") memory.anonymous_bytes = kibibytes * 1024;
  }
  return found ? std::optional(memory) : std::nullopt;
}

}  // namespace load
