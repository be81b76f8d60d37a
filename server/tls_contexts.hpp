// The TLS settings of the listeners, made from their files.
#pragma once

#include <memory>
#include <vector>

#include "core/tls_context.hpp"
#include "server/config.hpp"

namespace server {

// In the order of Config::listen; null where a listener is plain.
using TlsContexts = std::vector<std::shared_ptr<const core::TlsContext>>;

// Reads the files. Throws ConfigError that names the listener, the file and what is wrong with it.
TlsContexts load_tls(const std::vector<Listener>& listeners);

}  // namespace server
