// The one place where a broken contract ends the program. It uses nothing but stdio, because what
// is broken may be the logger.
#include "core/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace core {

void assertion_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "assertion failed: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace core
