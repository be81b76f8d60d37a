// RLIMIT_NOFILE, getrlimit(2).
#include "client/load/descriptors.hpp"

#include <cerrno>

#include <sys/resource.h>

#include "core/error.hpp"

namespace load {

DescriptorLimit raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) throw core::system_error(errno, "getrlimit");
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) throw core::system_error(errno, "setrlimit");
  return {before, limit.rlim_cur};
}

}  // namespace load
