// Reading /proc/PID/stat, task/*/schedstat and status. The process, or one of its threads, may end
// between opening and reading: the kernel then answers ESRCH or ENOENT, which is no error here.
#include "client/load/usage.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
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

// Fields 14 and 15 of stat; the name in field 2 may hold anything, but ends with the last ')'.
std::optional<CpuTime> ticks_of(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string text;
  std::getline(file, text, '\0');  // all of it; unlike an iterator it does not throw
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::int64_t user = 0;
  std::int64_t system = 0;
  if (!(fields >> user >> system)) return std::nullopt;
  const std::int64_t tick_ns = 1'000'000'000 / ::sysconf(_SC_CLK_TCK);
  return CpuTime{(user + system) * tick_ns, user * tick_ns, system * tick_ns};
}

// The first field of every thread's schedstat; nothing where the kernel keeps none.
std::optional<std::int64_t> scheduled_ns(pid_t process) {
  std::int64_t sum = 0;
  std::error_code error;
  std::filesystem::directory_iterator thread(fmt::format("/proc/{}/task", process), error);
  while (!error && thread != std::filesystem::directory_iterator()) {
    std::ifstream file(thread->path() / "schedstat");
    std::int64_t run_ns = 0;
    if (file >> run_ns) sum += run_ns;
    thread.increment(error);
  }
  return sum > 0 ? std::optional(sum) : std::nullopt;
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
  std::optional<CpuTime> time = ticks_of(process);
  if (time) time->total_ns = scheduled_ns(process).value_or(time->total_ns);
  return time;
}

std::optional<Memory> memory_of(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/status", process));
  if (!file) return std::nullopt;
  Memory memory;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string name;
    std::uint64_t kibibytes = 0;
    fields >> name >> kibibytes;
    if (name == "VmRSS:") memory.resident_bytes = kibibytes * 1024;
    if (name == "RssAnon:") memory.anonymous_bytes = kibibytes * 1024;
  }
  return memory;
}

}  // namespace load
