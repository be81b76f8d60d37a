// RLIMIT_NOFILE, getrlimit(2).
#include "core/descriptor_limit.hpp"

#include <sys/resource.h>

#include "core/assert.hpp"

namespace core {
namespace {

rlimit descriptor_limit() {
  rlimit limit{};
  const int failed = ::getrlimit(RLIMIT_NOFILE, &limit);
  HUBBUB_ASSERT(failed == 0);
  return limit;
}

}  // namespace

// It is refused where the hard limit is above fs.nr_open, which may have been lowered since.
DescriptorLimit raise_descriptor_limit() {
  rlimit limit = descriptor_limit();
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return {before, descriptor_limit().rlim_cur};
}

}  // namespace core
