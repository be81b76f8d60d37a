// Turning errno values and exceptions into sentences.
#include "core/error.hpp"

#include <cstdlib>

#include <fmt/format.h>

namespace core {

std::system_error system_error(int error, std::string_view operation, std::string_view subject) {
  std::string what(operation);
  if (!subject.empty()) what.append(" ").append(subject);
  return {std::abs(error), std::generic_category(), what};
}

std::string describe(const std::exception_ptr& exception) {
  if (!exception) return "no exception";
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& error) {
    return error.what();
  } catch (const Cancelled&) {
    return "cancelled";
  } catch (...) {
    return "an exception of an unknown type";
  }
}

// The compiler has the path as the build gave it, which leads out of the build's folder first.
std::string describe(const std::source_location& place) {
  std::string_view file = place.file_name();
  while (file.starts_with("../")) file.remove_prefix(3);
  return fmt::format("{}:{}", file, place.line());
}

bool is_cancelled(const std::exception_ptr& exception) noexcept {
  if (!exception) return false;
  try {
    std::rethrow_exception(exception);
  } catch (const Cancelled&) {
    return true;
  } catch (...) {
    return false;
  }
}

namespace {

void append_place(std::string& line, std::string_view label, const std::source_location& place) {
  if (place.line() == 0) return;
  line += fmt::format(" {}={}", label, describe(place));
}

}  // namespace

std::string ErrorContext::describe() const {
  std::string line = message;
  if (exception) line += fmt::format(": {}", core::describe(exception));
  if (!connection.empty()) line += fmt::format(" connection={}", connection);
  if (!task.empty()) line += fmt::format(" task={}", task);
  append_place(line, "spawned_at", spawned_at);
  append_place(line, "waiting_at", waiting_at);
  for (std::size_t i = 1; i < awaits.size(); ++i) append_place(line, "awaited_at", awaits[i]);
  return line;
}

}  // namespace core
