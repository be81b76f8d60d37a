// Assertions that stay on in release builds.
//
// A programming error (a broken contract, an impossible state) must stop the program where it
// happens: a server that goes on with a corrupt state is worse than one that restarts. What the
// network, the kernel or a user can cause is never asserted; it has a named handler instead.
#pragma once

namespace core {

// Prints the condition and its place to standard error and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace core

#define HUBBUB_ASSERT(condition)                       \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::core::assertion_failed(#condition, __FILE__, __LINE__))
