// Pictures for a report: lines and heat maps as SVG text, which a browser shows as it stands in an
// HTML file.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace load {

struct Axis {
  std::string title;
  bool logarithmic = false;  // then all values are above 0
  std::string (*label)(double value) = nullptr;
};

struct Series {
  std::string name;
  std::string colour;  // as in CSS
  std::vector<std::pair<double, double>> points;
};

// A cell of a heat map: from one corner to the other, and how much it holds.
struct Cell {
  double left = 0, right = 0, bottom = 0, top = 0;
  double weight = 0;
};

// An svg element; without points, one that says so. The axes span the points; a linear one begins
// at 0.
std::string line_chart(std::string_view title, const Axis& x, const Axis& y,
                       const std::vector<Series>& series);
// The more weight, the darker; by the logarithm, so that a few slow ones among millions are seen.
std::string heat_map(std::string_view title, const Axis& x, const Axis& y,
                     const std::vector<Cell>& cells);

// The text where it stands in HTML.
std::string escaped(std::string_view text);

}  // namespace load
