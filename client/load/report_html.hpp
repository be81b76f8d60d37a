// The summary of a run with pictures, for whoever is to be shown it.
#pragma once

#include <string>

#include "client/load/options.hpp"
#include "client/load/result.hpp"

namespace load {

// One HTML document that needs nothing else: no script, no style sheet, no picture of its own.
std::string html_report(const Options& options, const Result& result);

}  // namespace load
