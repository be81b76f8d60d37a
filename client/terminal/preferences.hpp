// Preferences: what a person has written down once, so as not to type it each time.
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "client/terminal/alert.hpp"
#include "client/terminal/endpoint.hpp"
#include "client/terminal/room_keys.hpp"
#include "client/terminal/styling.hpp"
#include "core/tls_context.hpp"

namespace client {

// A server by a name of the person's own, and what holds there instead of the general.
struct KnownServer {
  std::string name;
  Endpoint address;
  std::string nick;                   // empty: the general one
  std::vector<std::string> rooms;     // empty: the general ones
  RoomKeys keys;                      // of those rooms
  std::optional<core::TlsTrust> tls;  // nothing: plain
};

struct Preferences {
  std::string server;              // the name of a known one, or HOST[:PORT]; empty: the local one
  std::string nick;                // empty: the one the server gives
  std::vector<std::string> rooms;  // with their #; the one to talk in first
  RoomKeys keys;                   // of those rooms
  ColourChoice colours = ColourChoice::kAuto;
  AlertChoice alert;
  std::vector<KnownServer> servers;

  // Nothing where no server has the name, or the address; the first, where several have it.
  const KnownServer* find(std::string_view name) const;
  const KnownServer* find(const Endpoint& address) const;
};

// What is wrong with the file, a line for each thing: FILE:LINE:COLUMN: KEY: message.
class PreferencesError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline constexpr std::size_t kPreferencesMost = 64 * 1024;  // bytes of the file

// Reads YAML strictly: an unknown or repeated key, a wrong type or a bad value is an error. All
// keys are optional; deploy/hubbub-client.yaml shows them. `name` stands for the file in errors.
// Throws PreferencesError.
Preferences parse_preferences(const std::string& yaml, const std::string& name);

// The same for a file; throws PreferencesError also where it cannot be read. Blocks on the disk.
Preferences read_preferences(const std::string& path);

// $XDG_CONFIG_HOME/hubbub/hubbub.yaml, by default ~/.config/hubbub/hubbub.yaml, whether it is there
// or not; empty where neither is set to an absolute path.
std::string default_preferences_path();

// Names as the command line and the file take them: one word without control characters. Which
// names are accepted is the server's to say.
bool is_one_word(std::string_view name);
std::string with_room_mark(std::string_view room);

// Adds a room, and its key where there is one: ROOM or ROOM KEY, as after /join; the # may be left
// out. False: it is neither, or too long for any server, and nothing is added.
bool add_room(std::string_view text, std::vector<std::string>& rooms, RoomKeys& keys);

}  // namespace client
