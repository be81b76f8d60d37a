// FilterClient: the client in a pipeline. Lines in are said, lines out are what the server sends,
// as text or as JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "client/terminal/input_encoder.hpp"
#include "client/terminal/options.hpp"
#include "client/terminal/replay.hpp"
#include "client/terminal/session_view.hpp"
#include "core/line_splitter.hpp"
#include "core/loop.hpp"
#include "core/stream.hpp"
#include "core/task.hpp"

namespace client {

// Speaks once the server has confirmed the nick and the rooms that were asked for; where it puts
// everybody is left then, and not listened to before, unless that is one of them. At the end of the
// input it says /quit and reads on until the server closes, which it does after everything said
// before: so a success means that the server took it all and refused nothing. Where commands are
// wanted, one to quit ends the input too.
// Memory: constant; a slow server holds the input up, a slow reader of the output the server.
// Standard input and output stay in blocking mode, since they may be shared: both are polled, and
// no more than PIPE_BUF bytes are written at a time. A terminal, or a pipe into which others write,
// may still hold the loop up for as long as it takes no bytes.
// Thread: the loop's.
class FilterClient {
 public:
  // How long the server may be silent where it owes an answer.
  static constexpr core::Duration kSilenceMost = std::chrono::seconds(10);

  FilterClient(core::Loop& loop, const Options& options);

  // The exit status. 0: everything was said. 1: something may not have been, and standard error
  // says why: the first refusal, if it is that. kBrokenPipe, without a word: nobody reads the
  // output any more, and SIGPIPE is ignored (where it is not, it ends the program as it does any
  // filter).
  core::Task<int> run();
  static constexpr int kBrokenPipe = 128 + 13;

 private:
  enum class Input : std::uint8_t { kOpen, kEnded, kAskedToQuit, kFailed };

  core::Task<int> converse(core::Stream& stream);
  core::Task<bool> introduce(core::Stream& stream);
  // Sends a command, with the key of the room it enters behind it, and reads until it was granted.
  // False, and said on standard error, without the key: it was not.
  core::Task<bool> request(core::Stream& stream, std::string command, std::function<bool()> granted,
                           std::string_view key = {});
  core::Task<void> read_until(core::Stream& stream, std::function<bool()> granted);

  // The server's side: reads and prints what is there. False at the end.
  core::Task<bool> print_next(core::Stream& stream);
  core::Task<void> relay(core::Stream& stream);
  void take_piece(const core::LinePiece& piece, std::string& out);
  void observe(const ServerLine& parts);
  bool is_asked_for(std::string_view room) const;
  core::Task<void> print(std::string_view text);

  // The input's side.
  core::Task<void> say_input(core::Stream& stream);
  core::Task<void> say_some_input(core::Stream& stream, std::string& buffer);
  core::Task<void> expect_end(core::Stream& stream);
  core::Task<void> expect_greeting();

  int conclude(const core::Stream& stream) const;
  int fail(std::string_view reason) const;

  core::Loop& loop_;
  const Options& options_;
  core::TaskHandle<void> relay_;
  SessionView session_;
  Replay replay_;
  core::LineSplitter lines_;
  InputEncoder encoder_;
  std::string refusal_;  // the server's first error: in answer to a request, later to what is said
  bool said_goodbye_ = false;  // as it does to who asked for the end
  std::string farewell_;       // why the server ends the connection, if it said so
  std::size_t heard_ = 0;      // times that bytes arrived
  Input input_ = Input::kOpen;
  bool is_introduced_ = false;  // the nick and the rooms are ours
  bool is_shown_ = true;        // the line that the next piece may belong to
  bool is_silent_ = false;      // the server has said nothing at all
  bool printing_ = false;
  bool gave_up_ = false;
};

}  // namespace client
