// The frame around pictures and text.
#include "client/load/html_page.hpp"

#include <cmath>

#include <fmt/format.h>

#include "client/load/format.hpp"

namespace load {
namespace {

constexpr const char* kStyle =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:900px;margin:2em auto;padding:0 1em;"
    "color:#222;background:#fff}"
    "pre{overflow-x:auto;background:#f5f5f3;padding:1em;font-size:13px}"
    "svg{width:100%;height:auto;font:12px system-ui,sans-serif;fill:#2266aa}"
    "svg text{fill:#444}svg .title{font-size:15px;font-weight:600}"
    ".x{text-anchor:middle}.y{text-anchor:end}.grid{stroke:#e4e4e0}"
    ".warning{border-left:4px solid #bb4422;padding-left:.8em}";

std::string in_seconds(double value) {
  return fmt::format("{:g} s", value);
}

// A point is the number of nines: 1 is 90 %, 2 is 99 %.
std::string in_percent(double nines) {
  if (std::abs(nines - std::round(nines)) > 1e-6) return {};
  return fmt::format("{:.10g} %", 100 * (1 - std::pow(10, -nines)));
}

}  // namespace

std::string per_second(double value) {
  return value == 0 ? "0" : rate(value) + "/s";
}

const Axis kTime{"time since the measured window began", false, in_seconds};
const Axis kNines{"of all deliveries", false, in_percent};

std::string html_page(std::string_view title, const std::vector<std::string>& warnings,
                      std::string_view pictures, std::string_view text) {
  std::string page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>"
      "<style>{1}</style></head>\n<body><h1>{0}</h1>\n",
      escaped(title), kStyle);
  for (const std::string& sentence : warnings) {
    page += fmt::format("<p class=\"warning\">{}</p>\n", escaped(sentence));
  }
  page += pictures;
  page += fmt::format("<pre>{}</pre>\n</body></html>\n", escaped(text));
  return page;
}

}  // namespace load
