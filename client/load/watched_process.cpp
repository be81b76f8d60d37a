// What may be wrong with a number, and telling a process from its successor.
#include "client/load/watched_process.hpp"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "client/load/scenario.hpp"

namespace load {
namespace {

std::string why_not(pid_t process) {
  if (::kill(process, 0) != 0 && errno == ESRCH) {
    return fmt::format("there is no process {} (--server-pid)", process);
  }
  std::error_code error;
  if (!std::filesystem::exists(fmt::format("/proc/{}/stat", process), error)) {
    return fmt::format(
        "process {} (--server-pid) may not be looked at by this user (hidepid= of proc(5))",
        process);
  }
  if (beginning_of(process)) {
    return fmt::format("process {} (--server-pid) has no memory: it is one of the kernel's",
                       process);
  }
  return fmt::format("process {} (--server-pid) has ended", process);
}

}  // namespace

WatchedProcess::WatchedProcess(pid_t process) : process_(process), began_(beginning_of(process)) {
  if (!began_ || !memory_of(process)) throw CannotRun(why_not(process));
}

bool WatchedProcess::is_there() {
  if (began_ && beginning_of(process_) != began_) began_.reset();
  return began_.has_value();
}

// Looked for again afterwards: it may have ended, and another begun, in between.
std::optional<CpuTime> WatchedProcess::cpu() {
  const std::optional<CpuTime> cpu = cpu_of(process_);
  return is_there() ? cpu : std::nullopt;
}

std::optional<Memory> WatchedProcess::memory() {
  const std::optional<Memory> memory = memory_of(process_);
  return is_there() ? memory : std::nullopt;
}

}  // namespace load
