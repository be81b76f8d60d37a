// IRC as a client speaks it to its server. Source: RFC 2812; names and behaviour as of ngIRCd.
#pragma once

#include <string>
#include <string_view>

#include "client/load/dialect.hpp"

namespace load {

// A server does not send a client its own messages back. It may ask at any time, also before it
// welcomes somebody, whether it is alive.
class IrcDialect final : public Dialect {
 public:
  std::string_view name() const override { return "irc"; }
  std::size_t text_most() const override;
  std::string hello(std::size_t serial) const override;
  bool waits_for_welcome() const override { return true; }
  std::string join(std::string_view room) const override;
  // Confirmed by the answer to a PING behind it: the farewells of others look like one's own.
  std::string leave(std::string_view room) const override;
  std::string before_text(std::string_view room, std::size_t) const override;
  Frame next(std::string_view bytes) const override;
  Notice notice(std::string_view line) const override;
};

}  // namespace load
