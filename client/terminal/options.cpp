// The options, on CLI11. Names are only checked for what could smuggle in a second line or word:
// which names are accepted is the server's to say.
#include "client/terminal/options.hpp"

#include <algorithm>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace client {
namespace {

constexpr int kUsageError = 2;

constexpr const char* kDescription =
    "hubbub: the terminal client of the hubbub chat server.\n"
    "On a terminal it is a chat window. Otherwise it is a filter: lines in are said, also those\n"
    "that begin with /, and lines out are what the server sends.";

constexpr const char* kFooter =
    "Examples:\n"
    "  hubbub --nick alice chat.example.org\n"
    "  make 2>&1 | hubbub --nick build-bot --room ci > /dev/null\n"
    "\n"
    "Exit status: 0 after /quit or the end of the input, 1 when the server cannot be reached,\n"
    "refused the nick, the room or, as a filter, anything that was said, or ended the connection,\n"
    "2 for a wrong command line.";

void check_name(const std::string& option, const std::string& name) {
  const bool whole = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7F';
  });
  if (!whole) throw CLI::ValidationError(option, "a name is one word without control characters");
}

ExitRequest usage_error(std::string_view message) {
  return {kUsageError, fmt::format("hubbub: {}\nTry 'hubbub --help'.\n", message), true};
}

}  // namespace

std::variant<Options, ExitRequest> parse_options(int argc, const char* const* argv) {
  Options options;
  bool no_reconnect = false;

  CLI::App app(kDescription, "hubbub");
  app.footer(kFooter);
  const auto take_server = [&](const std::string& text) {
    const std::optional<Endpoint> server = parse_endpoint(text);
    if (!server) {
      throw CLI::ValidationError(
          fmt::format("'{}' is not HOST or HOST:PORT, such as chat.example.org:7777", text));
    }
    options.server = *server;
  };
  const auto take_nick = [&](const std::string& nick) {
    check_name("--nick", nick);
    options.nick = nick;
  };
  const auto take_room = [&](const std::string& room) {
    check_name("--room", room);
    options.room = room.starts_with('#') ? room : "#" + room;
  };
  app.add_option_function<std::string>("HOST[:PORT]", take_server,
                                       "the server (127.0.0.1:7777 if not given)")
      ->type_name("");
  app.add_option_function<std::string>("--nick", take_nick, "be called this")->type_name("NICK");
  app.add_option_function<std::string>("--room", take_room, "talk in this room; # may be left out")
      ->type_name("ROOM");
  app.add_flag("--plain", options.plain, "be a filter on a terminal too");
  app.add_flag("--commands", options.commands,
               "as a filter: lines that begin with / are commands, // says a /");
  app.add_flag("--no-reconnect", no_reconnect, "end when the connection is lost");
  app.set_version_flag("--version", "hubbub " HUBBUB_VERSION, "print the version");
  app.set_help_flag("-h,--help", "print this");

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return ExitRequest{0, app.help(), false};
  } catch (const CLI::CallForVersion& version) {
    return ExitRequest{0, fmt::format("{}\n", version.what()), false};
  } catch (const CLI::ExtrasError&) {
    return usage_error(fmt::format("unexpected argument '{}'", app.remaining().front()));
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what());
  }
  options.reconnect = !no_reconnect;
  return options;
}

}  // namespace client
