// One context for each listener: two that name the same files have each their own, which costs a
// few kilobytes.
#include "server/tls_contexts.hpp"

#include <string>

#include <fmt/format.h>

namespace server {

TlsContexts load_tls(const std::vector<Listener>& listeners) {
  TlsContexts contexts;
  for (const Listener& listener : listeners) {
    auto& context = contexts.emplace_back();
    core::TlsIdentity identity = listener.tls;
    if (identity.certificate.empty()) continue;
    if (identity.key.empty()) identity.key = identity.certificate;
    std::vector<std::string> protocols;
    if (listener.protocol == Protocol::kMetrics) protocols.emplace_back("http/1.1");
    try {
      context = core::TlsContext::server(identity, protocols);
    } catch (const core::TlsError& error) {
      throw ConfigError(fmt::format("listen[{}].tls: {}", contexts.size() - 1, error.what()));
    }
  }
  return contexts;
}

}  // namespace server
