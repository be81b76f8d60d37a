// Writing the progress line; the terminal's line is taken away again at the end.
#include "client/load/progress.hpp"

#include <chrono>
#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client/load/format.hpp"
#include "client/load/team.hpp"
#include "core/timeout.hpp"

namespace load {
namespace {

// In place of the line before. The cursor rests where the line begins: a terminal that is made
// narrower and wraps the line keeps it there, and everything behind the next one is taken away. Not
// from the first column on: tmux keeps what was on a screen that is cleared as a whole.
void put(const std::string& line) {
  fmt::print(stderr, "\r{}\033[J\r", line);
}

// Asked for each line, since a person may change it.
std::size_t columns() {
  winsize size = {};
  const bool is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : 80;
}

}  // namespace

Progress::Progress(core::Loop& loop, std::size_t clients, bool quiet)
    : loop_(loop),
      clients_(clients),
      last_time_(loop.now()),
      quiet_(quiet),
      terminal_(::isatty(STDERR_FILENO) == 1) {}

void Progress::clear() {
  if (shown_ && terminal_) put(" ");
  shown_ = false;
}

core::Task<void> Progress::show(Team& team) {
  while (!quiet_) {
    co_await core::sleep(std::chrono::seconds(1));
    const std::unique_ptr<Reading> now = co_await team.reading();
    const bool began_anew = now->latency.count() < last_latency_.count();
    heat_.add((now->latency - (began_anew ? Histogram() : last_latency_)).quantile(0.99));
    print(line(*now));
    last_ = now->counters;
    last_latency_ = now->latency;
    last_time_ = loop_.now();
  }
}

void Progress::print(const std::string& text) {
  shown_ = true;
  if (terminal_) {
    put(fields_that_fit(text, columns() - 1));
  } else {
    fmt::print(stderr, "{}\n", text);
  }
}

std::string Progress::line(const Reading& now) const {
  const Counters& counters = now.counters;
  if (counters.connected < clients_) {
    return fmt::format("connecting  {} of {}", grouped(counters.connected), grouped(clients_));
  }
  if (counters.confirmed < clients_) {
    return fmt::format("joining  {} of {}", grouped(counters.confirmed), grouped(clients_));
  }
  return traffic_line(now);
}

std::string Progress::traffic_line(const Reading& now) const {
  const std::chrono::duration<double> seconds = loop_.now() - last_time_;
  const Throughput since = now.counters - last_;
  std::string text = fmt::format("{}  {} sends/s  {} deliveries/s  {} outstanding", phase_,
                                 rate(static_cast<double>(since.sent) / seconds.count()),
                                 rate(static_cast<double>(since.received) / seconds.count()),
                                 grouped(now.counters.outstanding()));
  if (!now.latency.empty()) {
    text +=
        fmt::format("  p50 {}  p99 {}", nanoseconds(static_cast<double>(now.latency.quantile(0.5))),
                    nanoseconds(static_cast<double>(now.latency.quantile(0.99))));
  }
  return text + heat(text.size());
}

std::string Progress::heat(std::size_t columns_taken) const {
  constexpr std::size_t kLeast = 8;  // fewer show nothing
  constexpr std::string_view kLabel = "  p99 over time ";
  const std::size_t taken = columns_taken + kLabel.size() + 1;
  if (!terminal_ || columns() < taken + kLeast) return {};
  return std::string(kLabel) + heat_.draw(columns() - taken);
}

}  // namespace load
