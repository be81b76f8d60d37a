// What the pages of HTML have in common: their frame, their colours and the axes of their pictures.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/load/svg_chart.hpp"

namespace load {

inline constexpr const char* kBlue = "#2266aa";
inline constexpr const char* kRed = "#bb4422";

std::string per_second(double value);

extern const Axis kTime;   // seconds since the measured window began
extern const Axis kNines;  // 1 is 90 %, 2 is 99 %

// One document that needs nothing else: no script, no style sheet, no picture of its own. Title,
// warnings and text are plain; pictures are HTML.
std::string html_page(std::string_view title, const std::vector<std::string>& warnings,
                      std::string_view pictures, std::string_view text);

}  // namespace load
