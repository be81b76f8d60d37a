// The command line: what becomes a setting, and what ends the program with which words.
#include "server/options.hpp"

#include <initializer_list>

#include <gtest/gtest.h>

namespace server {
namespace {

std::variant<Options, ExitRequest> parse(std::initializer_list<const char*> arguments) {
  std::vector<const char*> argv{"hubbubd"};
  argv.insert(argv.end(), arguments);
  return parse_options(static_cast<int>(argv.size()), argv.data());
}

Options accept(std::initializer_list<const char*> arguments) {
  const auto result = parse(arguments);
  if (const auto* request = std::get_if<ExitRequest>(&result)) {
    ADD_FAILURE() << request->text;
    return {};
  }
  return std::get<Options>(result);
}

ExitRequest refuse(std::initializer_list<const char*> arguments) {
  const auto result = parse(arguments);
  if (const auto* request = std::get_if<ExitRequest>(&result)) return *request;
  ADD_FAILURE() << "was accepted";
  return {};
}

void expect_usage_error(const ExitRequest& request, const std::string& message) {
  EXPECT_EQ(request.status, 2);
  EXPECT_TRUE(request.to_stderr);
  EXPECT_EQ(request.text, "hubbubd: " + message + "\nTry 'hubbubd --help'.\n");
}

using Settings = std::vector<Setting>;

TEST(Options, NothingGivenMeansTheDefaults) {
  const Options options = accept({});
  EXPECT_FALSE(options.sources.file);
  EXPECT_TRUE(options.sources.settings.empty());
  EXPECT_FALSE(options.check_config);
  EXPECT_FALSE(options.print_config);
}

TEST(Options, HashPasswordIsDoneInsteadOfServing) {
  EXPECT_TRUE(accept({"--hash-password"}).hash_password);
  EXPECT_FALSE(accept({}).hash_password);
}

TEST(Options, ConfigNamesTheFile) {
  EXPECT_EQ(accept({"--config", "a.yaml"}).sources.file, "a.yaml");
  EXPECT_EQ(accept({"--config=a=b.yaml"}).sources.file, "a=b.yaml");
}

TEST(Options, SetTakesAKeyAndAValue) {
  EXPECT_EQ(accept({"--set", "limits.max_lag=1MiB"}).sources.settings,
            (Settings{{"limits.max_lag", "1MiB"}}));
}

TEST(Options, AValueMayHoldAnything) {
  EXPECT_EQ(accept({"--set", "chat.motd=a=b, [c] {d} #e\n\"f\""}).sources.settings,
            (Settings{{"chat.motd", "a=b, [c] {d} #e\n\"f\""}}));
  EXPECT_EQ(accept({"--set=chat.motd="}).sources.settings, (Settings{{"chat.motd", ""}}));
}

TEST(Options, ShorthandsAreSettings) {
  EXPECT_EQ(accept({"--loops", "4", "--ring", "epoll", "--log-level", "debug"}).sources.settings,
            (Settings{{"loops", "4"}, {"ring", "epoll"}, {"log.level", "debug"}}));
}

TEST(Options, SettingsKeepTheOrderGiven) {
  EXPECT_EQ(accept({"--set", "loops=1", "--loops", "2", "--set", "loops=3", "--loops", "4"})
                .sources.settings,
            (Settings{{"loops", "1"}, {"loops", "2"}, {"loops", "3"}, {"loops", "4"}}));
}

TEST(Options, ListenersAreCollectedIntoOneSetting) {
  EXPECT_EQ(accept({"--listen", "chat=[::1]:0", "--listen", "echo=127.0.0.1:7"}).sources.settings,
            (Settings{{"listen", "chat=[::1]:0,echo=127.0.0.1:7"}}));
}

TEST(Options, ListenersAreASettingWhereTheLastOfThemStands) {
  EXPECT_EQ(accept({"--listen", "a", "--set", "listen=b"}).sources.settings,
            (Settings{{"listen", "a"}, {"listen", "b"}}));
  EXPECT_EQ(accept({"--listen", "a", "--set", "loops=1", "--listen", "c"}).sources.settings,
            (Settings{{"loops", "1"}, {"listen", "a,c"}}));
}

TEST(Options, AnEmptyListenerIsNotOverlooked) {
  EXPECT_EQ(accept({"--listen", ""}).sources.settings, (Settings{{"listen", ""}}));
}

TEST(Options, ValuesAreNotJudgedHere) {
  EXPECT_EQ(accept({"--loops", "-1"}).sources.settings, (Settings{{"loops", "-1"}}));
}

TEST(Options, FlagsAskForTheConfigurationInstead) {
  EXPECT_TRUE(accept({"--check-config"}).check_config);
  EXPECT_TRUE(accept({"--print-config"}).print_config);
}

TEST(Options, VersionIsPrintedAndIsNoError) {
  const ExitRequest request = refuse({"--version"});
  EXPECT_EQ(request.status, 0);
  EXPECT_FALSE(request.to_stderr);
  EXPECT_EQ(request.text, "hubbubd " HUBBUB_VERSION "\n");
}

TEST(Options, HelpNamesEveryOptionWithinEightyColumns) {
  const ExitRequest request = refuse({"--help"});
  EXPECT_EQ(request.status, 0);
  EXPECT_FALSE(request.to_stderr);
  for (const char* option :
       {"--config FILE", "--listen PROTOCOL=ADDR:PORT", "--set KEY=VALUE", "--loops N", "--ring",
        "--log-level", "--check-config", "--print-config", "--version", "--help", "Examples:"}) {
    EXPECT_NE(request.text.find(option), std::string::npos) << option;
  }
  std::size_t column = 0;
  for (const char letter : request.text) {
    column = letter == '\n' ? 0 : column + 1;
    ASSERT_LE(column, 80u) << request.text;
  }
}

TEST(Options, AnUnknownOptionIsAUsageErrorWithTheNearestOne) {
  expect_usage_error(refuse({"--chekc-config"}),
                     "unknown option \"--chekc-config\"; did you mean --check-config?");
  expect_usage_error(refuse({"--lops=3"}), "unknown option \"--lops\"; did you mean --loops?");
  expect_usage_error(refuse({"-x"}), "unknown option \"-x\"");
}

TEST(Options, AnArgumentThatIsNoOptionIsAUsageError) {
  expect_usage_error(refuse({"hubbub.yaml"}), "unexpected argument \"hubbub.yaml\"");
  expect_usage_error(refuse({"--check-config", "--set", "loops=1", "loops=2"}),
                     "unexpected argument \"loops=2\"");
}

TEST(Options, AMissingValueIsAUsageError) {
  expect_usage_error(refuse({"--config"}), "--config: 1 required FILE missing");
  expect_usage_error(refuse({"--loops"}), "--loops: 1 required N missing");
}

TEST(Options, ASettingWithoutAKeyIsAUsageError) {
  expect_usage_error(refuse({"--set", "foo"}),
                     "--set: \"foo\" is not KEY=VALUE, such as limits.nick=24");
  expect_usage_error(refuse({"--set", "=3"}),
                     "--set: \"=3\" is not KEY=VALUE, such as limits.nick=24");
}

TEST(Options, AnArgumentCannotSpeakToTheTerminal) {
  EXPECT_EQ(refuse({"--\x1b[2J"}).text.find('\x1b'), std::string::npos);
  EXPECT_EQ(refuse({"--set", "\x1b[2J"}).text.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace server
