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
  explicit IrcDialect(std::string room) : room_(std::move(room)) {}

  std::string_view name() const override { return "irc"; }
  std::size_t text_most() const override;
  std::string hello(std::size_t client) const override;
  bool waits_for_welcome() const override { return true; }
  std::string join() const override { return "JOIN " + room_ + "\r\n"; }
  std::string before_text(std::size_t) const override { return "PRIVMSG " + room_ + " :"; }
  Frame next(std::string_view bytes) const override;
  Notice notice(std::string_view line) const override;

 private:
  std::string room_;
};

}  // namespace load
