// The table of keys: the one place that knows a key's name, form, range and purpose.
//
// Reading a file, --set, --print-config and "did you mean" all walk this table, so a new key is a
// member of Config and one row. Defaults are the members' initial values.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/config.hpp"
#include "server/value_forms.hpp"

namespace server {

// One key of a Target (Config, or a Listener of its list). Immutable, for any thread.
template <typename Target>
struct Key {
  std::string_view name;  // dotted: limits.max_lag
  std::string_view help;  // a phrase, without a full stop
  std::string accepts;    // a phrase that fits after "expected"
  YamlStyle style;
  // Sets the value from its text, or leaves it and returns what is wrong.
  std::function<std::optional<std::string>(Target&, std::string_view text)> read;
  // The text that read() takes for the present value.
  std::function<std::string(const Target&)> print;
};

// Dotted names; the keys of a section stand together.
std::span<const Key<Config>> config_keys();

// What an entry of `listen` has; the first ones are needed, the others may be left out.
inline constexpr std::size_t kListenerKeysNeeded = 2;
std::span<const Key<Listener>> listener_keys();

// The text form of `listen`: PROTOCOL=ADDRESS:PORT[=CERTIFICATE[=KEY]], separated by commas.
// Nothing where it is refused.
std::optional<std::vector<Listener>> parse_listeners(std::string_view text);
std::string print_listeners(const std::vector<Listener>& listeners);

// What precedes the last dot, with it: "limits." of "limits.line", "" of "loops".
std::string_view section_of(std::string_view name);

// What to say about a name that is no key: the nearest one, else those of its section (or all
// sections). `names` are the keys' names.
std::string unknown_key(std::string_view name, std::span<const std::string_view> names);

template <typename Target>
const Key<Target>* find_key(std::span<const Key<Target>> keys, std::string_view name) {
  for (const Key<Target>& key : keys) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

template <typename Target>
std::vector<std::string_view> key_names(std::span<const Key<Target>> keys) {
  std::vector<std::string_view> names;
  for (const Key<Target>& key : keys) names.push_back(key.name);
  return names;
}

}  // namespace server
