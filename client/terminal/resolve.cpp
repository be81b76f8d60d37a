// core::resolve(), its errors as sentences.
#include "client/terminal/resolve.hpp"

#include <system_error>

#include <fmt/format.h>

#include "core/resolve.hpp"

namespace client {

core::Task<Resolution> resolve(Endpoint endpoint) {
  // Never destroyed: its end would wait for a look-up that nobody waits for any more.
  static core::Executor& executor = *new core::Executor(1);
  Resolution resolution;
  try {
    resolution.addresses = co_await core::resolve(executor, endpoint.host, endpoint.port);
  } catch (const core::ResolveError& error) {
    resolution.failure = error.what();
  } catch (const std::system_error& error) {
    resolution.failure =
        fmt::format("cannot look {} up: {}", endpoint.host, error.code().message());
  }
  co_return resolution;
}

}  // namespace client
