// Looking a host up without holding the loop up.
#pragma once

#include <string>
#include <vector>

#include "client/terminal/endpoint.hpp"
#include "core/address.hpp"
#include "core/task.hpp"

namespace client {

// The addresses of an endpoint, in the order to try them, or a sentence that says why there are
// none.
struct Resolution {
  std::vector<core::Address> addresses;
  std::string failure;
};

// Cancelled, the wait ends at once, and a look-up that still runs does not keep the program from
// its end.
core::Task<Resolution> resolve(Endpoint endpoint);

}  // namespace client
