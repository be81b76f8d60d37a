// What the figures of a run do not say by themselves: that they are not the server's, or not whole.
#pragma once

#include <string>
#include <vector>

#include "client/load/options.hpp"
#include "client/load/result.hpp"

namespace load {

// Plain sentences, the gravest first; none when all went well.
std::vector<std::string> warnings(const Options& options, const Result& result);

// Whether the tester, and not the server, did not keep to the schedule.
bool is_tester_late(const Result& result);
// Whether it, or a thread of it, had hardly any time left, so that what went wrong may be its own
// fault.
bool is_tester_busy(const Result& result);

// The CPU time as a share of a core in the measured window.
double cores(const Result& result, const CpuTime& cpu);

// kRan, kAssertionFailed, or kCouldNotRun where what was measured means nothing.
int exit_status(const Options& options, const Result& result);

}  // namespace load
