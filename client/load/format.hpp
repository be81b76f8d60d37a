// Numbers and times as a person reads them in a report.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace load {

// 12,787,200.
std::string grouped(std::uint64_t number);

// A rate: in whole numbers from 100 on, with three digits below.
std::string rate(double per_second);

// In the unit that leaves one to three digits before the point: 812 ns, 4.12 ms, 61.0 s.
std::string nanoseconds(double count);

// In KiB, MiB or GiB.
std::string bytes(double count);

// Of a line whose fields stand two blanks apart, the first ones that fit into so many columns, each
// whole, since half a number is another one; only a first one that does not fit is cut. Each
// character of the text, UTF-8, takes a column.
std::string fields_that_fit(std::string_view line, std::size_t columns);

// The beginning of a text from outside, with ? in place of all that is not a plain character: it
// may be shown on a terminal and stand in a file.
std::string printable(std::string_view text);

}  // namespace load
