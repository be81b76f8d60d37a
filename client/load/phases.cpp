// From YAML to command lines: there is one place that knows options, and it is not here.
#include "client/load/phases.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "core/text.hpp"

namespace load {
namespace {

using Options = std::map<std::string, YAML::Node>;

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  std::vector<Phase> read(const YAML::Node& document, const std::vector<std::string>& more) {
    if (!document.IsMap()) wrong(document, "expected a mapping with phases");
    for (const auto& entry : document) {
      const std::string key = entry.first.Scalar();
      if (key != "all" && key != "phases") {
        wrong(entry.first, fmt::format("'{}' is not a key; expected all or phases", safe(key)));
      }
    }
    const Options all = document["all"] ? options_of(document["all"]) : Options();
    const YAML::Node list = document["phases"];
    if (!list || !list.IsSequence() || list.size() == 0) {
      wrong(list ? list : document, "expected phases, a list of at least one");
    }
    std::vector<Phase> phases;
    for (const auto& entry : list) {
      Options options = options_of(entry);
      for (const auto& [name, value] : all) options.try_emplace(name, value);
      std::erase_if(options, [&](const auto& option) { return is_given(option.first, more); });
      phases.push_back(make_phase(entry, options, phases));
      Phase& made = phases.back();
      made.arguments.insert(made.arguments.end(), more.begin(), more.end());
    }
    return phases;
  }

 private:
  // Assertions add up.
  static bool is_given(const std::string& name, const std::vector<std::string>& arguments) {
    const std::string option = "--" + name;
    return name != "assert" &&
           std::any_of(arguments.begin(), arguments.end(), [&](const std::string& one) {
             return one == option || one.starts_with(option + "=");
           });
  }

  static std::string safe(std::string_view text) {
    std::string shown;
    core::sanitize(text, shown);
    return shown;
  }

  std::string place_of(const YAML::Node& node) const {
    return fmt::format("{}:{}", file_, std::max(node.Mark().line + 1, 1));
  }
  [[noreturn]] void wrong(const YAML::Node& node, std::string_view message) const {
    throw PhasesError(fmt::format("{}: {}", place_of(node), message));
  }

  Options options_of(const YAML::Node& mapping) const {
    if (!mapping.IsMap()) wrong(mapping, "expected a mapping of options to values");
    Options options;
    for (const auto& entry : mapping) {
      const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "";
      const bool is_name =
          !name.empty() && name.front() != '-' && name.find_first_of(" =\n") == std::string::npos;
      if (!is_name) wrong(entry.first, "expected the name of an option, without dashes");
      if (!options.emplace(name, entry.second).second) {
        wrong(entry.first, fmt::format("'{}' is given twice", safe(name)));
      }
    }
    return options;
  }

  std::string take_word(Options& options, const YAML::Node& phase, const std::string& key) const {
    auto node = options.extract(key);
    if (node.empty() || !node.mapped().IsScalar() || node.mapped().Scalar().empty()) {
      wrong(phase, fmt::format("a phase needs a {}", key));
    }
    return node.mapped().Scalar();
  }

  Phase make_phase(const YAML::Node& entry, Options options,
                   const std::vector<Phase>& before) const {
    Phase phase;
    phase.place = place_of(entry);
    phase.name = safe(take_word(options, entry, "name"));
    const bool is_new = std::none_of(before.begin(), before.end(), [&](const Phase& earlier) {
      return earlier.name == phase.name;
    });
    if (!is_new) wrong(entry, fmt::format("there is a phase '{}' already", phase.name));
    phase.arguments.push_back(take_word(options, entry, "scenario"));
    for (const auto& [name, value] : options) add_option(name, value, phase.arguments);
    return phase;
  }

  void add_option(const std::string& name, const YAML::Node& value,
                  std::vector<std::string>& arguments) const {
    if (value.IsSequence()) {
      for (const auto& one : value) add_option(name, one, arguments);
      return;
    }
    if (!value.IsScalar()) wrong(value, fmt::format("{}: expected a value or a list", safe(name)));
    const std::string text = value.Scalar();
    if (text == "true") {
      arguments.push_back("--" + name);
    } else if (text != "false") {
      arguments.push_back(fmt::format("--{}={}", name, text));
    }
  }

  const std::string& file_;
};

}  // namespace

std::vector<Phase> read_phases(const std::string& file, const std::vector<std::string>& more) {
  std::error_code unknown;
  if (std::filesystem::is_directory(file, unknown)) throw PhasesError(file + ": is a directory");
  try {
    return Reader(file).read(YAML::LoadFile(file), more);
  } catch (const YAML::BadFile&) {
    throw PhasesError(file + ": cannot be read");
  } catch (const YAML::Exception& error) {
    std::string message;
    core::sanitize(error.msg, message);
    throw PhasesError(fmt::format("{}:{}: not valid YAML: {}", file, error.mark.line + 1, message));
  }
}

}  // namespace load
