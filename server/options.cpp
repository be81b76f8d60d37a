// The options, on CLI11. --loops, --ring, --log-level and --listen are short for --set, so that
// each has one meaning, one range and one message.
#include "server/options.hpp"

#include <functional>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "server/config_keys.hpp"

namespace server {
namespace {

constexpr int kUsageError = 2;

constexpr const char* kDescription =
    "hubbubd: a chat and echo server.\n"
    "Without options it serves chat on 127.0.0.1:7777 and echo on 127.0.0.1:7007.";

constexpr const char* kFooter =
    "Options override the file; of two for the same key the later counts.\n"
    "\n"
    "Examples:\n"
    "  hubbubd --listen chat=0.0.0.0:7777 --set chat.name=harbour\n"
    "  hubbubd --config hubbub.yaml --check-config\n"
    "  hubbubd --print-config > hubbub.yaml   (a file to start from)";

constexpr const char* kSettingGroup = "Configuration";
constexpr const char* kInsteadGroup = "Instead of serving";

// CLI11's layout with one blank line between blocks, where it has none or two.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override {
    return "\n" + Formatter::make_usage(app, std::move(name)) + "\n";
  }
  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    return Formatter::make_group(std::move(group), is_positional, std::move(options)).substr(1);
  }
};

Setting parse_setting(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw CLI::ValidationError("--set",
                               in_quotes(text) + " is not KEY=VALUE, such as limits.nick=24");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// An option with one value that may be repeated. trigger_on_parse: CLI11 would otherwise call back
// in the order of definition, and of two options for one key the later would not count.
void add_setting_option(CLI::App& app, const std::string& name, const std::string& value,
                        const std::string& help,
                        const std::function<void(const std::string&)>& take) {
  app.add_option_function(name, take, help)
      ->type_name(value)
      ->group(kSettingGroup)
      ->trigger_on_parse();
}

std::string explain_unexpected(const CLI::App& app) {
  const std::string argument = app.remaining().front();
  if (!argument.starts_with('-')) return "unexpected argument " + in_quotes(argument);
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::string name = argument.substr(0, argument.find('='));
  return "unknown option " + in_quotes(name) +
         suggestion(name, std::vector<std::string_view>(names.begin(), names.end()));
}

ExitRequest usage_error(const std::string& message) {
  return {kUsageError, fmt::format("hubbubd: {}\nTry 'hubbubd --help'.\n", message), true};
}

}  // namespace

std::variant<Options, ExitRequest> parse_options(int argc, const char* const* argv) {
  Options options;
  std::vector<Setting>& settings = options.sources.settings;
  std::optional<std::string> listeners;
  std::size_t listeners_at = 0;

  CLI::App app(kDescription, "hubbubd");
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(kFooter);

  add_setting_option(app, "--config", "FILE", "read FILE (YAML)",
                     [&](const std::string& file) { options.sources.file = file; });
  add_setting_option(
      app, "--listen", "PROTOCOL=ADDR:PORT",
      "listen here instead; may be repeated; port 0: any;\n"
      "followed by =CERTIFICATE=KEY: with TLS",
      [&](const std::string& text) {
        // All of them are one setting, which stands where the last of them stood.
        if (listeners) settings.erase(settings.begin() + static_cast<std::ptrdiff_t>(listeners_at));
        listeners = listeners ? *listeners + "," + text : text;
        listeners_at = settings.size();
        settings.push_back({"listen", *listeners});
      });
  add_setting_option(app, "--set", "KEY=VALUE", "set any key of the file; may be repeated",
                     [&](const std::string& text) { settings.push_back(parse_setting(text)); });
  const auto add_shorthand = [&](const std::string& name, const std::string& value,
                                 std::string_view key) {
    add_setting_option(app, name, value, find_key(config_keys(), key)->accepts,
                       [&settings, key](const std::string& text) {
                         settings.push_back({std::string(key), text});
                       });
  };
  add_shorthand("--loops", "N", "loops");
  add_shorthand("--ring", "KIND", "ring");
  add_shorthand("--log-level", "LEVEL", "log.level");

  app.add_flag("--check-config", options.check_config, "say whether the configuration is right")
      ->group(kInsteadGroup);
  app.add_flag("--print-config", options.print_config, "print the configuration with every key")
      ->group(kInsteadGroup);
  app.add_flag("--hash-password", options.hash_password, "read a password, print its hash")
      ->group(kInsteadGroup);
  app.set_version_flag("--version", "hubbubd " HUBBUB_VERSION, "print the version")
      ->group(kInsteadGroup);
  app.set_help_flag("-h,--help", "print this")->group(kInsteadGroup);

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return ExitRequest{0, app.help(), false};
  } catch (const CLI::CallForVersion& version) {
    return ExitRequest{0, fmt::format("{}\n", version.what()), false};
  } catch (const CLI::ExtrasError&) {
    return usage_error(explain_unexpected(app));
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what());
  }
  return options;
}

}  // namespace server
