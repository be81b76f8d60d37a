// Between fork and exec only what is async-signal-safe; everything else is prepared before.
#include "tests/e2e/process.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace e2e {
namespace {

constexpr int kNotFound = 127;

[[noreturn]] void fail(const char* operation) {
  throw std::runtime_error(std::string(operation) + ": " + std::strerror(errno));
}

Descriptor unnamed_file() {
  Descriptor file(::memfd_create("output", MFD_CLOEXEC));
  if (!file.is_open()) fail("memfd_create");
  return file;
}

std::string content(const Descriptor& file) {
  std::string text;
  char block[65536];
  for (;;) {
    const ssize_t size = ::pread(file.get(), block, sizeof block, static_cast<off_t>(text.size()));
    if (size < 0) fail("pread");
    if (size == 0) return text;
    text.append(block, static_cast<std::size_t>(size));
  }
}

std::string wait_for(const Descriptor& file, const char* name, std::string_view text,
                     const std::source_location& place) {
  std::string all;
  const bool found = wait_until([&] {
    all = content(file);
    return all.find(text) != std::string::npos;
  });
  if (found) return all;
  throw Failure(place,
                "waited for \"" + std::string(text) + "\" on " + name + "; there is:\n" + all);
}

[[noreturn]] void become(const std::vector<char*>& arguments, int input, int output, int errors) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::signal(SIGPIPE, SIG_DFL);  // the tests ignore it, and that would be inherited
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  ::execvp(arguments.front(), arguments.data());
  ::_exit(kNotFound);
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

void Descriptor::reset() {
  if (is_open()) ::close(std::exchange(number_, -1));
}

Process::Process(const std::vector<std::string>& command)
    : output_(unnamed_file()), errors_(unnamed_file()) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);

  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) fail("pipe2");
  const Descriptor its_end(pipe[0]);
  input_ = Descriptor(pipe[1]);
  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) become(arguments, its_end.get(), output_.get(), errors_.get());
}

Process::~Process() {
  if (!running()) return;
  signal(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Process::running() {
  if (status_) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == 0) return true;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

void Process::signal(int number) const {
  if (!status_) ::kill(pid_, number);
}

int Process::wait(Duration patience, const std::source_location& place) {
  if (!wait_until([&] { return !running(); }, patience)) {
    throw Failure(place, "the program did not end; its errors:\n" + errors());
  }
  return *status_;
}

void Process::write(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t size = ::write(input_.get(), text.data(), text.size());
    if (size < 0) fail("write to a program");
    text.remove_prefix(static_cast<std::size_t>(size));
  }
}

std::string Process::output() const {
  return content(output_);
}

std::string Process::errors() const {
  return content(errors_);
}

std::string Process::wait_for_output(std::string_view text,
                                     const std::source_location& place) const {
  return wait_for(output_, "standard output", text, place);
}

std::string Process::wait_for_errors(std::string_view text,
                                     const std::source_location& place) const {
  return wait_for(errors_, "standard error", text, place);
}

std::size_t Process::resident_bytes() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmRSS:")) return 1024 * std::stoull(line.substr(6));
  }
  throw std::runtime_error("the program has no memory: it has ended");
}

std::size_t Process::descriptors() const {
  const std::filesystem::directory_iterator open("/proc/" + std::to_string(pid_) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(open), end(open)));
}

// proc_pid_stat(5): fields 14 and 15, in clock ticks. The second field may hold blanks.
Duration Process::cpu_time() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string all;
  std::getline(file, all);
  const std::size_t name_end = all.rfind(')');
  if (name_end == std::string::npos) throw std::runtime_error("the program has ended");
  std::istringstream rest(all.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) rest >> skipped;
  long user = 0;
  long kernel = 0;
  rest >> user >> kernel;
  return Duration(1s) * (user + kernel) / ::sysconf(_SC_CLK_TCK);
}

Outcome run(const std::vector<std::string>& command) {
  Process process(command);
  process.close_input();
  const int status = process.wait(60s);
  return {status, process.output(), process.errors()};
}

std::string program(const char* variable) {
  return std::getenv(variable);
}

std::string program_beside(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").replace_filename(name);
}

bool is_installed(const std::string& name) {
  std::istringstream path(std::getenv("PATH"));
  for (std::string folder; std::getline(path, folder, ':');) {
    if (::access((folder + "/" + name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace e2e
