// A walk over the few keys there are. Every error has its place, and all are told at once.
#include "client/terminal/preferences.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "core/ascii.hpp"
#include "core/fingerprint.hpp"
#include "core/text.hpp"

namespace client {
namespace {

std::string safe(std::string_view text) {
  std::string shown;
  core::sanitize(text, shown);
  return shown;
}

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  Preferences read(const std::vector<YAML::Node>& documents) {
    Preferences read;
    if (documents.size() > 1) {
      wrong(documents[1], "---", "begins a second document; the preferences are one");
    }
    const YAML::Node document = documents.empty() ? YAML::Node() : documents.front();
    if (document.IsNull()) return finished(std::move(read));
    for_each_key(document, "", [&](const std::string& key, const YAML::Node& value) {
      if (key == "server") return take_server(key, value, read.server);
      if (key == "nick") return take_name(key, value, read.nick);
      if (key == "rooms") return take_rooms(key, value, read.rooms, read.keys);
      if (key == "colours") return take_choice(key, value, kColours, read.colours);
      if (key == "bell") return take_choice(key, value, kBell, read.alert.bell);
      if (key == "notify") return take_choice(key, value, kNotify, read.alert.notification);
      if (key == "servers") return take_servers(key, value, read.servers);
      wrong(value, key,
            "is not a key; expected server, nick, rooms, colours, bell, notify or servers");
    });
    return finished(std::move(read));
  }

 private:
  Preferences finished(Preferences read) const {
    if (errors_.empty()) return read;
    throw PreferencesError(fmt::format("{}", fmt::join(errors_, "\n")));
  }

  template <typename Value>
  using Choices = std::vector<std::pair<std::string_view, Value>>;

  static inline const Choices<ColourChoice> kColours = {{"auto", ColourChoice::kAuto},
                                                        {"always", ColourChoice::kAlways},
                                                        {"never", ColourChoice::kNever}};
  static inline const Choices<bool> kBell = {{"never", false}, {"mentions", true}};
  static inline const Choices<Notification> kNotify = {{"never", Notification::kNone},
                                                       {"osc9", Notification::kOsc9},
                                                       {"osc777", Notification::kOsc777}};

  void wrong(const YAML::Node& node, std::string_view key, std::string_view message) {
    errors_.push_back(fmt::format("{}:{}:{}: {}: {}", file_, node.Mark().line + 1,
                                  node.Mark().column + 1, safe(key), message));
  }

  using TakeKey = std::function<void(const std::string& key, const YAML::Node& value)>;

  // `prefix` leads to the mapping in messages: "servers.home.".
  void for_each_key(const YAML::Node& mapping, const std::string& prefix, const TakeKey& take) {
    if (!mapping.IsMap()) {
      const std::string name = prefix.empty() ? "the file" : prefix.substr(0, prefix.size() - 1);
      return wrong(mapping, name, "expected a mapping of keys to values");
    }
    std::set<std::string> seen;
    for (const auto& entry : mapping) {
      if (!entry.first.IsScalar()) {
        wrong(entry.first, prefix, "expected a word as the key");
      } else if (!seen.insert(entry.first.Scalar()).second) {
        wrong(entry.first, prefix + entry.first.Scalar(), "is given twice");
      } else {
        take(prefix + entry.first.Scalar(), entry.second);
      }
    }
  }

  void take_server(const std::string& key, const YAML::Node& value, std::string& server) {
    if (!value.IsScalar() || !is_one_word(value.Scalar())) {
      return wrong(value, key, "expected a name of servers, or HOST or HOST:PORT");
    }
    server = value.Scalar();
  }

  void take_name(const std::string& key, const YAML::Node& value, std::string& name) {
    if (!value.IsScalar() || !is_one_word(value.Scalar())) {
      return wrong(value, key, "expected one word without control characters");
    }
    name = value.Scalar();
  }

  // An unquoted #room is a comment to YAML, and the value is none.
  void take_rooms(const std::string& key, const YAML::Node& value, std::vector<std::string>& rooms,
                  RoomKeys& keys) {
    if (!value.IsSequence()) {
      return wrong(value, key, "expected a list such as [dev, ops] or ['#dev', '#ops']");
    }
    for (const auto& room : value) {
      if (!room.IsScalar() || !add_room(room.Scalar(), rooms, keys)) {
        wrong(room, key,
              "expected names of rooms, each with its key behind it where it has one; a # needs "
              "quotes: '#dev', '#ops sesame'");
      }
    }
  }

  template <typename Value>
  void take_choice(const std::string& key, const YAML::Node& value, const Choices<Value>& choices,
                   Value& choice) {
    std::string words;
    for (const auto& [word, meaning] : choices) {
      if (value.IsScalar() && value.Scalar() == word) {
        choice = meaning;
        return;
      }
      words += words.empty() ? "" : ", ";
      words += word;
    }
    wrong(value, key, "expected one of " + words);
  }

  // `tls: true` trusts whom the system trusts; the two others say who is trusted, and so imply it.
  // `plain` is where the contrary is said.
  void take_tls(const std::string& name, const std::string& key, const YAML::Node& value,
                std::optional<core::TlsTrust>& tls, std::optional<YAML::Node>& plain) {
    const std::string text = value.IsScalar() ? value.Scalar() : std::string();
    if (name == "tls") {
      if (text != "true" && text != "false") return wrong(value, key, "expected true or false");
      if (text == "false") {
        plain = value;
      } else if (!tls) {
        tls.emplace();
      }
    } else if (name == "tls_authorities") {
      if (text.empty()) return wrong(value, key, "expected the name of a PEM file");
      if (!tls) tls.emplace();
      tls->authorities = text;
    } else if (name == "tls_fingerprint") {
      if (core::parse_fingerprint(text).empty()) {
        return wrong(value, key, "expected 64 hex digits (SHA-256), colons allowed");
      }
      if (!tls) tls.emplace();
      tls->fingerprint = text;
    } else {
      wrong(value, key, "is not a key; expected tls, tls_authorities or tls_fingerprint");
    }
  }

  // Who says two things about trust is asked which, and never gets the weaker of them.
  void check_trust(const std::string& path, const YAML::Node& entry,
                   const std::optional<core::TlsTrust>& tls,
                   const std::optional<YAML::Node>& plain) {
    if (plain && tls) {
      wrong(*plain, path + ".tls", "is false, but another key says whom to trust; leave one out");
    }
    if (tls && !tls->authorities.empty() && !tls->fingerprint.empty()) {
      wrong(entry["tls_fingerprint"], path + ".tls_fingerprint",
            "stands instead of tls_authorities; leave one out");
    }
  }

  void take_servers(const std::string& key, const YAML::Node& value,
                    std::vector<KnownServer>& servers) {
    for_each_key(value, key + ".", [&](const std::string& path, const YAML::Node& entry) {
      KnownServer server;
      server.name = path.substr(key.size() + 1);
      const std::size_t errors_before = errors_.size();
      bool has_address = false;
      std::optional<YAML::Node> plain;
      for_each_key(entry, path + ".", [&](const std::string& inner, const YAML::Node& part) {
        const std::string name = inner.substr(path.size() + 1);
        if (name == "nick") return take_name(inner, part, server.nick);
        if (name == "rooms") return take_rooms(inner, part, server.rooms, server.keys);
        if (name.starts_with("tls")) return take_tls(name, inner, part, server.tls, plain);
        if (name != "address") {
          return wrong(part, inner, "is not a key; expected address, nick, rooms or tls");
        }
        const auto address = part.IsScalar() ? parse_endpoint(part.Scalar()) : std::nullopt;
        has_address = true;
        if (!address) return wrong(part, inner, "expected HOST or HOST:PORT");
        server.address = *address;
      });
      if (!has_address && errors_.size() == errors_before) wrong(entry, path, "has no address");
      check_trust(path, entry, server.tls, plain);
      servers.push_back(std::move(server));
    });
  }

  const std::string& file_;
  std::vector<std::string> errors_;
};

// What yaml-cpp would take for more, or less, than it is.
bool is_text(std::string_view yaml) {
  const bool has_controls = std::any_of(yaml.begin(), yaml.end(), [](char byte) {
    return static_cast<unsigned char>(byte) < ' ' && byte != '\n' && byte != '\r' && byte != '\t';
  });
  return !has_controls && core::well_formed_prefix(yaml) == yaml.size();
}

}  // namespace

const KnownServer* Preferences::find(std::string_view name) const {
  const auto found = std::find_if(servers.begin(), servers.end(),
                                  [name](const KnownServer& one) { return one.name == name; });
  return found == servers.end() ? nullptr : &*found;
}

const KnownServer* Preferences::find(const Endpoint& address) const {
  const auto found =
      std::find_if(servers.begin(), servers.end(), [&address](const KnownServer& one) {
        return one.address.port == address.port &&
               core::equal_ignoring_case(one.address.certified_name(), address.certified_name());
      });
  return found == servers.end() ? nullptr : &*found;
}

Preferences parse_preferences(const std::string& yaml, const std::string& name) {
  if (yaml.size() > kPreferencesMost) throw PreferencesError(name + ": is larger than 64 KiB");
  if (!is_text(yaml)) throw PreferencesError(name + ": is not text in UTF-8");
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(yaml);
    return Reader(name).read(documents);
  } catch (const YAML::Exception& error) {
    throw PreferencesError(fmt::format("{}:{}:{}: not valid YAML: {}", name, error.mark.line + 1,
                                       error.mark.column + 1, safe(error.msg)));
  }
}

Preferences read_preferences(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kPreferencesMost + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file && !file.eof()) {
    throw PreferencesError(fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return parse_preferences(text, path);
}

std::string default_preferences_path() {
  namespace fs = std::filesystem;
  const char* const config = std::getenv("XDG_CONFIG_HOME");
  if (config != nullptr && fs::path(config).is_absolute()) {
    return fs::path(config) / "hubbub" / "hubbub.yaml";
  }
  const char* const home = std::getenv("HOME");
  if (home == nullptr || !fs::path(home).is_absolute()) return {};
  return fs::path(home) / ".config" / "hubbub" / "hubbub.yaml";
}

bool is_one_word(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7F';
  });
}

std::string with_room_mark(std::string_view room) {
  return room.starts_with('#') ? std::string(room) : fmt::format("#{}", room);
}

bool add_room(std::string_view text, std::vector<std::string>& rooms, RoomKeys& keys) {
  const std::size_t space = text.find(' ');
  const std::string_view name = text.substr(0, space);
  if (!is_one_word(name)) return false;
  const std::string room = with_room_mark(name);
  if (space != std::string_view::npos) {
    const std::string_view key = text.substr(space + 1);
    if (!is_one_word(key) || key.starts_with('#')) return false;  // two rooms
    if (!RoomKeys::fits(room) || !RoomKeys::fits(key)) return false;
    keys.give(room, key);
  }
  rooms.push_back(room);
  return true;
}

}  // namespace client
