// The summary of a run for programs.
#pragma once

#include <string>

#include "client/load/options.hpp"
#include "client/load/result.hpp"

namespace load {

// One JSON object and a line end. Its schema is in README.md.
std::string json_report(const Options& options, const Result& result);

}  // namespace load
