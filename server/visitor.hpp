// A visitor: somebody who is here or was, whatever it is called by then, for what is remembered
// about it.
#pragma once

#include <memory>

namespace server {

// Thread: under the directory's lock.
struct Presence {
  bool is_here = true;
};

// Two of the same user are equal, and of no others, not even of those who come later.
using Visitor = std::shared_ptr<const Presence>;

}  // namespace server
