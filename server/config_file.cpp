// A walk over a YAML tree beside the table of keys.
//
// yaml-cpp knows places (marks) and syntax; what a name or a value means, only the table knows. A
// place is written as compilers do, file:line:column, so that editors jump to it.
#include "server/config_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <map>
#include <memory>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "core/assert.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "server/config_keys.hpp"

namespace server {
namespace {

constexpr std::string_view kCommandLine = "command line";  // stands for a file in errors

// A key as it was given. One that would break the rule of a line per error, or a terminal, is
// quoted.
std::string shown_key(std::string_view key) {
  const bool harmless = std::all_of(key.begin(), key.end(), [](char letter) {
    return letter > ' ' && letter <= '~' && letter != '"';
  });
  constexpr std::size_t kMostShown = 60;
  return harmless && !key.empty() && key.size() <= kMostShown ? std::string(key) : in_quotes(key);
}

// What came up on the way through the sources.
struct Findings {
  std::vector<std::string> errors;                         // whole lines
  std::map<std::string, std::string, std::less<>> places;  // by key: where it was last set

  void add(std::string_view place, std::string_view message) {
    errors.push_back(fmt::format("{}: {}", place, message));
  }
  void add(std::string_view place, std::string_view key, std::string_view message) {
    errors.push_back(fmt::format("{}: {}: {}", place, shown_key(key), message));
  }
};

// What a node is, where something else is expected.
std::string_view found(const YAML::Node& node) {
  if (node.IsNull()) return "has no value";
  if (node.IsScalar()) return "is a single value";
  return node.IsSequence() ? "is a list" : "is a mapping";
}

std::string place_of(const std::string& file, const YAML::Mark& mark) {
  return fmt::format("{}:{}:{}", file, mark.line + 1, mark.column + 1);
}

template <typename Target>
bool is_section(std::span<const Key<Target>> keys, std::string_view name) {
  return std::any_of(keys.begin(), keys.end(), [&](const Key<Target>& key) {
    return key.name.size() > name.size() && key.name[name.size()] == '.' &&
           key.name.starts_with(name);
  });
}

// Reads a mapping, with its sections, into a Target by the table of the Target's keys.
template <typename Target>
class MappingReader {
 public:
  // `prefix` leads to the mapping in messages: "listen[0]."; empty for the file's own.
  MappingReader(std::span<const Key<Target>> keys, Target& target, const std::string& file,
                std::string prefix, Findings& findings)
      : keys_(keys),
        target_(target),
        file_(file),
        prefix_(std::move(prefix)),
        findings_(findings) {}

  // `section` is empty or, for a section's mapping, its name with a dot at the end.
  void read(const YAML::Node& mapping, const std::string& section = "") {
    std::map<std::string, int> lines;
    for (const auto& entry : mapping) {
      const YAML::Node& name = entry.first;
      if (!name.IsScalar()) {
        findings_.add(place(name), fmt::format("a key {}; expected a word", found(name)));
        continue;
      }
      const auto [first, fresh] = lines.emplace(name.Scalar(), name.Mark().line + 1);
      if (fresh) {
        read_entry(name, entry.second, section);
      } else {
        findings_.add(place(name), prefix_ + section + name.Scalar(),
                      fmt::format("is given twice; first on line {}", first->second));
      }
    }
  }

 private:
  std::string place(const YAML::Node& node) const { return place_of(file_, node.Mark()); }

  void read_entry(const YAML::Node& word, const YAML::Node& value, const std::string& section) {
    const std::string name = section + word.Scalar();
    const std::string path = prefix_ + name;
    // yaml-cpp places a value that is not there at whatever comes next.
    const std::string value_place = place(value.IsNull() ? word : value);
    if (is_section(keys_, name)) {
      if (value.IsMap()) return read(value, name + ".");
      if (value.IsNull()) return;
      return findings_.add(value_place, path,
                           fmt::format("{}; expected a section of keys", found(value)));
    }
    const Key<Target>* key = find_key(keys_, name);
    if (key == nullptr) {
      return findings_.add(place(word), path, unknown_key(name, key_names(keys_)));
    }
    if (section_of(name) != section) {
      return findings_.add(place(word), path,
                           "a key of a section stands indented under its section");
    }
    findings_.places.insert_or_assign(path, place(word));
    if (const auto complaint = read_value(*key, value, path)) {
      findings_.add(value_place, path, *complaint);
    }
  }

  std::optional<std::string> read_value(const Key<Target>& key, const YAML::Node& value,
                                        const std::string& path) {
    const bool is_list = key.style == YamlStyle::kListeners;
    if (is_list && value.IsSequence()) {
      const auto text = read_listeners(value, path);
      return text ? key.read(target_, *text) : std::nullopt;
    }
    if (!is_list && value.IsScalar()) return key.read(target_, value.Scalar());
    return fmt::format("{}; expected {}", found(value), key.accepts);
  }

  static std::vector<std::string_view> needed_names() {
    return key_names(listener_keys().first(kListenerKeysNeeded));
  }

  // The text form of a list of listeners; nothing where it has errors.
  std::optional<std::string> read_listeners(const YAML::Node& list, const std::string& path) {
    const std::size_t errors_before = findings_.errors.size();
    std::vector<Listener> listeners;
    for (const auto& entry : list) {
      const std::string entry_path = fmt::format("{}[{}]", path, listeners.size());
      Listener& listener = listeners.emplace_back();
      if (!entry.IsMap()) {
        findings_.add(place(entry), entry_path,
                      fmt::format("{}; expected a mapping with {}", found(entry),
                                  fmt::join(needed_names(), " and ")));
        continue;
      }
      MappingReader<Listener>(listener_keys(), listener, file_, entry_path + ".", findings_)
          .read(entry);
      for (const Key<Listener>& key : listener_keys().first(kListenerKeysNeeded)) {
        if (entry[std::string(key.name)]) continue;
        findings_.add(place(entry), entry_path,
                      fmt::format("has no {}; expected {}", key.name, key.accepts));
      }
      if (listener.tls.certificate.empty() && !listener.tls.key.empty()) {
        findings_.add(place(entry), entry_path, "has a tls.key and no tls.certificate");
      }
    }
    if (findings_.errors.size() != errors_before) return std::nullopt;
    return print_listeners(listeners);
  }

  std::span<const Key<Target>> keys_;
  Target& target_;
  const std::string& file_;
  std::string prefix_;
  Findings& findings_;
};

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// At most kMostConfigBytes + 1 bytes, so that too much shows and /dev/zero ends. Throws
// std::system_error.
std::string read_text(const std::string& path) {
  const std::unique_ptr<std::FILE, FileCloser> file(std::fopen(path.c_str(), "re"));
  if (!file) throw core::system_error(errno, "cannot be read");
  std::string text(kMostConfigBytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) throw core::system_error(errno, "cannot be read");
  return text;
}

// The offset of a byte that YAML does not allow in text, or that is not UTF-8. yaml-cpp takes some
// of them for more than they are: after a byte of 4 it sees nothing, FE FF makes all of it UTF-16;
// and what is wrong with UTF-8 it passes on.
std::size_t find_binary(std::string_view text) {
  const auto binary = std::find_if(text.begin(), text.end(), [](char byte) {
    return static_cast<unsigned char>(byte) < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
  });
  const auto offset = static_cast<std::size_t>(binary - text.begin());
  return std::min(offset, core::well_formed_prefix(text));
}

// What yaml-cpp says of a text may repeat a byte of it, be it half a character or worse.
std::string safe_message(const YAML::Exception& failure) {
  std::string message;
  core::sanitize(failure.msg, message);
  return message;
}

// Hears where documents begin and nothing else.
class DocumentPlaces final : public YAML::EventHandler {
 public:
  std::vector<YAML::Mark> marks;

  void OnDocumentStart(const YAML::Mark& mark) override { marks.push_back(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// Where what YAML::Load would leave unread begins: a second document, or text that yaml-cpp takes
// for one. YAML::LoadAll is no help: it finds documents without end in some malformed texts
// (yaml-cpp 0.7). Throws YAML::ParserException.
std::optional<YAML::Mark> find_second_document(const std::string& yaml) {
  std::istringstream stream(yaml);
  YAML::Parser parser(stream);
  DocumentPlaces places;
  parser.HandleNextDocument(places);
  parser.HandleNextDocument(places);
  if (places.marks.size() < 2) return std::nullopt;
  return places.marks.back();
}

// A configuration under construction.
class Builder {
 public:
  void read_file(const std::string& path) {
    try {
      read_yaml(read_text(path), path);
    } catch (const std::system_error& failure) {
      findings_.add(path, failure.what());
    }
  }

  void read_yaml(std::string_view yaml, const std::string& file) {
    if (yaml.size() > kMostConfigBytes) {
      return findings_.add(file, fmt::format("is larger than {}, too large for a configuration",
                                             core::format_size(kMostConfigBytes)));
    }
    if (const std::size_t offset = find_binary(yaml); offset != yaml.size()) {
      const auto line = 1 + std::count(yaml.begin(), yaml.begin() + offset, '\n');
      return findings_.add(fmt::format("{}:{}", file, line),
                           fmt::format("byte {:#04x} is not text; expected YAML in UTF-8",
                                       static_cast<unsigned char>(yaml[offset])));
    }
    try {
      read_document(std::string(yaml), file);
    } catch (const YAML::ParserException& failure) {
      findings_.add(place_of(file, failure.mark),
                    fmt::format("not valid YAML: {}", safe_message(failure)));
    }
  }

  void set(const Setting& setting) {
    const auto keys = config_keys();
    if (is_section(keys, setting.key)) {
      return findings_.add(kCommandLine, setting.key, "is a section; expected one of its keys");
    }
    const Key<Config>* key = find_key(keys, setting.key);
    if (key == nullptr) {
      return findings_.add(kCommandLine, setting.key, unknown_key(setting.key, key_names(keys)));
    }
    findings_.places.insert_or_assign(setting.key, std::string(kCommandLine));
    if (const auto complaint = key->read(config_, setting.text)) {
      findings_.add(kCommandLine, setting.key, *complaint);
    }
  }

  // Throws ConfigError if anything was wrong.
  Config finish() {
    if (findings_.errors.empty()) add_conflicts();
    if (findings_.errors.empty()) return std::move(config_);
    throw ConfigError(fmt::format("{}", fmt::join(findings_.errors, "\n")));
  }

 private:
  void read_document(const std::string& yaml, const std::string& file) {
    const YAML::Node document = YAML::Load(yaml);
    if (document.IsMap()) {
      MappingReader<Config>(config_keys(), config_, file, "", findings_).read(document);
    } else if (!document.IsNull()) {
      findings_.add(place_of(file, document.Mark()),
                    fmt::format("{}; expected a mapping of keys to values", found(document)));
    }
    if (const auto mark = find_second_document(yaml)) {
      findings_.add(place_of(file, *mark), "a second YAML document; expected one");
    }
  }

  // The defaults have no conflicts, so at least one of the keys was set somewhere.
  void add_conflicts() {
    const auto& places = findings_.places;
    for (const Conflict& conflict : find_conflicts(config_)) {
      const auto key = std::find_if(conflict.keys.begin(), conflict.keys.end(),
                                    [&](std::string_view name) { return places.contains(name); });
      HUBBUB_ASSERT(key != conflict.keys.end());
      findings_.add(places.find(*key)->second, conflict.keys.front(), conflict.message);
    }
  }

  Config config_;
  Findings findings_;
};

// A double-quoted scalar: it can hold any text on one line, and of what a configuration can have,
// only three characters need an escape. Not YAML::Emitter: it replaces some characters (U+FFFF).
std::string quoted_yaml(std::string_view text) {
  std::string quoted = "\"";
  for (const char byte : text) {
    if (byte == '"' || byte == '\\') quoted += '\\';
    if (byte == '\n') {
      quoted += "\\n";
    } else {
      quoted += byte;
    }
  }
  return quoted + '"';
}

// `name: value` of a key whose value stands on the same line.
template <typename Target>
std::string print_scalar(const Key<Target>& key, std::string_view name, const Target& target) {
  const std::string value = key.print(target);
  return fmt::format("{}: {}\n", name,
                     key.style == YamlStyle::kQuoted ? quoted_yaml(value) : value);
}

std::string print_list(const std::vector<Listener>& listeners) {
  std::string text;
  for (const Listener& listener : listeners) {
    std::string_view bullet = "  - ";
    std::string_view section;
    for (const Key<Listener>& key : listener_keys()) {
      if (key.print(listener).empty()) continue;
      const std::string_view own_section = section_of(key.name);
      if (own_section != std::exchange(section, own_section)) {
        text += fmt::format("    {}:\n", own_section.substr(0, own_section.size() - 1));
      }
      text += fmt::format("{}{}", section.empty() ? bullet : "      ",
                          print_scalar(key, key.name.substr(section.size()), listener));
      bullet = "    ";
    }
  }
  return text;
}

}  // namespace

Config load_config(const ConfigSources& sources) {
  Builder builder;
  if (sources.file) builder.read_file(*sources.file);
  for (const Setting& setting : sources.settings) builder.set(setting);
  return builder.finish();
}

Config parse_config(std::string_view yaml, const std::string& name,
                    std::span<const Setting> settings) {
  Builder builder;
  builder.read_yaml(yaml, name);
  for (const Setting& setting : settings) builder.set(setting);
  return builder.finish();
}

std::string print_config(const Config& config) {
  std::string text = "# The effective configuration of hubbubd.\n";
  std::string_view section;
  for (const Key<Config>& key : config_keys()) {
    const std::string_view own_section = section_of(key.name);
    const std::string_view name = key.name.substr(own_section.size());
    if (own_section != section) {
      section = own_section;
      text += fmt::format("{}:\n", section.substr(0, section.find('.')));
    }
    const std::string_view indent = section.empty() ? "" : "  ";
    text += fmt::format("{}# {}: {}\n{}", indent, key.help, key.accepts, indent);
    if (key.style == YamlStyle::kListeners) {
      text += fmt::format("{}:\n{}", name, print_list(parse_listeners(key.print(config)).value()));
    } else {
      text += print_scalar(key, name, config);
    }
  }
  return text;
}

}  // namespace server
