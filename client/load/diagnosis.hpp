// What the figures of a run do not say by themselves: that they are not the server's, or not whole.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/load/options.hpp"
#include "client/load/result.hpp"

namespace load {

// Plain sentences, the gravest first; none when all went well.
std::vector<std::string> warnings(const Options& options, const Result& result);

// Whether the tester, and not the server, did not keep to the schedule.
bool is_tester_late(const Result& result);
// Whether a thread of it had hardly any time left, because it ran or waited for a processor that
// others had; so that what went wrong may be its own fault.
bool is_tester_busy(const Result& result);

// A time, such as that of a processor, as a share of the measured window.
double share_of_window(const Result& result, std::int64_t time_ns);

// kRan, kAssertionFailed, or kCouldNotRun where what was measured means nothing.
int exit_status(const Options& options, const Result& result);

}  // namespace load
