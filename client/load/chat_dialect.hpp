// hubbub's own chat dialect: `12:03 #room <nick> text` is a message, `-- ...` is for the receiver
// only.
#pragma once

#include <string>
#include <string_view>

#include "client/load/dialect.hpp"

namespace load {

class ChatDialect final : public Dialect {
 public:
  std::string_view name() const override { return "chat"; }
  std::string hello(std::size_t) const override { return {}; }
  std::string join(std::string_view room) const override;
  std::string leave(std::string_view room) const override;
  // Who joins a room that it is in turns to it.
  std::string turn_to(std::string_view room) const override { return join(room); }
  std::string before_text(std::string_view, std::size_t) const override { return {}; }
  Frame next(std::string_view bytes) const override;
  // A note that names a room confirms the membership; errors, gaps and farewells are told from it.
  Notice notice(std::string_view line) const override;
};

}  // namespace load
