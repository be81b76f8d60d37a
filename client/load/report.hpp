// The summary of a run for people.
#pragma once

#include <string>

#include "client/load/options.hpp"
#include "client/load/result.hpp"

namespace load {

// Whole lines.
std::string text_report(const Options& options, const Result& result);

}  // namespace load
