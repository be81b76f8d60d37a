// A program under test: started, fed, watched, and gone when the test is over.
#pragma once

#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "tests/e2e/wait.hpp"

namespace e2e {

// An open descriptor that closes itself. Move-only.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { reset(); }

  int get() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  void reset();

 private:
  int number_ = -1;
};

// Standard input is a pipe. Output and errors go to files without a name, so that no amount of
// either holds the program up, and what is there can be looked at any time.
// Destroyed, it kills a program that still runs; the kernel does if the tests themselves are
// killed.
class Process {
 public:
  // The first word is looked up in PATH. A program that is not there ends with status 127.
  explicit Process(const std::vector<std::string>& command);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  pid_t pid() const { return pid_; }
  bool running();
  void signal(int number) const;
  // Its exit status, or 128 and the signal that ended it. Throws Failure if it runs on.
  int wait(Duration patience = kPatience,
           const std::source_location& place = std::source_location::current());

  void write(std::string_view text) const;
  void close_input() { input_.reset(); }

  // Everything it wrote so far.
  std::string output() const;
  std::string errors() const;

  // Waits until the program has written `text`, then gives everything so far.
  std::string wait_for_output(std::string_view text, const std::source_location& place =
                                                         std::source_location::current()) const;
  std::string wait_for_errors(std::string_view text, const std::source_location& place =
                                                         std::source_location::current()) const;

  // Of its memory, those that stand in RAM (VmRSS).
  std::size_t resident_bytes() const;
  // Files and sockets that it has open.
  std::size_t descriptors() const;
  // Time it has computed, in user and kernel mode together.
  Duration cpu_time() const;

 private:
  Descriptor input_;
  Descriptor output_;
  Descriptor errors_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

// A program that runs to its end by itself.
struct Outcome {
  int status;
  std::string output;
  std::string errors;
};
Outcome run(const std::vector<std::string>& command);

// The path of a program under test: HUBBUBD, HUBBUB or HUBBUB_LOAD. main() has seen that it is set.
std::string program(const char* variable);

// The path of a program that was built beside the tests.
std::string program_beside(const std::string& name);

// Whether a program of the distribution is installed.
bool is_installed(const std::string& name);

}  // namespace e2e
