// hubbub's own chat dialect: `12:03 #room <nick> text` is a message, `-- ...` is for the receiver
// only.
#pragma once

#include <string>
#include <string_view>

#include "client/load/dialect.hpp"

namespace load {

class ChatDialect final : public Dialect {
 public:
  explicit ChatDialect(std::string room) : room_(std::move(room)) {}

  std::string_view name() const override { return "chat"; }
  std::string hello(std::size_t) const override { return {}; }
  std::string join() const override { return "/join " + room_ + "\r\n"; }
  std::string before_text(std::size_t) const override { return {}; }
  Frame next(std::string_view bytes) const override;
  // A note that names the room confirms the membership; errors and gaps are told from it.
  Notice notice(std::string_view line) const override;

 private:
  std::string room_;
};

}  // namespace load
