// The options, on CLI11.
#include "client/terminal/options.hpp"

#include <filesystem>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "client/terminal/preferences.hpp"
#include "core/fingerprint.hpp"

namespace client {
namespace {

constexpr int kUsageError = 2;

constexpr const char* kDescription =
    "hubbub: the terminal client of the hubbub chat server.\n"
    "On a terminal it is a chat window. Otherwise it is a filter: lines in are said, also those\n"
    "that begin with /, and lines out are what the server sends.";

constexpr const char* kFooter =
    "Examples:\n"
    "  hubbub --nick alice --room dev --room ops chat.example.org\n"
    "  make 2>&1 | hubbub --nick build-bot --room ci > /dev/null\n"
    "  hubbub --room ops --json | jq -r 'select(.kind == \"said\") | .text'\n"
    "\n"
    "Preferences: ~/.config/hubbub/hubbub.yaml (a commented one: deploy/hubbub-client.yaml).\n"
    "Exit status: 0 after /quit or the end of the input, 1 when the server cannot be reached,\n"
    "refused the nick, the room or, as a filter, anything that was said, or ended the connection,\n"
    "2 for a wrong command line or preferences that cannot be understood.";

// What was given on the command line; what was not is open.
struct Given {
  std::optional<std::string> server;
  std::optional<std::string> nick;
  std::vector<std::string> rooms;
  RoomKeys keys;
  std::optional<ColourChoice> colours;
  std::optional<bool> bell;
  std::optional<Notification> notification;
  std::optional<std::string> preferences;
  std::optional<std::string> authorities;
  std::optional<std::string> fingerprint;
  bool tls = false;
  bool no_reconnect = false;
};

void check_name(const std::string& option, const std::string& name) {
  if (is_one_word(name)) return;
  throw CLI::ValidationError(option, "a name is one word without control characters");
}

ExitRequest usage_error(std::string_view message) {
  return {kUsageError, fmt::format("hubbub: {}\nTry 'hubbub --help'.\n", message), true};
}

// An option that takes one of a few words.
template <typename Value>
void add_choice(CLI::App& app, const std::string& name,
                const std::vector<std::pair<std::string, Value>>& choices,
                std::optional<Value>& choice, const std::string& help) {
  std::string words;
  for (const auto& [word, value] : choices) words += (words.empty() ? "" : "|") + word;
  const auto take = [name, choices, words, &choice](const std::string& given) {
    for (const auto& [word, value] : choices) {
      if (given == word) choice = value;
    }
    if (!choice) throw CLI::ValidationError(name, fmt::format("expected one of {}", words));
  };
  app.add_option_function<std::string>(name, take, help)->type_name(words);
}

void add_options(CLI::App& app, Given& given, Options& options) {
  app.add_option("HOST[:PORT]", given.server,
                 "the server, or its name in the preferences (127.0.0.1:7777 if not given)")
      ->type_name("");
  const auto take_nick = [&given](const std::string& nick) {
    check_name("--nick", nick);
    given.nick = nick;
  };
  const auto take_room = [&given](const std::string& room) {
    if (add_room(room, given.rooms, given.keys)) return;
    throw CLI::ValidationError("--room", "expected the name of a room, or 'NAME KEY'");
  };
  app.add_option_function<std::string>("--nick", take_nick, "be called this")->type_name("NICK");
  app.add_option_function<std::string>(
         "--room", take_room,
         "join this room; # may be left out. 'ROOM KEY' opens one that has a key, for which the "
         "preferences are the better place: others of the machine can read a command line. Again "
         "for more rooms: you talk in the first")
      ->type_name("ROOM")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->trigger_on_parse();  // once for each
  app.add_flag("--tls", given.tls, "speak TLS, with whom the system's authorities confirm");
  app.add_option("--tls-authorities", given.authorities,
                 "the same, but with whom the certificates in this PEM file confirm")
      ->type_name("FILE");
  app.add_option("--tls-fingerprint", given.fingerprint,
                 "the same, but with whom has exactly this certificate (SHA-256, in hex)")
      ->type_name("HEX");
  app.add_flag("--plain", options.plain, "be a filter on a terminal too");
  app.add_flag("--commands", options.commands,
               "as a filter: lines that begin with / are commands, // says a /");
  app.add_flag("--json", options.json, "be a filter, and print every line as an object of JSON");
  app.add_flag("--no-reconnect", given.no_reconnect,
               "on a terminal: end when the connection is lost, as a filter does");
  add_choice<ColourChoice>(app, "--colours",
                           {{"auto", ColourChoice::kAuto},
                            {"always", ColourChoice::kAlways},
                            {"never", ColourChoice::kNever}},
                           given.colours, "auto: where the terminal can, and NO_COLOR is not set");
  add_choice<bool>(app, "--bell", {{"never", false}, {"mentions", true}}, given.bell,
                   "ring when you are mentioned or told something in private");
  add_choice<Notification>(
      app, "--notify",
      {{"never", Notification::kNone},
       {"osc9", Notification::kOsc9},
       {"osc777", Notification::kOsc777}},
      given.notification,
      "the same as a desktop notification, by the sequence your terminal takes");
  app.add_option("--config", given.preferences, "the preferences, instead of those in ~/.config")
      ->type_name("FILE");
  app.set_version_flag("--version", "hubbub " HUBBUB_VERSION, "print the version");
  app.set_help_flag("-h,--help", "print this");
}

Preferences preferences_of(const Given& given, const std::string& path) {
  if (given.preferences) return read_preferences(*given.preferences);
  std::error_code error;
  const bool is_there = !path.empty() && std::filesystem::exists(path, error);
  return is_there || error ? read_preferences(path) : Preferences();
}

// Who is trusted; nothing where TLS is not asked for. What the command line says about it counts
// instead of all that holds for the server.
std::optional<core::TlsTrust> trust_of(const KnownServer* known, const Given& given) {
  if (given.authorities || given.fingerprint) {
    return core::TlsTrust{.authorities = given.authorities.value_or(""),
                          .fingerprint = given.fingerprint.value_or("")};
  }
  if (known != nullptr && known->tls) return known->tls;
  return given.tls ? std::optional<core::TlsTrust>(std::in_place) : std::nullopt;
}

// What asks a filter for nothing (--bell never) is no mistake.
std::vector<std::string> for_a_window(const Given& given) {
  std::vector<std::string> names;
  if (given.no_reconnect) names.emplace_back("--no-reconnect");
  if (given.colours == ColourChoice::kAlways) names.emplace_back("--colours always");
  if (given.bell == true) names.emplace_back("--bell mentions");
  if (given.notification.value_or(Notification::kNone) != Notification::kNone) {
    names.emplace_back("--notify");
  }
  return names;
}

// Throws PreferencesError; CLI::ValidationError where the command line is at fault.
void complete_with(const Preferences& preferences, const Given& given, Options& options) {
  const std::string server = given.server.value_or(preferences.server);
  const KnownServer* known = preferences.find(server);
  if (known != nullptr) {
    options.server = known->address;
  } else if (given.server || !server.empty()) {
    const std::optional<Endpoint> endpoint = parse_endpoint(server);
    if (!endpoint) {
      throw CLI::ValidationError(
          fmt::format("'{}' is not HOST or HOST:PORT, such as chat.example.org:7777", server));
    }
    options.server = *endpoint;
  }
  if (known == nullptr) known = preferences.find(options.server);
  options.tls = trust_of(known, given);
  const bool has_own_nick = known != nullptr && !known->nick.empty();
  const bool has_own_rooms = known != nullptr && !known->rooms.empty();
  options.nick = given.nick.value_or(has_own_nick ? known->nick : preferences.nick);
  options.rooms = has_own_rooms ? known->rooms : preferences.rooms;
  options.keys = has_own_rooms ? known->keys : preferences.keys;
  if (!given.rooms.empty()) {
    options.rooms = given.rooms;
    for (const std::string& room : given.rooms) {
      const std::string_view key = given.keys.of(room);
      if (!key.empty()) options.keys.give(room, key);
    }
  }
  options.colours = given.colours.value_or(preferences.colours);
  options.alert.bell = given.bell.value_or(preferences.alert.bell);
  options.alert.notification = given.notification.value_or(preferences.alert.notification);
  options.reconnect = !given.no_reconnect;
  options.for_a_window = for_a_window(given);
}

}  // namespace

std::vector<std::string> idle_options(const Options& options, bool is_filter) {
  std::vector<std::string> sentences;
  if (!is_filter && options.commands) {
    sentences.emplace_back(
        "--commands changes nothing on a terminal: a line that begins with / is a command there "
        "anyway");
  }
  if (!is_filter) return sentences;
  for (const std::string& name : options.for_a_window) {
    sentences.push_back(fmt::format(
        "{} changes nothing in a filter{}", name,
        name == "--no-reconnect" ? ": it ends when the connection is lost anyway" : ""));
  }
  return sentences;
}

std::variant<Options, ExitRequest> parse_options(int argc, const char* const* argv,
                                                 const std::string& preferences_path) {
  Options options;
  Given given;
  CLI::App app(kDescription, "hubbub");
  app.footer(kFooter);
  add_options(app, given, options);
  try {
    app.parse(argc, argv);
    if (given.authorities && given.authorities->empty()) {
      throw CLI::ValidationError("--tls-authorities", "expected the name of a PEM file");
    }
    if (given.authorities && given.fingerprint) {
      throw CLI::ValidationError("--tls-fingerprint", "stands instead of --tls-authorities");
    }
    if (given.fingerprint && core::parse_fingerprint(*given.fingerprint).empty()) {
      throw CLI::ValidationError("--tls-fingerprint", "expected 64 hex digits, colons allowed");
    }
    complete_with(preferences_of(given, preferences_path), given, options);
  } catch (const CLI::CallForHelp&) {
    return ExitRequest{0, app.help(), false};
  } catch (const CLI::CallForVersion& version) {
    return ExitRequest{0, fmt::format("{}\n", version.what()), false};
  } catch (const CLI::ExtrasError&) {
    return usage_error(fmt::format("unexpected argument '{}'", app.remaining().front()));
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what());
  } catch (const PreferencesError& error) {
    return ExitRequest{kUsageError, fmt::format("{}\n", error.what()), true};
  }
  return options;
}

}  // namespace client
