// An IPv6 address has colons of its own: with a port it needs brackets, alone it may go without.
#include "client/terminal/endpoint.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace client {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || rest != end || port == 0) return std::nullopt;
  return port;
}

bool is_host(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7F' && c != '[' && c != ']';
  });
}

std::optional<Endpoint> make_endpoint(std::string_view host, std::optional<std::uint16_t> port) {
  if (!is_host(host) || !port) return std::nullopt;
  return Endpoint{.host = std::string(host), .port = *port};
}

}  // namespace

std::string Endpoint::to_string() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return is_v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string Endpoint::certified_name() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  if (is_v6) return host.substr(0, host.find('%'));
  const bool is_absolute = host.size() > 1 && host.ends_with('.');
  return host.substr(0, host.size() - (is_absolute ? 1 : 0));
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view host = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    if (rest.empty()) return make_endpoint(host, Endpoint::kDefaultPort);
    if (!rest.starts_with(':')) return std::nullopt;
    return make_endpoint(host, parse_port(rest.substr(1)));
  }
  const std::size_t colon = text.find(':');
  const bool has_port = colon != std::string_view::npos && colon == text.rfind(':');
  if (!has_port) return make_endpoint(text, Endpoint::kDefaultPort);
  return make_endpoint(text.substr(0, colon), parse_port(text.substr(colon + 1)));
}

}  // namespace client
