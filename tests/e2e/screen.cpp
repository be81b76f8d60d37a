// tmux commands, one process each: slow, but what a person could type.
#include "tests/e2e/screen.hpp"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include "tests/e2e/process.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

std::string unique_name() {
  static std::atomic<int> count = 0;
  return "hubbub-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

std::string trimmed(std::string text) {
  while (text.ends_with('\n') || text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace

Screen::Screen(const std::string& command, int columns, int rows,
               const std::vector<std::string>& environment, Place place)
    : name_(unique_name()), folder_(std::filesystem::temp_directory_path() / name_) {
  std::filesystem::create_directories(folder_);
  const std::string configuration = folder_ + "/tmux.conf";
  std::ofstream(configuration) << "set -g default-terminal tmux-256color\n"
                                  "set -g history-limit 10000\n"
                                  "set -g status off\n"
                                  "set -sg escape-time 0\n";
  const std::string script = folder_ + "/run.sh";
  // The trap: a shell that gets Ctrl-C together with the program would end with it.
  std::ofstream(script) << "trap : INT QUIT\nstty -a >" << folder_ << "/before\n"
                        << "sh -c 'echo $$ >" << folder_ << "/pid; exec " << command << "'\n"
                        << "echo \"ended with $?\"\nstty -a >" << folder_ << "/after\n"
                        << "exec cat >/dev/null\n";
  std::vector<std::string> arguments = {
      "-f", configuration,           "-u", "new-session",       "-d",
      "-x", std::to_string(columns), "-y", std::to_string(rows)};
  arguments.insert(arguments.end(), {"-e", "XDG_STATE_HOME=" + folder_, "-e",
                                     "XDG_CONFIG_HOME=" + folder_, "-e", "LC_ALL=C.UTF-8"});
  for (const std::string& variable : environment)
    arguments.insert(arguments.end(), {"-e", variable});
  arguments.push_back("exec sh " + script);
  const std::string output = tmux(arguments);
  if (!wait_until([&] { return pid() > 0; })) {
    throw Failure(place, "the program did not start: " + output);
  }
}

Screen::~Screen() {
  tmux({"kill-server"});
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

std::string Screen::tmux(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"env", "-u", "TMUX", "tmux", "-L", name_});
  const Outcome outcome = run(arguments);
  return outcome.output + outcome.errors;
}

void Screen::press(const std::string& key) const {
  tmux({"send-keys", key});
}

void Screen::type(std::string_view text) const {
  tmux({"send-keys", "-l", std::string(text)});
}

void Screen::enter(std::string_view text) const {
  type(text);
  press("Enter");
}

void Screen::paste(std::string_view text) const {
  tmux({"set-buffer", std::string(text)});
  tmux({"paste-buffer", "-p", "-r"});
}

void Screen::resize(int columns, int rows) const {
  tmux({"resize-window", "-x", std::to_string(columns), "-y", std::to_string(rows)});
}

std::string Screen::text() const {
  return trimmed(tmux({"capture-pane", "-p", "-J", "-S", "-"}));
}

std::string Screen::styled_text() const {
  return trimmed(tmux({"capture-pane", "-p", "-e", "-J", "-S", "-"}));
}

std::string Screen::last_line() const {
  const std::string all = text();
  return all.substr(all.rfind('\n') + 1);
}

std::string Screen::sees(std::string_view part, Place place) const {
  std::string all;
  const bool found = wait_until([&] { return contains(all = text(), part); });
  if (found) return all;
  throw Failure(place, "waited for \"" + std::string(part) + "\" on the screen; there is:\n" + all);
}

void Screen::rests_at(std::string_view line, Place place) const {
  if (wait_until([&] { return last_line() == line; })) return;
  throw Failure(place, "waited for the last line to be \"" + std::string(line) +
                           "\"; the screen is:\n" + text());
}

int Screen::pid() const {
  return std::atoi(content("pid").c_str());
}

std::string Screen::content(const std::string& file) const {
  std::ostringstream text;
  text << std::ifstream(folder_ + "/" + file).rdbuf();
  return text.str();
}

}  // namespace e2e
