// From a name to a connection.
#include "client/terminal/connect.hpp"

#include <chrono>
#include <cstring>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "client/terminal/resolve.hpp"
#include "core/timeout.hpp"
#include "core/tls_session.hpp"

namespace client {
namespace {

std::string explain_refusal(const Endpoint& endpoint, std::string_view reason) {
  return fmt::format("cannot connect to {}: {}", endpoint.to_string(), reason);
}

std::string explain_distrust(const core::TlsSession* tls, std::string_view why) {
  if (tls == nullptr) return fmt::format("TLS: {}", why);
  if (!tls->heard_tls()) return fmt::format("it does not speak TLS ({})", why);
  const std::string fingerprint = tls->peer_fingerprint();
  if (fingerprint.empty()) return fmt::format("TLS: {}", why);
  return fmt::format(
      "TLS: {}; if you know that this is its certificate, trust it with\n--tls-fingerprint {}", why,
      fingerprint);
}

// Empty: it is secure.
core::Task<std::string> secure(core::Stream& stream, const std::string& host,
                               std::shared_ptr<const core::TlsContext> context) {
  try {
    co_await core::timeout(kConnectMost, stream.start_tls(std::move(context), host));
    co_return "";
  } catch (const core::TlsError& error) {
    co_return explain_distrust(stream.tls(), error.what());
  } catch (const core::TimeoutError&) {
    co_return "no answer to the TLS handshake";
  }
}

core::Task<Connected> try_address(Endpoint endpoint, core::Address address,
                                  std::shared_ptr<const core::TlsContext> context) {
  Connected connected;
  try {
    connected.stream = co_await core::timeout(kConnectMost, core::Stream::connect(address));
    if (!context) co_return connected;
    connected.failure = co_await secure(*connected.stream, endpoint.certified_name(), context);
  } catch (const std::system_error& error) {
    connected.failure = error.code().message();
  } catch (const core::TimeoutError&) {
    connected.failure = "no answer";
  }
  if (connected.failure.empty()) co_return connected;
  if (connected.stream) co_await connected.stream->finish(std::chrono::seconds(1));  // an alert
  connected.stream.reset();
  connected.failure = explain_refusal(endpoint, connected.failure);
  co_return connected;
}

}  // namespace

core::Task<Connected> connect(Endpoint endpoint, std::optional<core::TlsTrust> trust) {
  Connected connected;
  std::shared_ptr<const core::TlsContext> context;
  try {
    if (trust) context = core::TlsContext::client(*trust);
  } catch (const core::TlsError& error) {
    connected.failure = explain_refusal(endpoint, error.what());
    co_return connected;
  }
  const Resolution resolution = co_await resolve(endpoint);
  connected.failure = resolution.failure;
  for (const core::Address& address : resolution.addresses) {
    connected = co_await try_address(endpoint, address, context);
    if (connected.stream) break;
  }
  co_return connected;
}

std::string explain_end(const Endpoint& endpoint, int end_error) {
  if (end_error == 0) return fmt::format("{} closed the connection", endpoint.to_string());
  return fmt::format("lost the connection to {}: {}", endpoint.to_string(),
                     std::strerror(end_error));
}

}  // namespace client
