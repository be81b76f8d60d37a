// The command line of hubbubd.
#pragma once

#include <string>
#include <variant>

#include "server/config_file.hpp"

namespace server {

struct Options {
  ConfigSources sources;       // every option that sets something is a Setting, in the order given
  bool check_config = false;   // read the configuration, say whether it is right, and stop
  bool print_config = false;   // print the effective configuration, and stop
  bool hash_password = false;  // read a password, print its hash, and stop
};

// What the program is to print, and the status it is to exit with, instead of going on.
struct ExitRequest {
  int status;        // 0 for --help and --version, 2 for what cannot be understood
  std::string text;  // whole lines
  bool to_stderr;
};

// Understands the command line but not the values on it: those are judged with the file's, by
// load_config(sources). Reads nothing but its arguments. argv[0] is the program, as in main.
std::variant<Options, ExitRequest> parse_options(int argc, const char* const* argv);

}  // namespace server
