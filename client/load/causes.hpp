// Why connections could not be had, or ended: counted by few words.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace load {

using Causes = std::map<std::string, std::uint64_t>;

// For an errno of connect(2) or of a connection that ended; 0 is an orderly end.
std::string cause_of(int error);

void add(Causes& causes, const Causes& more);

// "12 refused, 3 timed out"; empty for none.
std::string describe(const Causes& causes);

}  // namespace load
