// The command line of hubbub, and the preferences under it.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/terminal/alert.hpp"
#include "client/terminal/endpoint.hpp"
#include "client/terminal/room_keys.hpp"
#include "client/terminal/styling.hpp"
#include "core/tls_context.hpp"

namespace client {

struct Options {
  Endpoint server;
  std::optional<core::TlsTrust> tls;  // nothing: plain
  std::string nick;                   // empty: the one the server gives
  std::vector<std::string>
      rooms;              // with their #, the one to talk in first; empty: where we are put
  RoomKeys keys;          // of those rooms
  bool plain = false;     // a filter, also on a terminal
  bool commands = false;  // to a filter a / in front begins a command, as it does on a terminal
  bool json = false;      // a filter gives every line as an object of JSON
  bool reconnect = true;  // when interactive
  ColourChoice colours = ColourChoice::kAuto;
  AlertChoice alert;
  std::vector<std::string> for_a_window;  // options given that ask for what a filter does not do
};

// Sentences for options of the command line that change nothing in this mode.
std::vector<std::string> idle_options(const Options& options, bool is_filter);

// What the program is to print, and the status it is to exit with, instead of going on.
struct ExitRequest {
  int status;        // 0 for --help and --version, 2 for what cannot be understood
  std::string text;  // whole lines
  bool to_stderr;
};

// Reads its arguments and the preferences: of the file that --config names, else of
// `preferences_path` if there is such a file. argv[0] is the program, as in main. What the command
// line says counts more than what holds for the server, and that more than what holds in general.
std::variant<Options, ExitRequest> parse_options(int argc, const char* const* argv,
                                                 const std::string& preferences_path);

}  // namespace client
