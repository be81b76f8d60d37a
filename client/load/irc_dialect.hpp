// IRC as a client speaks it to its server. Source: RFC 2812; names and behaviour as of ngIRCd.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "client/load/dialect.hpp"

namespace load {

// A server does not send a client its own messages back. It may ask at any time, also before it
// welcomes somebody, whether it is alive. Nicks are the process's own, so that several testers can
// fill one server.
class IrcDialect final : public Dialect {
 public:
  static constexpr unsigned kTagBits = 21;

  // `tag` tells this tester's nicks from those of others: below 2^kTagBits, by chance if not given.
  explicit IrcDialect(std::uint32_t tag = process_tag()) : tag_(tag) {}

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

 private:
  // The same on all threads.
  static std::uint32_t process_tag();

  std::uint32_t tag_;
};

}  // namespace load
