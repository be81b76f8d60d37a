// The directory in which a server keeps what is to outlive it, and the lock that makes it one
// server's alone.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace server {

// What is kept cannot be read or written now. what() continues "cannot be stored now: ".
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Its lock (flock(2) on a file in it) is held as long as this lives, and ends with the process
// however that ends.
// Nobody else may write to it, nor, where others can look into it, read or write the files in it:
// they hold hashes of passwords, and whoever changes them is anybody. Such a directory is refused
// and not mended, because it may have been read already (as ssh(1) refuses a key).
// Blocks on the disk. Thread: any.
class DataDirectory {
 public:
  // Makes the directory if there is none, for its owner only (0700). Throws ConfigError where the
  // path cannot be such a directory, or is open to others; StoreError where another server has it.
  explicit DataDirectory(std::string path);
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;
  ~DataDirectory();

  const std::string& path() const { return path_; }
  // The path of a file in it, which is made, empty and for its owner only (0600), if there is none.
  // Throws ConfigError where that cannot be, or it is open to others.
  std::string file(std::string_view name) const;

 private:
  int open_file(const std::string& path) const;

  const std::string path_;
  bool lets_others_in_ = false;
  int lock_ = -1;
};

}  // namespace server
