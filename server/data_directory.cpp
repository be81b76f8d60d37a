// Whatever is new in a directory is there after a loss of power only once the directory is synced.
#include "server/data_directory.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/config.hpp"

namespace server {
namespace {

constexpr const char* kLockName = "lock";

[[noreturn]] void refuse(std::string_view path, int error) {
  throw ConfigError(
      fmt::format("hubbubd: data_dir: {} cannot be used: {}", path, std::strerror(error)));
}

[[noreturn]] void refuse_mode(std::string_view path, mode_t mode, std::string_view what,
                              mode_t wanted) {
  throw ConfigError(fmt::format(
      "hubbubd: data_dir: {0} can be {1} by others (its mode is {2:o}): chmod {3:o} {0}", path,
      what, mode & 07777, wanted));
}

void sync_directory(const std::string& path) {
  const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  ::fsync(directory);
  ::close(directory);
}

}  // namespace

DataDirectory::DataDirectory(std::string path) : path_(std::move(path)) {
  if (::mkdir(path_.c_str(), S_IRWXU) == 0) {
    const std::string parent = std::filesystem::path(path_ + "/..").lexically_normal();
    sync_directory(parent.empty() ? "." : parent);
  } else if (errno != EEXIST) {
    refuse(path_, errno);
  }
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) refuse(path_, errno);
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    refuse_mode(path_, status.st_mode, "written to", S_IRWXU);
  }
  lets_others_in_ = (status.st_mode & (S_IXGRP | S_IXOTH)) != 0;
  const std::string path_of_lock = path_ + "/" + kLockName;
  lock_ = open_file(path_of_lock);
  if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return;
  const int error = errno;
  ::close(lock_);
  if (error != EWOULDBLOCK) refuse(path_of_lock, error);
  throw StoreError(fmt::format("data_dir: {} is in use by another server", path_));
}

DataDirectory::~DataDirectory() {
  ::close(lock_);
}

int DataDirectory::open_file(const std::string& path) const {
  const int file =
      ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (file < 0) refuse(path, errno);
  struct stat status {};
  if (::fstat(file, &status) != 0 ||
      (lets_others_in_ && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)) {
    ::close(file);
    refuse_mode(path, status.st_mode, "read", S_IRUSR | S_IWUSR);
  }
  sync_directory(path_);
  return file;
}

std::string DataDirectory::file(std::string_view name) const {
  std::string path = fmt::format("{}/{}", path_, name);
  ::close(open_file(path));
  return path;
}

}  // namespace server
