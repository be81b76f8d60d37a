// Readline's history with a file behind it. Nothing here is worth a complaint to the user: without
// a file there is just no memory of earlier runs.
#include "client/terminal/input_history.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <readline/history.h>
#include <stdio.h>  // history.h uses FILE
#include <sys/stat.h>
#include <unistd.h>

namespace client {
namespace {

namespace fs = std::filesystem;

// A relative $XDG_STATE_HOME is invalid by its specification and ignored.
fs::path state_directory() {
  const char* const state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && fs::path(state).is_absolute()) return state;
  const char* const home = std::getenv("HOME");
  if (home == nullptr || !fs::path(home).is_absolute()) return {};
  return fs::path(home) / ".local" / "state";
}

// Creates the file and the directories on the way; empty if that is not possible.
std::string prepare_file() {
  const fs::path state = state_directory();
  if (state.empty()) return {};
  const fs::path directory = state / "hubbub";
  std::error_code error;
  if (fs::create_directories(directory, error)) {
    fs::permissions(directory, fs::perms::owner_all, error);
  }
  const std::string path = directory / "history";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return {};
  ::close(file);
  return path;
}

}  // namespace

InputHistory::InputHistory() : path_(prepare_file()) {
  ::using_history();
  ::stifle_history(kMost);
  if (!path_.empty()) ::read_history(path_.c_str());
}

// At once, so that the lines of clients that end together do not mix.
InputHistory::~InputHistory() {
  const std::string lines = added_lines();
  if (path_.empty() || lines.empty()) return;
  const int file = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t written = ::write(file, lines.data(), lines.size());
  ::close(file);
  ::history_truncate_file(path_.c_str(), kMost);
}

// The file has a line for each: a text of several would come back in pieces.
std::string InputHistory::added_lines() const {
  std::string lines;
  const int count = std::min(added_, ::history_length);
  for (int i = ::history_length - count; i < ::history_length; ++i) {
    const std::string_view line = ::history_get(::history_base + i)->line;
    if (line.find('\n') == std::string_view::npos) lines.append(line) += '\n';
  }
  return lines;
}

void InputHistory::add(const std::string& line) {
  if (line.empty()) return;
  const HIST_ENTRY* const last = ::history_get(::history_base + ::history_length - 1);
  if (last != nullptr && line == last->line) return;
  ::add_history(line.c_str());
  ::using_history();  // the line that has begun meanwhile comes after it
  ++added_;
}

}  // namespace client
