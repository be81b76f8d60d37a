// ExceptionGroup: several errors that happened together, as one exception.
#pragma once

#include <exception>
#include <memory>
#include <stdexcept>
#include <vector>

namespace core {

// What leaves a TaskGroup, also when there was only one error, so that whoever handles it need not
// guess. what(), and so describe(), lists them all: "2 errors in a task group: timed out; it
// broke". At least one (asserted), in the order in which they happened; a group may hold groups.
// Copies share the list. Any thread.
class ExceptionGroup : public std::runtime_error {
 public:
  explicit ExceptionGroup(std::vector<std::exception_ptr> exceptions);

  const std::vector<std::exception_ptr>& exceptions() const { return *exceptions_; }

  // The first of a type, also in a group within the group; null where there is none. Lives as long
  // as this (asyncio: `except*` and subgroup()).
  template <class Error>
  const Error* find() const;

 private:
  std::shared_ptr<const std::vector<std::exception_ptr>> exceptions_;
};

// The exception as one of a type, null if it is none. Lives as long as the exception_ptr.
template <class Error>
const Error* exception_as(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return &error;
  } catch (...) {
    return nullptr;
  }
}

template <class Error>
const Error* ExceptionGroup::find() const {
  for (const std::exception_ptr& thrown : *exceptions_) {
    if (const auto* const error = exception_as<Error>(thrown)) return error;
    const auto* const group = exception_as<ExceptionGroup>(thrown);
    if (group == nullptr) continue;
    if (const auto* const error = group->template find<Error>()) return error;
  }
  return nullptr;
}

}  // namespace core
