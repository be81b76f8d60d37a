// A session that speaks the chat dialect, and holds it: one piece of memory for both.
#pragma once

#include <cstddef>
#include <utility>

#include "server/chat_dialect.hpp"
#include "server/session.hpp"

namespace server {

class ChatSession final : public Session {
 public:
  ChatSession(const Shared& shared, core::Stream stream, std::size_t max_line_bytes)
      : Session(shared, DialectId::kChat, std::move(stream)), dialect_(max_line_bytes) {}

 private:
  Dialect& dialect() override { return dialect_; }

  ChatDialect dialect_;
};

}  // namespace server
