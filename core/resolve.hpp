// Looking a host up without holding the loop up.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/address.hpp"
#include "core/executor.hpp"
#include "core/task.hpp"

namespace core {

// A host that could not be found; what() names it and says why: "cannot find nowhere: Name or
// service not known".
class ResolveError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The addresses of a host for stream sockets, at least one, in the order to try them (RFC 6724),
// each with the port. `host` is a name or a numeric address (IPv6 without brackets), which is
// taken as it is at once. A name, also localhost, goes to getaddrinfo(3) in a thread of the
// executor, which may take half a minute where no name server answers.
// Throws ResolveError. Cancelled, the wait ends at once and the look-up is left to itself.
Task<std::vector<Address>> resolve(Executor& executor, std::string host, std::uint16_t port);

}  // namespace core
