// The server's process, looked at from outside, for as long as there is one.
#pragma once

#include <cstdint>
#include <optional>

#include <sys/types.h>

#include "client/load/usage.hpp"

namespace load {

// Once it was found ended it stays so, whoever has its number then. Thread: one at a time.
class WatchedProcess {
 public:
  // Throws CannotRun with a sentence that says which of them it is: no such process, one that has
  // ended, one of the kernel's, or one that this user may not look at.
  explicit WatchedProcess(pid_t process);

  pid_t number() const { return process_; }

  // Nothing once it has ended.
  std::optional<CpuTime> cpu();
  std::optional<Memory> memory();
  bool is_there();

 private:
  pid_t process_;
  std::optional<std::uint64_t> began_;  // nothing: it has ended
};

}  // namespace load
