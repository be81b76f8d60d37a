// A file is told by its device and inode. Only regular ones are opened ahead of time: who reads
// from a FIFO would take that for the end.
#include "client/load/output_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/load/scenario.hpp"

namespace load {
namespace {

[[noreturn]] void cannot_write(const std::string& name) {
  throw CannotRun(fmt::format("cannot write {}: {}", name, std::strerror(errno)));
}

}  // namespace

OutputFiles::~OutputFiles() {
  for (const std::string& name : made_) {
    std::error_code error;
    if (std::filesystem::file_size(name, error) == 0 && !error) {
      std::filesystem::remove(name, error);
    }
  }
}

bool OutputFiles::claim(const std::string& name) {
  if (name == "-") return true;
  struct stat file {};
  const bool is_there = ::stat(name.c_str(), &file) == 0;
  if (is_there && !S_ISREG(file.st_mode)) {
    if (S_ISDIR(file.st_mode)) errno = EISDIR;
    if (S_ISDIR(file.st_mode) || ::access(name.c_str(), W_OK) != 0) cannot_write(name);
  } else {
    const int descriptor = ::open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) cannot_write(name);
    if (!is_there) made_.push_back(name);
    ::fstat(descriptor, &file);
    ::close(descriptor);
  }
  const std::pair identity(file.st_dev, file.st_ino);
  if (std::find(claimed_.begin(), claimed_.end(), identity) != claimed_.end()) return false;
  claimed_.push_back(identity);
  return true;
}

bool is_same_file(const std::string& one, const std::string& other) {
  std::error_code error;
  return std::filesystem::equivalent(one, other, error);
}

void write_file(const std::string& name, const std::string& text) {
  std::FILE* const file = std::fopen(name.c_str(), "w");
  const bool written = file != nullptr && std::fputs(text.c_str(), file) >= 0;
  if (file == nullptr || std::fclose(file) != 0 || !written) cannot_write(name);
}

}  // namespace load
