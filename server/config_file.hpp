// Making a Config from a YAML file and the overrides of a command line, and writing one as YAML.
//
// The file is read strictly: an unknown or repeated key, a value of the wrong type or out of range,
// a second document, anything that is not UTF-8 text of at most kMostConfigBytes is an error. All
// that is wrong is collected, from all sources, before anything is thrown; values that exclude each
// other are looked for once each is right by itself.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/units.hpp"
#include "server/config.hpp"

namespace server {

inline constexpr std::size_t kMostConfigBytes = 256 * core::kKiB;

// One override: a key by its dotted name and its value as text. The text is the value itself, never
// YAML: #lobby needs no quotes. `listen` takes PROTOCOL=ADDRESS:PORT, separated by commas.
struct Setting {
  std::string key;
  std::string text;

  bool operator==(const Setting&) const = default;
};

// Where a configuration comes from. Kept by whoever wants to read it again.
struct ConfigSources {
  std::optional<std::string> file;  // nothing: the defaults
  std::vector<Setting> settings;    // stronger than the file; of two for one key the later counts
};

// Throws ConfigError. Blocks on the disk.
Config load_config(const ConfigSources& sources);

// The same for a file's text; `name` stands for the file in errors.
Config parse_config(std::string_view yaml, const std::string& name,
                    std::span<const Setting> settings = {});

// Every key with its value, each under a comment on its purpose. Read back, it gives `config`.
std::string print_config(const Config& config);

}  // namespace server
