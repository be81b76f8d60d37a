// DayWatch: tells when a day has begun, so that "12:03" says of which.
#pragma once

#include <ctime>
#include <optional>
#include <string>

namespace client {

// By the local calendar (TZ). Thread: one.
class DayWatch {
 public:
  explicit DayWatch(std::time_t now) : day_(day_of(now)) {}

  // A sentence at the first call on another day than that of the call before, or of construction:
  // "it is Friday, 27 November 2026". Nothing else.
  std::optional<std::string> look(std::time_t now);

  // Seconds until the next day begins: 1 to 25 hours.
  static std::time_t until_midnight(std::time_t now);

 private:
  static int day_of(std::time_t now);  // distinguishes a day from its neighbours

  int day_;
};

}  // namespace client
