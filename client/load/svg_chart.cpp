// Scales, ticks and shapes.
#include "client/load/svg_chart.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include <fmt/format.h>

namespace load {
namespace {

constexpr double kWidth = 860;
constexpr double kHeight = 300;
constexpr double kLeft = 90;
constexpr double kRight = 20;
constexpr double kTop = 40;
constexpr double kBottom = 50;

// Values along one axis, and where they stand in the picture.
class Scale {
 public:
  Scale(const Axis& axis, double pixel_from, double pixel_to)
      : axis_(axis), pixel_from_(pixel_from), pixel_to_(pixel_to) {}

  void include(double value) {
    if (axis_.logarithmic && value <= 0) return;
    from_ = std::min(from_, value);
    to_ = std::max(to_, value);
  }
  void finish() {
    if (!axis_.logarithmic) {
      from_ = std::min(from_, 0.0);
      if (to_ <= from_) to_ = from_ + 1;
      return;
    }
    from_ = std::pow(10, std::floor(std::log10(from_))) * step_below(from_);
    double above = std::pow(10, std::floor(std::log10(to_)));
    for (const double factor : {2.0, 5.0, 10.0}) {
      if (above * factor < to_) continue;
      above *= factor;
      break;
    }
    to_ = std::max(above, from_ * 2);
  }

  double at(double value) const {
    const double share = axis_.logarithmic
                             ? std::log(std::max(value, from_) / from_) / std::log(to_ / from_)
                             : (value - from_) / (to_ - from_);
    return pixel_from_ + share * (pixel_to_ - pixel_from_);
  }

  std::vector<double> ticks() const {
    std::vector<double> values;
    if (axis_.logarithmic) {
      const bool wide = to_ / from_ > 300;
      for (double power = std::pow(10, std::floor(std::log10(from_))); power <= to_; power *= 10) {
        for (const double factor : {1.0, 2.0, 5.0}) {
          const double value = power * factor;
          if (value >= from_ && value <= to_ && (factor == 1 || !wide)) values.push_back(value);
        }
      }
    } else {
      const double rough = (to_ - from_) / 6;
      const double power = std::pow(10, std::floor(std::log10(rough)));
      const double ratio = rough / power;
      const double step = power * (ratio > 5 ? 10 : ratio > 2 ? 5 : ratio > 1 ? 2 : 1);
      for (double value = from_; value <= to_ * 1.0001; value += step) values.push_back(value);
    }
    return values;
  }

  const Axis& axis() const { return axis_; }

 private:
  // The last of 1, 2 and 5 times a power of ten that does not exceed the value.
  static double step_below(double value) {
    const double mantissa = value / std::pow(10, std::floor(std::log10(value)));
    return mantissa >= 5 ? 5 : mantissa >= 2 ? 2 : 1;
  }

  const Axis& axis_;
  double pixel_from_;
  double pixel_to_;
  double from_ = std::numeric_limits<double>::max();
  double to_ = std::numeric_limits<double>::lowest();
};

class Picture {
 public:
  Picture(std::string_view title, const Axis& x, const Axis& y)
      : x_(x, kLeft, kWidth - kRight), y_(y, kHeight - kBottom, kTop) {
    put(R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img"><title>{}</title>)",
        kWidth, kHeight, escaped(title));
    put(R"(<text class="title" x="{}" y="20">{}</text>)", kLeft, escaped(title));
  }

  void include(double x, double y) {
    x_.include(x);
    y_.include(y);
    empty_ = false;
  }
  bool empty() const { return empty_; }

  void axes() {
    x_.finish();
    y_.finish();
    for (const double value : x_.ticks()) {
      put(R"(<line class="grid" x1="{0:.1f}" x2="{0:.1f}" y1="{1}" y2="{2}"/>)", x_.at(value), kTop,
          kHeight - kBottom);
      put(R"(<text class="x" x="{:.1f}" y="{}">{}</text>)", x_.at(value), kHeight - kBottom + 16,
          escaped(x_.axis().label(value)));
    }
    for (const double value : y_.ticks()) {
      put(R"(<line class="grid" y1="{0:.1f}" y2="{0:.1f}" x1="{1}" x2="{2}"/>)", y_.at(value),
          kLeft, kWidth - kRight);
      put(R"(<text class="y" x="{}" y="{:.1f}">{}</text>)", kLeft - 6, y_.at(value) + 4,
          escaped(y_.axis().label(value)));
    }
    put(R"(<text class="x" x="{}" y="{}">{}</text>)", (kLeft + kWidth - kRight) / 2, kHeight - 12,
        escaped(x_.axis().title));
  }

  void line(const Series& series, std::size_t place) {
    put(R"(<polyline fill="none" stroke="{}" stroke-width="2" points=")", escaped(series.colour));
    for (const auto& [x, y] : series.points) put("{:.1f},{:.1f} ", x_.at(x), y_.at(y));
    put(R"("/><text x="{}" y="20" class="y" style="fill:{}">{}</text>)",
        kWidth - kRight - 120 * static_cast<double>(place), escaped(series.colour),
        escaped(series.name));
  }

  void cell(const Cell& cell, double darkness) {
    put(R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill-opacity="{:.3f}"/>)",
        x_.at(cell.left), y_.at(cell.top), x_.at(cell.right) - x_.at(cell.left),
        y_.at(cell.bottom) - y_.at(cell.top), darkness);
  }

  void nothing() { put(R"(<text x="{}" y="80">nothing was measured</text>)", kLeft); }

  std::string take() { return std::move(text_) + "</svg>\n"; }

 private:
  template <class... Values>
  void put(fmt::format_string<Values...> form, Values&&... values) {
    fmt::format_to(std::back_inserter(text_), form, std::forward<Values>(values)...);
  }

  std::string text_;
  Scale x_;
  Scale y_;
  bool empty_ = true;
};

}  // namespace

std::string line_chart(std::string_view title, const Axis& x, const Axis& y,
                       const std::vector<Series>& series) {
  Picture picture(title, x, y);
  for (const Series& one : series) {
    for (const auto& [at, value] : one.points) picture.include(at, value);
  }
  if (picture.empty()) {
    picture.nothing();
    return picture.take();
  }
  picture.axes();
  for (std::size_t i = 0; i < series.size(); ++i) picture.line(series[i], i);
  return picture.take();
}

std::string heat_map(std::string_view title, const Axis& x, const Axis& y,
                     const std::vector<Cell>& cells) {
  Picture picture(title, x, y);
  double most = 1;
  for (const Cell& cell : cells) {
    picture.include(cell.left, cell.bottom);
    picture.include(cell.right, cell.top);
    most = std::max(most, cell.weight);
  }
  if (picture.empty()) {
    picture.nothing();
    return picture.take();
  }
  picture.axes();
  for (const Cell& cell : cells) {
    picture.cell(cell, 0.08 + 0.92 * std::log1p(cell.weight) / std::log1p(most));
  }
  return picture.take();
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

}  // namespace load
