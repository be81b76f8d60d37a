// Memory that runs out just where a test wants it, and of which it knows how much is asked for.
#pragma once

#include <cstddef>

namespace core::support {

// After so many more allocations of this thread one fails, and none after that.
void fail_an_allocation_after(int spared);
void fail_no_allocation();

// What this thread has asked operator new for since it began, whether or not it was given back.
std::size_t bytes_asked_for();

}  // namespace core::support
