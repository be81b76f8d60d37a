// Whether two recorded runs can be held against each other, and what has to be known of it.
#pragma once

#include <string>
#include <vector>

#include "client/load/recorded_run.hpp"

namespace load {

// Throws std::runtime_error with a sentence where no comparison means anything: one of the runs was
// not finished or measured nothing, or they are of different scenarios.
void check_comparable(const RecordedRun& before, const RecordedRun& after);

// Whether both were asked for the same: as many clients, rooms and messages of the same sizes. If
// not, more or fewer deliveries, sooner or later, are no merit of the server's, and no fault.
bool is_same_load(const RecordedRun& before, const RecordedRun& after);

// What was configured differently, and what there is too little of; as sentences.
std::vector<std::string> differences(const RecordedRun& before, const RecordedRun& after);

}  // namespace load
