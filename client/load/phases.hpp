// Phases: several runs in turn, as a file describes them.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace load {

struct Phase {
  std::string name;
  std::string place;                   // where it stands: FILE:LINE
  std::vector<std::string> arguments;  // of the command line, the scenario first
};

// FILE[:LINE]: what is wrong, a line for each thing.
class PhasesError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A YAML mapping: `phases`, a list of mappings, each with a `name`, a `scenario` and options by
// their names on the command line, without dashes; and `all`, options that hold for each phase that
// does not have its own. A list gives an option several times, true gives one that has no value.
// `more`, from the command line, comes after and counts more. What options there are and what they
// take is for parse_options() to say. Throws PhasesError. Blocks on the disk.
std::vector<Phase> read_phases(const std::string& file, const std::vector<std::string>& more);

}  // namespace load
