// The files that a run writes at its end: made sure of before it begins, since it may take hours.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace load {

// Keeps each file for one writer, whatever names it has (./x, a link). A file that was not there is
// made, and removed by the destructor if nothing was written into it. Blocks on the disk. Thread:
// any, one at a time.
class OutputFiles {
 public:
  OutputFiles() = default;
  OutputFiles(const OutputFiles&) = delete;
  OutputFiles& operator=(const OutputFiles&) = delete;
  ~OutputFiles();

  // False: another writer has it. "-", standard output, is everybody's. Throws CannotRun where it
  // cannot be written. What is in the file stays.
  bool claim(const std::string& name);

 private:
  std::vector<std::pair<dev_t, ino_t>> claimed_;
  std::vector<std::string> made_;
};

// Whether both are there and one. Blocks on the disk.
bool is_same_file(const std::string& one, const std::string& other);

// Replaces what is in a file. Throws CannotRun.
void write_file(const std::string& name, const std::string& text);

}  // namespace load
