// Frames that are lines, for the dialects that speak in lines.
#pragma once

#include <cstddef>
#include <string_view>

#include "client/load/dialect.hpp"

namespace load {

// The line at the beginning of the bytes as a frame that brings no message; its text is without the
// LF or CR LF that ends it.
inline Frame line_frame(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) return {};
  std::string_view line = bytes.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return {.kind = Frame::Kind::kOther, .bytes = end + 1, .text = line};
}

}  // namespace load
