// The one place of the load tester that knows errno values.
#include "client/load/causes.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "client/load/format.hpp"

namespace load {

std::string cause_of(int error) {
  switch (error) {
    case 0:
      return "closed by the server";
    case ECONNREFUSED:
      return "refused";
    case ETIMEDOUT:
      return "timed out";
    case ECONNRESET:
    case EPIPE:
      return "reset";
    case ENETUNREACH:
    case EHOSTUNREACH:
      return "unreachable";
    case EADDRNOTAVAIL:
      return "no local port left";
    case EMFILE:
    case ENFILE:
      return "no descriptor left";
    default:
      return std::strerror(error);
  }
}

void add(Causes& causes, const Causes& more) {
  for (const auto& [cause, count] : more) causes[cause] += count;
}

std::string describe(const Causes& causes) {
  std::string text;
  for (const auto& [cause, count] : causes) {
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {}", grouped(count), cause);
  }
  return text;
}

}  // namespace load
