// The text of a group of exceptions.
#include "core/exception_group.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/assert.hpp"
#include "core/error.hpp"

namespace core {
namespace {

std::string list(const std::vector<std::exception_ptr>& exceptions) {
  HUBBUB_ASSERT(!exceptions.empty());
  const char* const plural = exceptions.size() == 1 ? "" : "s";
  std::string text = fmt::format("{} error{} in a task group", exceptions.size(), plural);
  const char* separator = ": ";
  for (const std::exception_ptr& exception : exceptions) {
    text += std::exchange(separator, "; ") + describe(exception);
  }
  return text;
}

}  // namespace

ExceptionGroup::ExceptionGroup(std::vector<std::exception_ptr> exceptions)
    : std::runtime_error(list(exceptions)),
      exceptions_(std::make_shared<const std::vector<std::exception_ptr>>(std::move(exceptions))) {}

}  // namespace core
