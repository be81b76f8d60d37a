// CrashRestore: the terminal is given back even where the program ends by a fault of its own.
#pragma once

namespace client {

// While it lives, a signal that means a fault (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, which is
// also an assertion or an exception nobody caught) first restores the modes that the terminal on
// standard input had at construction, then ends the program as it would have: same status, same
// core. SIGKILL cannot be helped. At most one (asserted). See signal-safety(7).
class CrashRestore {
 public:
  CrashRestore();
  ~CrashRestore();
  CrashRestore(const CrashRestore&) = delete;
  CrashRestore& operator=(const CrashRestore&) = delete;
};

}  // namespace client
