// A folder that is gone afterwards.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace e2e {

class Folder {
 public:
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "hubbubd-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace e2e
