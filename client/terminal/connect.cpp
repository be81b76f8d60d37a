// From a name to a connection.
#include "client/terminal/connect.hpp"

#include <cstring>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "client/terminal/resolve.hpp"
#include "core/timeout.hpp"

namespace client {
namespace {

std::string explain_refusal(const Endpoint& endpoint, std::string_view reason) {
  return fmt::format("cannot connect to {}: {}", endpoint.to_string(), reason);
}

}  // namespace

core::Task<Connected> connect(Endpoint endpoint) {
  const Resolution resolution = co_await resolve(endpoint);
  Connected connected;
  connected.failure = resolution.failure;
  for (const core::Address& address : resolution.addresses) {
    try {
      connected.stream = co_await core::timeout(kConnectMost, core::Stream::connect(address));
      co_return connected;
    } catch (const std::system_error& error) {
      connected.failure = explain_refusal(endpoint, error.code().message());
    } catch (const core::TimeoutError&) {
      connected.failure = explain_refusal(endpoint, "no answer");
    }
  }
  co_return connected;
}

std::string explain_end(const Endpoint& endpoint, int end_error) {
  if (end_error == 0) return fmt::format("{} closed the connection", endpoint.to_string());
  return fmt::format("lost the connection to {}: {}", endpoint.to_string(),
                     std::strerror(end_error));
}

}  // namespace client
