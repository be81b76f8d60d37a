// Strict where it is cheap: a request that is not understood must not be half understood.
#include "server/http_request.hpp"

#include <algorithm>

#include "core/ascii.hpp"

namespace server {
namespace {

// Where the blank line that ends the head stands; npos if it has not come.
std::size_t find_end(std::string_view head) {
  const std::size_t strict = head.find("\r\n\r\n");
  const std::size_t lax = head.find("\n\n");
  return std::min(strict, lax);
}

bool is_visible(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

}  // namespace

HttpRequest::State HttpRequest::feed(std::string_view bytes) {
  // RFC 9112, 2.2: blank lines before the request are ignored.
  if (head_.empty()) bytes.remove_prefix(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
  head_ += bytes.substr(0, kHeadMost + 1 - head_.size());
  const std::size_t end = find_end(head_);
  if (end == std::string_view::npos) {
    return head_.size() > kHeadMost ? State::kTooLong : State::kIncomplete;
  }
  std::string_view line = std::string_view(head_).substr(0, head_.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return parse_request_line(line) ? State::kComplete : State::kMalformed;
}

// method SP target SP version
bool HttpRequest::parse_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return false;
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  const bool is_http1 =
      version.size() == 8 && version.starts_with("HTTP/1.") && core::is_digit(version.back());
  if (!is_http1 || !is_visible(line.substr(0, first)) || !is_visible(target)) return false;
  method_ = line.substr(0, first);
  path_ = target.substr(0, target.find('?'));
  return true;
}

}  // namespace server
