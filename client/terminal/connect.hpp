// Connecting to an endpoint, as a value: that a server cannot be reached is no surprise.
#pragma once

#include <optional>
#include <string>

#include "client/terminal/endpoint.hpp"
#include "core/stream.hpp"
#include "core/task.hpp"
#include "core/tls_context.hpp"

namespace client {

// A connection, or a sentence that says why there is none.
struct Connected {
  std::optional<core::Stream> stream;
  std::string failure;
};

// How long one address of a server may take to answer.
inline constexpr core::Duration kConnectMost = std::chrono::seconds(10);

// Tries every address of the endpoint in turn, with TLS where somebody is to be trusted, which may
// take kConnectMost once more. A failure tells of the last. Blocks on the disk where certificates
// are read.
core::Task<Connected> connect(Endpoint endpoint, std::optional<core::TlsTrust> trust);

// Why a connection that was there ended: a sentence.
std::string explain_end(const Endpoint& endpoint, int end_error);

}  // namespace client
