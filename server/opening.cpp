// The answers are complete messages of the other protocol; nothing follows them.
#include "server/opening.hpp"

#include <algorithm>

namespace server {
namespace {

constexpr std::string_view kTlsHandshake = "\x16\x03";

// An alert record, version 1.0 so that every client reads it: fatal, protocol_version.
constexpr std::string_view kTlsAlert("\x15\x03\x01\x00\x02\x02\x46", 7);

// Of RFC 9110 and RFC 5789; PRI opens HTTP/2 (RFC 9113, section 3.4).
constexpr auto kHttpMethods = std::to_array<std::string_view>(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI"});

constexpr std::string_view kHttpAnswer =
    "HTTP/1.1 400 Bad Request\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 104\r\n"
    "Connection: close\r\n"
    "\r\n"
    "This is a chat server, it does not speak HTTP.\n"
    "To chat, connect to this port with telnet, nc or hubbub.\n";

constexpr command::WrongProtocol kTls{"TLS", kTlsAlert};
constexpr command::WrongProtocol kHttp{"HTTP", kHttpAnswer};

bool is_method(std::string_view word) {
  return std::find(kHttpMethods.begin(), kHttpMethods.end(), word) != kHttpMethods.end();
}

// A method, a target and a version: three words, one space between them.
bool is_request_line(std::string_view line) {
  const std::size_t first_space = line.find(' ');
  const std::size_t last_space = line.rfind(' ');
  if (first_space == last_space || line.find(' ', first_space + 1) != last_space) return false;
  const std::string_view target = line.substr(first_space + 1, last_space - first_space - 1);
  return is_method(line.substr(0, first_space)) && !target.empty() &&
         line.substr(last_space + 1).starts_with("HTTP/");
}

}  // namespace

std::optional<command::WrongProtocol> Opening::observe(std::string_view taken,
                                                       const std::optional<InputEvent>& input) {
  const std::string_view noted = taken.substr(0, first_bytes_.size() - size_);
  std::copy(noted.begin(), noted.end(), first_bytes_.begin() + size_);
  size_ = static_cast<std::uint8_t>(size_ + noted.size());

  const std::string_view first_bytes(first_bytes_.data(), size_);
  if (first_bytes.starts_with(kTlsHandshake)) {
    is_over_ = true;
    return kTls;
  }
  if (!input || input->kind == InputEvent::Kind::kReply) return std::nullopt;
  is_over_ = true;
  const bool is_http = input->kind == InputEvent::Kind::kLine
                           ? is_request_line(input->text)
                           : is_method(first_bytes.substr(0, first_bytes.find(' ')));
  if (!is_http) return std::nullopt;
  return kHttp;
}

}  // namespace server
