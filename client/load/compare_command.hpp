// hubbub-load compare: the command line that reads two runs instead of making one.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "client/load/options.hpp"

namespace load {

struct CompareOptions {
  std::string before = {};  // files, as --json writes them
  std::string after = {};
  double tolerance = 0.05;                 // a share
  std::optional<std::string> report = {};  // a file
};

// argv[0] is the program, argv[1] the word compare.
std::variant<CompareOptions, ExitRequest> parse_compare(int argc, const char* const* argv);

// What to print and to exit with: kRan, or kAssertionFailed where the second run is worse. Throws
// std::runtime_error for a file that cannot be read, and for runs that cannot be compared. Writes
// nothing itself; `page` is set where a report is asked for.
ExitRequest run_compare(const CompareOptions& options, std::string& page);

}  // namespace load
