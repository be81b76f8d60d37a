// Watching a pulse, and a stack noted in a signal handler.
#include "core/watchdog.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "core/error.hpp"
#include "core/loop.hpp"
#include "core/task.hpp"

namespace core {

namespace {

constexpr int kSignal = SIGURG;

// What the handler notes: no more than it may do in a signal handler (signal-safety(7)).
struct Note {
  enum class State : std::uint8_t { kIdle, kRequested, kTaking, kTaken };
  std::atomic<State> state = State::kIdle;
  int frames = 0;
  std::array<void*, 64> stack{};
  std::array<char, 64> task{};
  std::source_location resumed_at;
};

Note note;
std::mutex note_in_use;  // by one watchdog at a time

void take_note(int) {
  Note::State requested = Note::State::kRequested;
  if (!note.state.compare_exchange_strong(requested, Note::State::kTaking)) return;
  const int error = errno;
  if (running.task != nullptr) {
    std::strncpy(note.task.data(), running.task->name().data(), note.task.size() - 1);
    note.resumed_at = running.task->waiting_at();
  }
  note.frames = ::backtrace(note.stack.data(), static_cast<int>(note.stack.size()));
  note.state.store(Note::State::kTaken);
  errno = error;
}

std::string describe_frame(void* address) {
  Dl_info found{};
  if (::dladdr(address, &found) == 0) return fmt::format("{}", address);
  const std::string_view path = found.dli_fname;
  const auto offset = static_cast<char*>(address) - static_cast<char*>(found.dli_fbase);
  const std::string where = fmt::format("{}+{:#x}", path.substr(path.rfind('/') + 1), offset);
  if (found.dli_sname == nullptr) return where;
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(found.dli_sname, nullptr, nullptr, &status), std::free);
  return fmt::format("{} ({})", status == 0 ? name.get() : found.dli_sname, where);
}

// The innermost frames are the handler's own and the kernel's way into it.
constexpr int kFramesOfHandler = 2;

}  // namespace

Watchdog::Watchdog(const Loop& loop, Duration limit)
    : loop_(loop), limit_(limit), loop_thread_(::pthread_self()) {
  HUBBUB_ASSERT(limit > Duration::zero());
  void* frame = nullptr;
  ::backtrace(&frame, 1);  // loads what it needs, which a signal handler may not
  struct sigaction action {};
  action.sa_handler = take_note;
  action.sa_flags = SA_RESTART;
  ::sigaction(kSignal, &action, nullptr);
  thread_ = std::thread([this] { watch(); });
}

Watchdog::~Watchdog() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  stop_requested_.notify_one();
  thread_.join();
}

void Watchdog::watch() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are for the loops

  std::uint64_t pulse = loop_.pulse();
  Time since = Clock::now();
  Time last_look = since;
  Duration next_report = limit_;
  std::unique_lock lock(mutex_);
  while (!stop_requested_.wait_for(lock, limit_ / 4, [this] { return stop_; })) {
    const Time now = Clock::now();
    if (now - last_look > limit_) since = now;  // the whole process was stopped, and this with it
    last_look = now;
    const std::uint64_t now_at = loop_.pulse();
    if (now_at != pulse || now_at % 2 == 0) {
      if (next_report > limit_) {
        spdlog::warn("the loop goes on after {:.1f} s",
                     std::chrono::duration<double>(now - since).count());
      }
      pulse = now_at;
      since = now;
      next_report = limit_;
    } else if (now - since >= next_report) {
      report(now - since);
      next_report *= 2;
    }
  }
}

void Watchdog::report(Duration stuck) const {
  const std::scoped_lock lock(note_in_use);
  note.task.fill('\0');
  note.resumed_at = {};
  note.frames = 0;
  note.state.store(Note::State::kRequested);
  std::string text =
      fmt::format("the loop is stuck for {:.1f} s", std::chrono::duration<double>(stuck).count());
  bool taken = ::pthread_kill(loop_thread_, kSignal) == 0;
  for (int i = 0; taken && i < 1000 && note.state.load() != Note::State::kTaken; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  // One that comes too late takes no note; one that is being taken is waited for.
  Note::State requested = Note::State::kRequested;
  if (note.state.compare_exchange_strong(requested, Note::State::kIdle)) taken = false;
  while (note.state.load() == Note::State::kTaking) std::this_thread::yield();
  if (!taken) {  // a system call that nothing interrupts, or a thread that never runs
    spdlog::error("{}; its thread does not answer a signal", text);
    return;
  }
  if (note.task[0] != '\0') {
    text += fmt::format(" in task={} resumed_at={}", note.task.data(), describe(note.resumed_at));
  }
  spdlog::error("{}; its stack, innermost first:", text);
  for (int i = std::min(kFramesOfHandler, note.frames); i < note.frames; ++i) {
    spdlog::error("  #{} {}", i - kFramesOfHandler,
                  describe_frame(note.stack[static_cast<std::size_t>(i)]));
  }
}

}  // namespace core
