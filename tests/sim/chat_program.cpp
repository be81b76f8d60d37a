// A terminal without a screen.
#include "tests/sim/chat_program.hpp"

#include <fmt/format.h>

namespace sim {

std::size_t ChatProgram::read(std::size_t most) {
  const std::string bytes = end().read(most);
  for (const char byte : bytes) byte_came(byte);
  return bytes.size();
}

// The server's telnet commands are answers of three bytes, between lines.
void ChatProgram::byte_came(char byte) {
  if (command_bytes_ > 0) {
    --command_bytes_;
    return;
  }
  if (byte == '\xFF') {
    if (!line_.empty()) evening_.findings.add("a telnet command inside '" + line_ + "'");
    command_bytes_ = 2;
    return;
  }
  if (byte == '\n') {
    if (!line_.ends_with('\r')) {
      evening_.findings.add("not ended by CR LF: " + line_);
    } else {
      line_.pop_back();
    }
    const std::string line = std::exchange(line_, {});
    return line_came(line);
  }
  if (static_cast<unsigned char>(byte) < ' ' && byte != '\r') {
    evening_.findings.add(fmt::format("control byte {} after '{}'", static_cast<int>(byte), line_));
  }
  line_ += byte;
}

std::size_t ChatProgram::send(std::size_t most) {
  if (end().reset()) typed_.clear();
  if (typed_.empty() || end().ended()) return 0;
  const std::size_t sent = end().send(std::string_view(typed_).substr(0, most));
  typed_.erase(0, sent);
  return sent;
}

}  // namespace sim
