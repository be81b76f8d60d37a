// The whole way of what people type: bytes in pieces through sessions, dialect, hub and encoder to
// those who only listen. Whatever three speakers send, a listener reads lines: valid UTF-8, ended
// by CR LF, without anything a terminal would act on, and each one either about a room it is in or
// the server's own. Cut otherwise, the bytes of one speaker are the same commands.
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "core/assert.hpp"
#include "server/chat_encoder.hpp"
#include "server/chat_session.hpp"
#include "tests/fuzz/pieces.hpp"
#include "tests/unit/describe_command.hpp"
#include "tests/unit/safe_text.hpp"
#include "tests/unit/server_support.hpp"

namespace {

using core::support::is_safe;
using server::ChatDialect;
using server::ChatSession;
using server::Config;
using server::Connection;
using server::Connections;
using server::Directory;
using server::Session;

constexpr std::size_t kLineMost = 64;

Config small_config() {
  Config config;
  config.limits.line = kLineMost;
  config.limits.rooms = 4;
  config.limits.rooms_per_user = 2;
  config.chat.digest_above = 3;  // the third speaker makes it a crowd
  return config;
}

// People on sockets that the fuzzer holds the other ends of.
class Hall {
 public:
  Hall() { spdlog::set_level(spdlog::level::off); }
  Hall(const Hall&) = delete;
  Hall& operator=(const Hall&) = delete;
  ~Hall() {
    connections_.close_all({}, {});
    wires_.settle();
    HUBBUB_ASSERT(connections_.size() == 0);
    wires_.loop.run(core::support::nothing());
    HUBBUB_ASSERT(Directory::Access(directory_).users() == 0);
    HUBBUB_ASSERT(wires_.ring.buffers_out == 0);
  }

  // The socket of somebody who has come in.
  int enter() {
    const int socket = wires_.new_socket();
    auto session = std::make_unique<ChatSession>(
        shared_, core::Stream(wires_.loop, socket, core::Address()), kLineMost);
    Connection::start(wires_.loop, std::move(session), {}, "chat");
    wires_.settle();
    return socket;
  }
  void send(int socket, std::string_view bytes) {
    wires_.bring(socket, std::string(bytes));
    wires_.settle();
  }
  void hang_up(int socket) {
    wires_.end(socket);
    wires_.settle();
  }
  bool is_over(int socket) const {
    const auto& closed = wires_.ring.closed;
    return std::find(closed.begin(), closed.end(), socket) != closed.end();
  }
  void pass_time(core::Duration time) { wires_.pass_time(time); }
  std::string take(int socket) { return wires_.take(socket); }

 private:
  const Config config_ = small_config();
  server::support::Wires wires_;
  server::ChatEncoder encoder_;
  server::Directory directory_{config_, {&encoder_}};
  server::BanList bans_{[] { return std::time_t(0); }};
  server::Hub hub_{wires_.loop, directory_, bans_};
  server::Attempts attempts_{0};
  server::Registrations registrations_{0};
  server::Archive archive_{std::string()};
  server::Accounts accounts_{config_, directory_.registered_names(), archive_};
  server::AccountDesk desk_{hub_, accounts_, attempts_, registrations_};
  Connections connections_;
  const Session::Shared shared_{hub_, desk_, connections_, encoder_};
};

// "12:03 #lobby ", and what follows it.
bool is_about_a_room(std::string_view line) {
  return line.size() > 7 && line[2] == ':' && line[5] == ' ' && line[6] == '#';
}

void check_lines(std::string_view heard) {
  while (!heard.empty()) {
    const std::size_t end = heard.find("\r\n");
    HUBBUB_ASSERT(end != std::string_view::npos);
    const std::string_view line = heard.substr(0, end);
    HUBBUB_ASSERT(is_safe(line));
    HUBBUB_ASSERT(line.starts_with("-- ") || is_about_a_room(line));
    // To one who did nothing wrong, no refusal.
    HUBBUB_ASSERT(!line.starts_with("-- error"));
    heard.remove_prefix(end + 2);
  }
}

void converse(const fuzz::Pieces& pieces) {
  Hall hall;
  const int listener = hall.enter();
  hall.pass_time(Session::kGreetingDelay);
  hall.send(listener, "/nick ear\n/join #tea\n");
  const std::array<int, 3> speakers{hall.enter(), hall.enter(), hall.enter()};
  pieces.for_each([&](std::string_view piece, std::uint8_t cut) {
    const int speaker = speakers[(cut >> 5) % speakers.size()];
    if (!hall.is_over(speaker)) hall.send(speaker, piece);
  });
  hall.pass_time(small_config().chat.digest_interval);
  for (const int speaker : speakers) {
    if (!hall.is_over(speaker)) hall.hang_up(speaker);
  }
  hall.pass_time(small_config().chat.digest_interval);
  HUBBUB_ASSERT(!hall.is_over(listener));
  check_lines(hall.take(listener));
}

std::vector<std::string> commands_of(const fuzz::Pieces& pieces) {
  ChatDialect dialect(kLineMost);
  std::vector<std::string> commands;
  pieces.for_each([&](std::string_view piece, std::uint8_t) {
    while (const auto command = dialect.next(piece)) commands.push_back(server::describe(*command));
    HUBBUB_ASSERT(piece.empty());
    HUBBUB_ASSERT(dialect.heap_bytes() <= kLineMost);
  });
  return commands;
}

std::vector<std::string> commands_of(std::string_view text) {
  ChatDialect dialect(kLineMost);
  std::vector<std::string> commands;
  while (const auto command = dialect.next(text)) commands.push_back(server::describe(*command));
  HUBBUB_ASSERT(text.empty());
  return commands;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Pieces pieces(data, size);
  HUBBUB_ASSERT(commands_of(pieces) == commands_of(pieces.text()));
  converse(pieces);
  return 0;
}
