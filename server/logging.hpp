// The server's log: spdlog to standard error, as text or as one JSON object per line.
#pragma once

#include "server/config.hpp"

namespace server {

// Makes spdlog's default logger what the configuration asks for. Call it before other threads
// start.
void set_up_logging(const Config::Log& config);

// Changes what is logged from now on. Thread: any.
void set_log_level(LogLevel level);

}  // namespace server
