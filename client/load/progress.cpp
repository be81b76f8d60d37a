// Writing the progress line; the terminal's line is taken away again at the end.
#include "client/load/progress.hpp"

#include <chrono>
#include <cstdio>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client/load/format.hpp"
#include "core/timeout.hpp"

namespace load {

Progress::Progress(core::Loop& loop, const Traffic& traffic, std::size_t clients, bool quiet)
    : loop_(loop),
      traffic_(traffic),
      clients_(clients),
      last_time_(loop.now()),
      quiet_(quiet),
      terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_ && terminal_) fmt::print(stderr, "\r\033[K");
}

core::Task<void> Progress::show() {
  while (!quiet_) {
    co_await core::sleep(std::chrono::seconds(1));
    const bool began_anew = traffic_.latency.count() < last_latency_.count();
    heat_.add((traffic_.latency - (began_anew ? Histogram() : last_latency_)).quantile(0.99));
    print(line());
    last_ = traffic_.counters;
    last_latency_ = traffic_.latency;
    last_time_ = loop_.now();
  }
}

void Progress::print(const std::string& text) {
  shown_ = true;
  fmt::print(stderr, "{}{}{}", terminal_ ? "\r" : "", text, terminal_ ? "\033[K" : "\n");
}

std::string Progress::line() const {
  const Counters& counters = traffic_.counters;
  if (counters.connected < clients_) {
    return fmt::format("connecting  {} of {}", grouped(counters.connected), grouped(clients_));
  }
  if (counters.confirmed < clients_) {
    return fmt::format("joining  {} of {}", grouped(counters.confirmed), grouped(clients_));
  }
  return traffic_line();
}

std::string Progress::traffic_line() const {
  const std::chrono::duration<double> seconds = loop_.now() - last_time_;
  const Throughput since = traffic_.counters - last_;
  std::string text = fmt::format("{}  {} sends/s  {} deliveries/s  {} outstanding", phase_,
                                 rate(static_cast<double>(since.sent) / seconds.count()),
                                 rate(static_cast<double>(since.received) / seconds.count()),
                                 grouped(traffic_.counters.outstanding()));
  if (!traffic_.latency.empty()) {
    text += fmt::format("  p50 {}  p99 {}",
                        nanoseconds(static_cast<double>(traffic_.latency.quantile(0.5))),
                        nanoseconds(static_cast<double>(traffic_.latency.quantile(0.99))));
  }
  return text + heat(text.size());
}

std::string Progress::heat(std::size_t columns_taken) const {
  constexpr std::size_t kLeast = 8;  // fewer show nothing
  constexpr std::string_view kLabel = "  p99 over time ";
  winsize size = {};
  if (!terminal_ || ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0) return {};
  const std::size_t taken = columns_taken + kLabel.size() + 1;
  if (size.ws_col < taken + kLeast) return {};
  return std::string(kLabel) + heat_.draw(size.ws_col - taken);
}

}  // namespace load
