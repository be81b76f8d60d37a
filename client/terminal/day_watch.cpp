// The calendar is the C library's; English names, as everything else here.
#include "client/terminal/day_watch.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace client {
namespace {

constexpr std::array kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                              "Thursday", "Friday", "Saturday"};
constexpr std::array kMonths = {"January",   "February", "March",    "April",
                                "May",       "June",     "July",     "August",
                                "September", "October",  "November", "December"};

std::tm local(std::time_t now) {
  std::tm calendar{};
  ::localtime_r(&now, &calendar);
  return calendar;
}

}  // namespace

int DayWatch::day_of(std::time_t now) {
  constexpr int kDaysMost = 366;
  const std::tm calendar = local(now);
  return calendar.tm_year * kDaysMost + calendar.tm_yday;
}

std::optional<std::string> DayWatch::look(std::time_t now) {
  const int day = day_of(now);
  if (day == day_) return std::nullopt;
  day_ = day;
  const std::tm calendar = local(now);
  return fmt::format("it is {}, {} {} {}", kDays[static_cast<std::size_t>(calendar.tm_wday)],
                     calendar.tm_mday, kMonths[static_cast<std::size_t>(calendar.tm_mon)],
                     1900 + calendar.tm_year);
}

// mktime puts the 32nd of a month right, and finds out whether the clock is changed that night.
std::time_t DayWatch::until_midnight(std::time_t now) {
  std::tm calendar = local(now);
  calendar.tm_hour = calendar.tm_min = calendar.tm_sec = 0;
  ++calendar.tm_mday;
  calendar.tm_isdst = -1;
  return std::max<std::time_t>(std::mktime(&calendar) - now, 1);
}

}  // namespace client
