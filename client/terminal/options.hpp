// The command line of hubbub.
#pragma once

#include <string>
#include <variant>

#include "client/terminal/endpoint.hpp"

namespace client {

struct Options {
  Endpoint server;
  std::string nick;       // empty: the one the server gives
  std::string room;       // with its #; empty: where the server puts us
  bool plain = false;     // a filter, also on a terminal
  bool commands = false;  // to a filter a / in front begins a command, as it does on a terminal
  bool reconnect = true;  // when interactive
};

// What the program is to print, and the status it is to exit with, instead of going on.
struct ExitRequest {
  int status;        // 0 for --help and --version, 2 for what cannot be understood
  std::string text;  // whole lines
  bool to_stderr;
};

// Reads nothing but its arguments. argv[0] is the program, as in main.
std::variant<Options, ExitRequest> parse_options(int argc, const char* const* argv);

}  // namespace client
