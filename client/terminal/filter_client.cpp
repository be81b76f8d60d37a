// Two tasks on one connection: one relays what the server sends to standard output, the other what
// stands on standard input to the server. The first one's end is the end.
#include "client/terminal/filter_client.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <exception>
#include <ranges>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "client/terminal/connect.hpp"
#include "client/terminal/descriptor_ready.hpp"
#include "client/terminal/passwords.hpp"
#include "client/terminal/server_line_json.hpp"
#include "core/text.hpp"
#include "core/timeout.hpp"

namespace client {
namespace {

constexpr std::size_t kInputBytes = 16 * 1024;  // read at a time

}  // namespace

FilterClient::FilterClient(core::Loop& loop, const Options& options)
    : loop_(loop),
      options_(options),
      encoder_(options.commands ? InputEncoder::Slash::kBeginsCommand
                                : InputEncoder::Slash::kIsSaid) {}

core::Task<int> FilterClient::run() {
  Connected connected = co_await connect(options_.server, options_.tls);
  if (!connected.stream) co_return fail(connected.failure);
  try {
    co_return co_await converse(*connected.stream);
  } catch (const std::system_error& error) {  // of standard output
    if (error.code() == std::errc::broken_pipe) co_return kBrokenPipe;
    co_return fail(error.what());
  }
}

core::Task<int> FilterClient::converse(core::Stream& stream) {
  const bool granted = co_await introduce(stream);
  if (!granted) co_return 1;
  is_introduced_ = true;
  relay_ = loop_.spawn(relay(stream), "relay");
  core::TaskHandle<void> input = loop_.spawn(say_input(stream), "input");
  loop_.spawn(expect_greeting(), "greeting").detach();
  std::exception_ptr failure;
  try {
    co_await relay_;
  } catch (const core::Cancelled&) {
    // By expect_end() or expect_greeting().
  } catch (...) {
    failure = std::current_exception();
  }
  input.cancel();
  try {
    co_await input;
  } catch (const core::Cancelled&) {
    // It was reading, or waiting for the end.
  }
  if (failure) std::rethrow_exception(failure);
  co_return conclude(stream);
}

core::Task<bool> FilterClient::introduce(core::Stream& stream) {
  if (!options_.nick.empty()) {
    const auto named = [this] { return same_name(session_.nick(), options_.nick); };
    const bool granted = co_await request(stream, "/nick " + options_.nick, named);
    if (!granted) co_return false;
  }
  for (const std::string& room : options_.rooms | std::views::reverse) {
    const auto joined = [this, &room] { return same_name(session_.room(), room); };
    const bool granted = co_await request(stream, "/join " + room, joined, options_.keys.of(room));
    if (!granted) co_return false;
  }
  const std::vector<std::string> rooms = session_.joined();
  for (const std::string& room : rooms) {
    if (is_asked_for(room)) continue;
    const auto left = [this, &room] {
      const auto& joined = session_.joined();
      return std::find(joined.begin(), joined.end(), room) == joined.end();
    };
    const bool granted = co_await request(stream, "/leave " + room, left);
    if (!granted) co_return false;
  }
  co_return true;
}

// Without a wish every room is, and later also those that commands lead to.
bool FilterClient::is_asked_for(std::string_view room) const {
  return room.empty() || options_.rooms.empty() || is_introduced_ ||
         std::any_of(options_.rooms.begin(), options_.rooms.end(),
                     [room](const std::string& one) { return same_name(one, room); });
}

core::Task<bool> FilterClient::request(core::Stream& stream, std::string command,
                                       std::function<bool()> granted, std::string_view key) {
  co_await stream.write(fmt::format("{}{}{}\r\n", command, key.empty() ? "" : " ", key));
  bool answered = true;
  try {
    co_await core::timeout(kSilenceMost, read_until(stream, granted));
  } catch (const core::TimeoutError&) {
    answered = false;
  }
  if (granted()) {
    refusal_.clear();
    co_return true;
  }
  if (!refusal_.empty()) {
    fail(fmt::format("{} was refused: {}", command, refusal_));
  } else if (answered) {
    fail(explain_end(options_.server, stream.end_error()));
  } else {
    fail(fmt::format("{} did not answer {}", options_.server.to_string(), command));
  }
  co_return false;
}

core::Task<void> FilterClient::read_until(core::Stream& stream, std::function<bool()> granted) {
  bool open = true;
  while (open && !granted() && refusal_.empty()) open = co_await print_next(stream);
}

core::Task<void> FilterClient::relay(core::Stream& stream) {
  bool open = true;
  while (open) open = co_await print_next(stream);
}

core::Task<bool> FilterClient::print_next(core::Stream& stream) {
  core::Received received = co_await stream.receive();
  const bool ended = received.empty();
  ++heard_;
  std::string text;
  const auto take = [&](const core::LinePiece& piece) { take_piece(piece, text); };
  lines_.feed(received.bytes(), take);
  received.release();
  if (ended) lines_.finish(take);
  co_await print(text);
  co_return !ended;
}

void FilterClient::take_piece(const core::LinePiece& piece, std::string& out) {
  std::string_view bytes = piece.text;
  take_echo_request(bytes);  // what is piped in is shown nowhere
  std::string line;
  core::sanitize(bytes, line);
  if (!piece.begins) {
    if (!is_shown_) return;
    if (options_.json) return append_json_continuation(line, out);
    out.append(kContinuationIndent).append(line) += '\n';
    return;
  }
  const ServerLine parts = parse_server_line(line);
  observe(parts);
  const Replay::Origin origin = replay_.observe(parts);
  is_shown_ = is_asked_for(Replay::announces(parts) ? replay_.entered() : parts.room);
  if (!is_shown_) return;
  if (options_.json) return append_json(parts, origin, out);
  out.append(line) += '\n';
}

void FilterClient::observe(const ServerLine& parts) {
  constexpr std::string_view kGoodbye = "goodbye: ";
  const bool is_ours = parts.kind == LineKind::kNotice || parts.kind == LineKind::kError;
  if (!is_ours) return;
  session_.observe(parts);
  if (parts.kind == LineKind::kError && refusal_.empty()) refusal_ = parts.text;
  if (parts.text == "goodbye") said_goodbye_ = true;
  if (parts.text.starts_with(kGoodbye)) farewell_ = parts.text.substr(kGoodbye.size());
}

// Between the poll and the write somebody else may have filled a shared pipe; then it blocks.
core::Task<void> FilterClient::print(std::string_view text) {
  printing_ = true;
  while (!text.empty()) {
    co_await DescriptorReady(STDOUT_FILENO, POLLOUT);
    const ssize_t count =
        ::write(STDOUT_FILENO, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR && errno != EAGAIN) {
      throw core::system_error(errno, "cannot write to", "standard output");
    }
  }
  printing_ = false;
}

core::Task<void> FilterClient::say_input(core::Stream& stream) {
  std::string buffer(kInputBytes, '\0');
  while (input_ == Input::kOpen) co_await say_some_input(stream, buffer);
  if (input_ != Input::kAskedToQuit) {
    std::string text;
    encoder_.finish(text);
    co_await stream.write(text += "/quit\r\n");
  }
  co_await expect_end(stream);
}

core::Task<void> FilterClient::say_some_input(core::Stream& stream, std::string& buffer) {
  co_await DescriptorReady(STDIN_FILENO, POLLIN);
  if (!is_ready(STDIN_FILENO, POLLIN)) co_return;
  const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  if (count < 0) {
    if (errno == EINTR || errno == EAGAIN) co_return;
    fail(fmt::format("cannot read standard input: {}", std::strerror(errno)));
    input_ = Input::kFailed;
    co_return;
  }
  if (count == 0) {
    input_ = Input::kEnded;
    co_return;
  }
  std::string text;
  encoder_.feed(std::string_view(buffer.data(), static_cast<std::size_t>(count)), text);
  if (encoder_.asked_to_quit()) input_ = Input::kAskedToQuit;
  if (!text.empty()) co_await stream.write(text);
}

// Gives up when for a while nothing has come, nothing has gone, and it is not the output that is
// slow.
core::Task<void> FilterClient::expect_end(core::Stream& stream) {
  constexpr core::Duration kLook = std::chrono::seconds(1);
  core::Duration silence{};
  while (silence < kSilenceMost) {
    const std::size_t heard = heard_;
    const std::size_t owed = stream.outflow().mailbox_bytes();
    co_await core::sleep(kLook);
    const bool moved = heard != heard_ || owed != stream.outflow().mailbox_bytes() || printing_;
    silence = moved ? core::Duration::zero() : silence + kLook;
  }
  gave_up_ = true;
  relay_.cancel();
}

// While the input lasts nothing else would notice that nobody is there.
core::Task<void> FilterClient::expect_greeting() {
  co_await core::sleep(kSilenceMost);
  if (heard_ > 0) co_return;
  is_silent_ = true;
  relay_.cancel();
}

int FilterClient::conclude(const core::Stream& stream) const {
  const std::string server = options_.server.to_string();
  if (is_silent_) {
    return fail(
        fmt::format("{} took the connection and says nothing; is it a chat server?", server));
  }
  if (gave_up_) {
    return fail(fmt::format("{} did not answer /quit: what was said last may be lost", server));
  }
  if (input_ == Input::kFailed) return 1;
  if (input_ == Input::kOpen || stream.end_error() != 0) {
    return fail(explain_end(options_.server, stream.end_error()));
  }
  if (!farewell_.empty()) {
    return fail(fmt::format("{} ended the connection: {}", server, farewell_));
  }
  if (!refusal_.empty()) return fail(fmt::format("{} refused what was said: {}", server, refusal_));
  if (!said_goodbye_) {
    return fail(fmt::format("{} did not say goodbye: what was said last may be lost", server));
  }
  return 0;
}

int FilterClient::fail(std::string_view reason) const {
  std::fprintf(stderr, "hubbub: %.*s\n", static_cast<int>(reason.size()), reason.data());
  return 1;
}

}  // namespace client
