// Configuration: defaults, files, overrides, and what is said about everything that is wrong.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include "server/config_file.hpp"
#include "server/config_keys.hpp"

namespace server {
namespace {

using namespace std::chrono_literals;

using Lines = std::vector<std::string>;

Lines split_lines(const std::string& text) {
  Lines lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Every error of a file's text and overrides; empty where they are accepted.
Lines errors_of(std::string_view yaml, const std::vector<Setting>& settings = {}) {
  try {
    parse_config(yaml, "f", settings);
  } catch (const ConfigError& error) {
    return split_lines(error.what());
  }
  return {};
}

Lines errors_of_file(const std::string& path) {
  try {
    load_config({path, {}});
  } catch (const ConfigError& error) {
    return split_lines(error.what());
  }
  return {};
}

Config with(const std::string& key, const std::string& text) {
  const Setting setting{key, text};
  return parse_config("", "f", {&setting, 1});
}

bool accepts(const std::string& key, const std::string& text) {
  return errors_of("", {{key, text}}).empty();
}

std::string listener_text(const Config& config) {
  return print_listeners(config.listen);
}

// A file that is gone when the test is over.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content)
      : path_(std::filesystem::temp_directory_path() /
              ("hubbub-config-test-" + std::to_string(getpid()) + ".yaml")) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

// --- defaults

TEST(Config, WithoutAnythingChatAndEchoAreServedOnLoopback) {
  EXPECT_EQ(listener_text(load_config({})), "chat=127.0.0.1:7777,echo=127.0.0.1:7007");
}

TEST(Config, EveryKeyHasItsPromisedDefault) {
  const std::vector<std::pair<const char*, const char*>> kDefaults = {
      {"listen", "chat=127.0.0.1:7777,echo=127.0.0.1:7007"},
      {"loops", "auto"},
      {"direct_sockets", "0"},
      {"ring", "auto"},
      {"data_dir", ""},
      {"log.level", "info"},
      {"log.format", "text"},
      {"log.pattern", "%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v"},
      {"chat.name", "hubbub"},
      {"chat.lobby", "#lobby"},
      {"chat.motd", ""},
      {"chat.replay", "10"},
      {"chat.digest_above", "30"},
      {"chat.digest_interval", "3s"},
      {"chat.on_lag", "skip"},
      {"limits.connections", "16000"},
      {"limits.reserve", "8"},
      {"limits.connections_per_address", "50"},
      {"limits.connects_per_minute", "60"},
      {"limits.trusted", "127.0.0.0/8, ::1"},
      {"limits.gateways", ""},
      {"limits.unannounced", "1000"},
      {"limits.handshake", "10s"},
      {"limits.input_rate", "10"},
      {"limits.input_burst", "40"},
      {"limits.input_patience", "1min"},
      {"limits.idle", "0s"},
      {"limits.unresponsive", "5min"},
      {"limits.line", "4KiB"},
      {"limits.nick", "32"},
      {"limits.room", "64"},
      {"limits.topic", "390"},
      {"limits.rooms_per_user", "20"},
      {"limits.rooms", "10000"},
      {"limits.rooms_per_address", "200"},
      {"limits.sanctions", "50000"},
      {"limits.sanctions_per_address", "1000"},
      {"limits.max_lag", "1MiB"},
      {"limits.mailbox", "256KiB"},
      {"limits.history", "64KiB"},
      {"limits.echo_buffer", "64KiB"},
      {"accounts.most", "100000"},
      {"accounts.registrations_per_day", "10"},
      {"accounts.attempts_per_minute", "5"},
      {"accounts.hashing_threads", "1"},
      {"accounts.hashing_queue", "32"},
      {"operators.networks", ""},
      {"operators.password", ""},
      {"operators.accounts", ""},
      {"shutdown.grace", "5s"},
      {"diagnostics.slow_callback", "100ms"},
      {"diagnostics.watchdog", "5s"},
  };
  std::vector<std::pair<std::string, std::string>> actual;
  for (const auto& key : config_keys()) actual.emplace_back(key.name, key.print(Config()));
  EXPECT_EQ(actual,
            (std::vector<std::pair<std::string, std::string>>(kDefaults.begin(), kDefaults.end())));
}

TEST(Config, EveryKeyAcceptsItsOwnDefault) {
  for (const auto& key : config_keys()) {
    EXPECT_EQ(with(std::string(key.name), key.print(Config())), Config()) << key.name;
  }
}

TEST(Config, TheDefaultsHaveNoConflicts) {
  EXPECT_TRUE(find_conflicts(Config()).empty());
}

TEST(Config, NothingToReadMeansTheDefaults) {
  for (const char* yaml : {"", "\n", "# only a comment\n", "---\n", "---\n...\n", "{}", "~",
                           "limits:\n", "limits:\n  # line: 1KiB\n", "limits: {}", "limits: ~"}) {
    EXPECT_EQ(parse_config(yaml, "f"), Config()) << yaml;
  }
}

// --- files

TEST(Config, AFileSetsValuesOfEveryForm) {
  const Config config = parse_config(R"(
listen:
  - {protocol: echo, address: "[::1]:0"}
loops: 3
ring: io_uring
log: {level: error, format: json}
chat:
  name: harbour
  lobby: "#quay"
  motd: |
    Welcome.
    Be kind.
  digest_interval: 250ms
  on_lag: disconnect
limits:
  max_lag: 4MiB
  rooms: 12
)",
                                     "f");
  EXPECT_EQ(listener_text(config), "echo=[::1]:0");
  EXPECT_EQ(config.loops, 3u);
  EXPECT_EQ(config.ring, RingKind::kIoUring);
  EXPECT_EQ(config.log.level, LogLevel::kError);
  EXPECT_EQ(config.log.format, LogFormat::kJson);
  EXPECT_EQ(config.chat.name, "harbour");
  EXPECT_EQ(config.chat.lobby, "#quay");
  EXPECT_EQ(config.chat.motd, "Welcome.\nBe kind.\n");
  EXPECT_EQ(config.chat.digest_interval, 250ms);
  EXPECT_EQ(config.chat.on_lag, LagPolicy::kDisconnect);
  EXPECT_EQ(config.limits.max_lag, 4 * core::kMiB);
  EXPECT_EQ(config.limits.rooms, 12u);
  EXPECT_EQ(config.limits.line, Config().limits.line);
}

TEST(Config, WindowsLineEndsAndAByteOrderMarkAreFine) {
  const Config config =
      parse_config("\xEF\xBB\xBFloops: 3\r\nchat:\r\n  motd: |\r\n    a\r\n", "f");
  EXPECT_EQ(config.loops, 3u);
  EXPECT_EQ(config.chat.motd, "a\n");
}

TEST(Config, AFileIsReadFromDisk) {
  const TemporaryFile file("loops: 7\n");
  EXPECT_EQ(load_config({file.path(), {}}).loops, 7u);
}

TEST(Config, AMissingFileIsAnError) {
  EXPECT_EQ(errors_of_file("/nowhere/hubbub.yaml"),
            (Lines{"/nowhere/hubbub.yaml: cannot be read: No such file or directory"}));
}

TEST(Config, ADirectoryIsAnError) {
  EXPECT_EQ(errors_of_file("/"), (Lines{"/: cannot be read: Is a directory"}));
}

TEST(Config, AFileThatOpensButCannotBeReadIsAnError) {
  EXPECT_EQ(errors_of_file("/proc/self/mem"),
            (Lines{"/proc/self/mem: cannot be read: Input/output error"}));
}

TEST(Config, AFileThatNeverEndsIsAnError) {
  EXPECT_EQ(errors_of_file("/dev/zero"),
            (Lines{"/dev/zero: is larger than 256KiB, too large for a configuration"}));
}

TEST(Config, TheLargestFileIsReadAndOneByteMoreIsNot) {
  std::string yaml(kMostConfigBytes, '#');
  EXPECT_EQ(errors_of(yaml), Lines());
  yaml += '#';
  EXPECT_EQ(errors_of(yaml), (Lines{"f: is larger than 256KiB, too large for a configuration"}));
}

TEST(Config, AByteThatIsNotTextIsAnErrorWithItsLine) {
  EXPECT_EQ(errors_of("loops: 2\n# \x04\nbogus: 1\n"),
            (Lines{"f:2: byte 0x04 is not text; expected YAML in UTF-8"}));
  EXPECT_EQ(errors_of(std::string_view("l\0o\0", 4)),
            (Lines{"f:1: byte 0x00 is not text; expected YAML in UTF-8"}));
}

TEST(Config, WhatIsNotUtf8IsAnErrorWithItsLine) {
  EXPECT_EQ(errors_of("loops: 2\n# caf\xE9\n"),
            (Lines{"f:2: byte 0xe9 is not text; expected YAML in UTF-8"}));
  EXPECT_EQ(errors_of("# cut off \xE2\x82"),
            (Lines{"f:1: byte 0xe2 is not text; expected YAML in UTF-8"}));
  EXPECT_EQ(errors_of("\xFE\xFF"), (Lines{"f:1: byte 0xfe is not text; expected YAML in UTF-8"}));
}

TEST(Config, ASyntaxErrorRepeatsNothingThatATerminalWouldActOn) {
  EXPECT_EQ(errors_of("chat: {name: \"\\\x7F\"}"),
            (Lines{"f:1:17: not valid YAML: unknown escape character: "}));
  EXPECT_EQ(errors_of("chat: {name: \"\\\xC3\xA9\"}"),
            (Lines{"f:1:17: not valid YAML: unknown escape character: \xEF\xBF\xBD"}));
}

TEST(Config, ASyntaxErrorIsAnErrorWithItsPlace) {
  EXPECT_EQ(errors_of("loops: 2\nlog: {level: info\n"),
            (Lines{"f:3:1: not valid YAML: end of map flow not found"}));
  EXPECT_EQ(errors_of("a: b: c\n"), (Lines{"f:1:5: not valid YAML: illegal map value"}));
}

TEST(Config, ASecondDocumentIsAnError) {
  EXPECT_EQ(errors_of("loops: 2\n---\nloops: 3\n"),
            (Lines{"f:2:1: a second YAML document; expected one"}));
}

TEST(Config, AStrayCommaIsAnErrorAndNotDocumentsWithoutEnd) {
  EXPECT_EQ(errors_of(","), (Lines{"f:1:1: a second YAML document; expected one"}));
}

TEST(Config, EndlessNestingIsAnError) {
  EXPECT_EQ(errors_of(std::string(100'000, '[')).size(), 1u);
  EXPECT_EQ(errors_of(std::string(100'000, '{')).size(), 1u);
}

TEST(Config, AnythingButAMappingIsAnError) {
  EXPECT_EQ(errors_of("hello"),
            (Lines{"f:1:1: is a single value; expected a mapping of keys to values"}));
  EXPECT_EQ(errors_of("- a"), (Lines{"f:1:1: is a list; expected a mapping of keys to values"}));
}

// --- keys

TEST(Config, AnUnknownKeyIsAnErrorWithTheNearestOne) {
  EXPECT_EQ(errors_of("limits:\n  max_lagg: 1MiB\n"),
            (Lines{"f:2:3: limits.max_lagg: unknown key; did you mean limits.max_lag?"}));
  EXPECT_EQ(errors_of("loop: 3"), (Lines{"f:1:1: loop: unknown key; did you mean loops?"}));
}

TEST(Config, AnUnknownSectionIsAnErrorWithTheNearestOne) {
  EXPECT_EQ(errors_of("limit:\n  line: 1KiB\n"),
            (Lines{"f:1:1: limit: unknown key; did you mean limits?"}));
}

TEST(Config, AKeyInTheWrongSectionIsFoundInTheRightOne) {
  EXPECT_EQ(errors_of("max_lag: 1MiB"),
            (Lines{"f:1:1: max_lag: unknown key; did you mean limits.max_lag?"}));
  EXPECT_EQ(errors_of("log: {lobby: x}"),
            (Lines{"f:1:7: log.lobby: unknown key; did you mean chat.lobby?"}));
}

TEST(Config, AnUnknownKeyLikeNoOtherIsAnsweredWithThoseOfItsSection) {
  EXPECT_EQ(errors_of("elephant: 1"),
            (Lines{"f:1:1: elephant: unknown key; expected one of listen, loops, direct_sockets, "
                   "ring, data_dir, "
                   "log, chat, limits, accounts, operators, shutdown, diagnostics"}));
  EXPECT_EQ(errors_of("shutdown: {elephant: 1}"),
            (Lines{"f:1:12: shutdown.elephant: unknown key; expected one of grace"}));
}

TEST(Config, AKeyGivenTwiceIsAnError) {
  EXPECT_EQ(errors_of("loops: 2\nring: auto\nloops: 2\n"),
            (Lines{"f:3:1: loops: is given twice; first on line 1"}));
  EXPECT_EQ(errors_of("log:\n  level: info\n  level: info\n"),
            (Lines{"f:3:3: log.level: is given twice; first on line 2"}));
  EXPECT_EQ(errors_of("log: {level: info}\nlog: {format: text}\n"),
            (Lines{"f:2:1: log: is given twice; first on line 1"}));
}

TEST(Config, ADottedKeyInAFileIsAnError) {
  EXPECT_EQ(errors_of("limits.line: 1KiB"),
            (Lines{"f:1:1: limits.line: a key of a section stands indented under its section"}));
}

TEST(Config, AKeyThatIsNoWordIsAnError) {
  EXPECT_EQ(errors_of("[a]: 1\n~: 2\n"), (Lines{"f:1:1: a key is a list; expected a word",
                                                "f:2:1: a key has no value; expected a word"}));
}

TEST(Config, AKeyCannotSpeakToTheTerminalOrFakeALine) {
  EXPECT_EQ(errors_of(R"("x\ny\e[2J": 1)"),
            (Lines{"f:1:1: \"x\\x0ay\\x1b[2J\": unknown key; expected one of listen, loops, "
                   "direct_sockets, ring, "
                   "data_dir, log, chat, limits, accounts, operators, shutdown, diagnostics"}));
}

TEST(Config, MergeKeysAreNoKeys) {
  EXPECT_EQ(errors_of("<<: {loops: 3}").size(), 1u);
}

TEST(Config, AMappingThatContainsItselfIsAnError) {
  EXPECT_EQ(errors_of("limits: &x\n  line: *x\n"),
            (Lines{"f:1:9: limits.line: is a mapping; expected a size from 64 to 64KiB"}));
}

// --- values

TEST(Config, AValueOfTheWrongTypeIsAnError) {
  EXPECT_EQ(errors_of("loops: [1, 2]\nlog: 5\nlimits:\n  line: {a: b}\nring:\n"),
            (Lines{"f:1:8: loops: is a list; expected auto or a whole number from 1 to 64",
                   "f:2:6: log: is a single value; expected a section of keys",
                   "f:4:9: limits.line: is a mapping; expected a size from 64 to 64KiB",
                   "f:5:1: ring: has no value; expected auto, io_uring or epoll"}));
}

TEST(Config, AnUnquotedRoomIsTakenForACommentAndTheErrorSaysSo) {
  EXPECT_EQ(errors_of("chat:\n  lobby: #lobby\n  replay: 5\n"),
            (Lines{"f:2:3: chat.lobby: has no value; expected a room such as \"#lobby\", in quotes "
                   "in a file"}));
}

TEST(Config, ABadValueIsAnErrorThatSaysWhatIsAccepted) {
  EXPECT_EQ(
      errors_of("limits:\n  max_lag: huge\n  rooms: -1\nshutdown: {grace: 5}\n"),
      (Lines{"f:2:12: limits.max_lag: \"huge\" is not accepted; expected a size from 64KiB to "
             "1GiB, such as 65536, 64KiB or 1MiB",
             "f:3:10: limits.rooms: \"-1\" is not accepted; expected a whole number from 1 to "
             "1000000",
             "f:4:19: shutdown.grace: \"5\" is not accepted; expected a duration from 0s to "
             "10min, such as 250ms, 5s or 2min"}));
}

TEST(Config, ABadChoiceIsAnErrorWithTheNearestWord) {
  EXPECT_EQ(errors_of("log: {level: warn}"),
            (Lines{"f:1:14: log.level: \"warn\" is not accepted; expected trace, debug, info, "
                   "warning or error; did you mean warning?"}));
  EXPECT_EQ(errors_of("ring: quantum"),
            (Lines{"f:1:7: ring: \"quantum\" is not accepted; expected auto, io_uring or epoll"}));
}

TEST(Config, ABadValueIsShownWithoutWhatATerminalWouldActOn) {
  const std::string rest = " is not accepted; expected auto or a whole number from 1 to 64";
  const std::string place = "command line: loops: ";
  EXPECT_EQ(errors_of("", {{"loops", "h\xC3\xBC\"\\"}}),
            (Lines{place + "\"h\xC3\xBC\\\"\\\\\"" + rest}));
  EXPECT_EQ(errors_of("", {{"loops", "a\xC3\x1b"}}), (Lines{place + "\"a\\xc3\\x1b\"" + rest}));
  EXPECT_EQ(errors_of("", {{"loops", "\xE2\x80"}}), (Lines{place + "\"\\xe2\\x80\"" + rest}));
  // The cut is before a character, never within.
  EXPECT_EQ(errors_of("", {{"loops", std::string(59, 'x') + "\xC3\xBC"}}),
            (Lines{place + "\"" + std::string(59, 'x') + "\"..." + rest}));
}

TEST(Config, ALongBadValueIsCutInTheError) {
  const Lines errors = errors_of("", {{"loops", std::string(5'000, 'x')}});
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_LT(errors.front().size(), 200u);
}

struct Range {
  const char* key;
  const char* least;
  const char* most;
  const char* below;  // empty: nothing is
  const char* above;
};

TEST(Config, RangesAreInclusive) {
  const std::vector<Range> kRanges = {
      {"loops", "1", "64", "0", "65"},
      {"chat.replay", "0", "1000", "", "1001"},
      {"chat.digest_above", "0", "1000000", "", "1000001"},
      {"chat.digest_interval", "100ms", "10min", "99ms", "601s"},
      {"limits.connections", "1", "1000000", "0", "1000001"},
      {"limits.line", "64", "64KiB", "63", "65537"},
      {"limits.nick", "1", "64", "0", "65"},
      {"limits.room", "6", "128", "1", "129"},  // 2 with a lobby that fits: see the conflicts
      {"limits.topic", "0", "4KiB", "", "4097"},
      {"limits.rooms_per_user", "1", "1000", "0", "1001"},
      {"limits.rooms", "1", "1000000", "0", "1000001"},
      {"limits.rooms_per_address", "0", "1000000", "-1", "1000001"},
      {"limits.sanctions", "1", "10000000", "0", "10000001"},
      {"limits.sanctions_per_address", "0", "10000000", "-1", "10000001"},
      {"limits.max_lag", "64KiB", "1GiB", "65535", "1073741825"},
      {"limits.mailbox", "16KiB", "64MiB", "16383", "67108865"},
      {"limits.history", "0", "64MiB", "", "67108865"},
      {"limits.echo_buffer", "4KiB", "16MiB", "4095", "16777217"},
      {"accounts.most", "1", "10000000", "0", "10000001"},
      {"accounts.registrations_per_day", "0", "1000000", "-1", "1000001"},
      {"accounts.attempts_per_minute", "0", "1000000", "", "1000001"},
      {"accounts.hashing_threads", "1", "64", "0", "65"},
      {"accounts.hashing_queue", "0", "10000", "", "10001"},
      {"shutdown.grace", "0s", "10min", "", "601s"},
      {"diagnostics.slow_callback", "0s", "10min", "", "601s"},
      {"diagnostics.watchdog", "0s", "1h", "", "61min"},
  };
  for (const Range& range : kRanges) {
    EXPECT_TRUE(accepts(range.key, range.least)) << range.key;
    EXPECT_TRUE(accepts(range.key, range.most)) << range.key;
    EXPECT_FALSE(accepts(range.key, range.below)) << range.key << "=" << range.below;
    EXPECT_FALSE(accepts(range.key, range.above)) << range.key << "=" << range.above;
  }
}

TEST(Config, NumbersAreDecimalAndWhole) {
  for (const char* text :
       {"", "4.5", "0x4", "4 ", " 4", "+4", "four", "1e1", "18446744073709551617", "4KiB"}) {
    EXPECT_FALSE(accepts("limits.rooms", text)) << text;
  }
}

TEST(Config, TextMustBeSafeOnAnyTerminal) {
  for (const char* text :
       {"a\x1b[2J", "a\nb", "a\tb", "a\x7f", "\xC2\x9B", "\xFF", "\xE2\x80\xAE"}) {
    EXPECT_FALSE(accepts("chat.name", text)) << text;
    EXPECT_EQ(accepts("chat.motd", text), std::string_view(text) == "a\nb") << text;
  }
  EXPECT_TRUE(accepts("chat.name",
                      "h\xC3\xBC"
                      "bbub \xF0\x9F\x92\xAC"));
}

TEST(Config, TextHasALongestLength) {
  EXPECT_TRUE(accepts("chat.name", std::string(64, 'x')));
  EXPECT_FALSE(accepts("chat.name", std::string(65, 'x')));
  EXPECT_FALSE(accepts("chat.name", ""));
  EXPECT_TRUE(accepts("chat.motd", std::string(16 * core::kKiB, 'x')));
  EXPECT_FALSE(accepts("chat.motd", std::string(16 * core::kKiB + 1, 'x')));
  EXPECT_TRUE(accepts("log.pattern", std::string(256, 'x')));
  EXPECT_FALSE(accepts("log.pattern", std::string(257, 'x')));
}

TEST(Config, TheLobbyIsARoom) {
  EXPECT_EQ(
      errors_of("", {{"chat.lobby", "lobby"}}),
      (Lines{"command line: chat.lobby: \"lobby\" is not accepted; a room begins with #, such "
             "as #lobby"}));
  EXPECT_FALSE(accepts("chat.lobby", "#"));
  EXPECT_FALSE(accepts("chat.lobby", "#a b"));
  EXPECT_TRUE(accepts("chat.lobby", "#" + std::string(63, 'x')));
}

// --- listeners

TEST(Config, ACertificateMakesOneSpeakTls) {
  const Config config = parse_config(
      "listen:\n"
      "  - {protocol: chat, address: '127.0.0.1:1', tls: {certificate: c.pem, key: k.pem}}\n"
      "  - protocol: echo\n"
      "    address: '127.0.0.1:2'\n"
      "    tls:\n"
      "      certificate: both.pem\n"
      "  - {protocol: metrics, address: '127.0.0.1:3', tls: }\n",
      "f");
  EXPECT_EQ(listener_text(config),
            "chat=127.0.0.1:1=c.pem=k.pem,echo=127.0.0.1:2=both.pem,metrics=127.0.0.1:3");
  EXPECT_EQ(config.listen[0].tls.certificate, "c.pem");
  EXPECT_EQ(config.listen[0].tls.key, "k.pem");
  EXPECT_EQ(config.listen[1].tls.key, "");
  EXPECT_EQ(parse_config(print_config(config), "printed"), config);
}

TEST(Config, WhatIsWrongWithItsTlsIsNamed) {
  EXPECT_EQ(errors_of("listen:\n"
                      "  - {protocol: chat, address: '127.0.0.1:1', tls: {key: k.pem}}\n"),
            (Lines{"f:2:5: listen[0]: has a tls.key and no tls.certificate"}));
  EXPECT_EQ(errors_of("listen:\n"
                      "  - {protocol: chat, address: '127.0.0.1:1', tls: {cert: c.pem}}\n"),
            (Lines{"f:2:52: listen[0].tls.cert: unknown key; did you mean tls.certificate?"}));
  EXPECT_EQ(errors_of("listen:\n"
                      "  - {protocol: chat, address: '127.0.0.1:1', tls: c.pem}\n"),
            (Lines{"f:2:51: listen[0].tls: is a single value; expected a section of keys"}));
  EXPECT_EQ(errors_of("", {{"listen", "chat=127.0.0.1:1=c.pem=k.pem=more"}}).size(), 1U);
  EXPECT_EQ(errors_of("", {{"listen", "chat=127.0.0.1:1="}}).size(), 1U);
}

TEST(Config, EveryErrorOfAListenerIsTold) {
  EXPECT_EQ(
      errors_of("listen:\n"
                "  - {protocol: chta, address: 127.0.0.1}\n"
                "  - protocol: echo\n"
                "  - hello\n"
                "  - {protocol: echo, address: localhost:7, adress: 1}\n"),
      (Lines{"f:2:16: listen[0].protocol: \"chta\" is not accepted; expected chat, echo or "
             "metrics; did you "
             "mean chat?",
             "f:2:31: listen[0].address: \"127.0.0.1\" is not accepted; expected a numeric address "
             "(or localhost) and a port, such as 127.0.0.1:7777, 0.0.0.0:7777 or [::1]:7777",
             "f:3:5: listen[1]: has no address; expected a numeric address (or localhost) and a "
             "port, such as 127.0.0.1:7777, 0.0.0.0:7777 or [::1]:7777",
             "f:4:5: listen[2]: is a single value; expected a mapping with protocol and address",
             "f:5:44: listen[3].adress: unknown key; did you mean address?"}));
}

TEST(Config, ListenMustBeAListWithSomethingInIt) {
  EXPECT_EQ(errors_of("listen: []"),
            (Lines{"f:1:9: listen: is empty; expected a list of 1 to 64 listeners"}));
  EXPECT_EQ(errors_of("listen: {protocol: chat}"),
            (Lines{"f:1:9: listen: is a mapping; expected a list of 1 to 64 listeners"}));
  EXPECT_EQ(errors_of("listen: chat=127.0.0.1:1"),
            (Lines{"f:1:9: listen: is a single value; expected a list of 1 to 64 listeners"}));
}

TEST(Config, ThereMayBeSixtyFourListenersAndNoMore) {
  std::string text = "echo=127.0.0.1:0";
  for (int count = 1; count < 64; ++count) text += ",echo=127.0.0.1:0";
  EXPECT_TRUE(accepts("listen", text));
  EXPECT_EQ(errors_of("", {{"listen", text + ",echo=127.0.0.1:0"}}),
            (Lines{"command line: listen: has too many; expected a list of 1 to 64 listeners"}));
}

TEST(Config, AnOverrideReplacesAllListenersOfTheFile) {
  const Config config =
      parse_config("listen: [{protocol: chat, address: 127.0.0.1:1}]", "f",
                   std::vector<Setting>{{"listen", "echo=127.0.0.1:2,chat=[::1]:3"}});
  EXPECT_EQ(listener_text(config), "echo=127.0.0.1:2,chat=[::1]:3");
}

TEST(Config, EveryErrorOfAListenerOnTheCommandLineIsTold) {
  EXPECT_EQ(
      errors_of("", {{"listen", "chat,web=[::1]:80"}}),
      (Lines{"command line: listen: \"chat\" is not accepted; expected PROTOCOL=ADDRESS:PORT, "
             "such as chat=127.0.0.1:7777, or PROTOCOL=ADDRESS:PORT=CERTIFICATE=KEY for TLS; "
             "protocol: \"web\" is not accepted; expected chat, "
             "echo or metrics"}));
}

TEST(Config, OneAddressCannotBeListenedOnTwice) {
  EXPECT_EQ(errors_of("", {{"listen", "chat=127.0.0.1:7,echo=127.0.0.1:7"}}),
            (Lines{"command line: listen: 127.0.0.1:7 is listed twice; an address can have only "
                   "one listener"}));
}

TEST(Config, PortZeroMayBeAskedForAnyNumberOfTimes) {
  EXPECT_TRUE(accepts("listen", "chat=127.0.0.1:0,echo=127.0.0.1:0"));
}

// --- overrides

TEST(Config, AnOverrideIsStrongerThanTheFileAndTheLaterThanTheEarlier) {
  const std::vector<Setting> settings{{"loops", "3"}, {"loops", "4"}};
  EXPECT_EQ(parse_config("loops: 2", "f", settings).loops, 4u);
  EXPECT_EQ(load_config({std::nullopt, settings}).loops, 4u);
}

TEST(Config, AnOverrideIsTextAndNotYaml) {
  EXPECT_EQ(with("chat.lobby", "#quay").chat.lobby, "#quay");
  EXPECT_EQ(with("chat.motd", "~").chat.motd, "~");
  EXPECT_EQ(with("chat.motd", "").chat.motd, "");
}

TEST(Config, AnErrorOfAnOverrideNamesTheCommandLine) {
  EXPECT_EQ(errors_of("", {{"loops", "99"}, {"lim.line", "1"}, {"limits", "2"}, {"a\nb", "3"}}),
            (Lines{"command line: loops: \"99\" is not accepted; expected auto or a whole number "
                   "from 1 to 64",
                   "command line: lim.line: unknown key; did you mean limits.line?",
                   "command line: limits: is a section; expected one of its keys",
                   "command line: \"a\\x0ab\": unknown key; expected one of listen, loops, "
                   "direct_sockets, ring, "
                   "data_dir, log, chat, limits, accounts, operators, shutdown, diagnostics"}));
}

TEST(Config, ErrorsOfAllSourcesAreReportedTogether) {
  const Lines errors = errors_of("loops: 0\nring: x\n", {{"log.level", "x"}});
  EXPECT_EQ(errors.size(), 3u);
}

TEST(Config, AnOverrideDoesNotExcuseABadValueInTheFile) {
  EXPECT_EQ(errors_of("loops: 0", {{"loops", "1"}}).size(), 1u);
}

// --- conflicts

TEST(Config, TheLobbyMustFitTheLimitOfRooms) {
  EXPECT_EQ(errors_of("limits: {room: 5}"),
            (Lines{"f:1:10: chat.lobby: \"#lobby\" has 6 bytes, and limits.room allows 5"}));
  EXPECT_EQ(errors_of("limits: {room: 5}", {{"chat.lobby", "#quays"}}),
            (Lines{"command line: chat.lobby: \"#quays\" has 6 bytes, and limits.room allows 5"}));
  EXPECT_EQ(errors_of("{limits: {room: 5}, chat: {lobby: '#quay'}}"), Lines());
  EXPECT_EQ(errors_of("{limits: {room: 2}, chat: {lobby: '#q'}}"), Lines());
}

TEST(Config, AMailboxMustHoldALine) {
  EXPECT_EQ(errors_of("limits:\n  line: 64KiB\n  mailbox: 16KiB\n"),
            (Lines{"f:3:3: limits.mailbox: 16KiB cannot hold a line of the 64KiB that limits.line "
                   "allows"}));
  EXPECT_EQ(errors_of("limits: {line: 16KiB, mailbox: 16KiB}"), Lines());
}

TEST(Config, ConflictsNameKeysThatExist) {
  Config config;
  config.listen = {config.listen.front(), config.listen.front()};
  config.chat.lobby = std::string(1'000, 'x');
  config.limits.mailbox = 0;
  const std::vector<Conflict> conflicts = find_conflicts(config);
  EXPECT_EQ(conflicts.size(), 3u);
  for (const Conflict& conflict : conflicts) {
    for (const std::string_view key : conflict.keys) {
      EXPECT_NE(find_key(config_keys(), key), nullptr) << key;
    }
  }
}

TEST(Config, NetworksAreReadStrictly) {
  EXPECT_EQ(with("limits.trusted", "").limits.trusted.size(), 0U);
  EXPECT_EQ(with("limits.trusted", " 10.0.0.0/8,::1 ").limits.trusted.size(), 2U);
  for (const std::string wrong :
       {"10.0.0.1/8", "10.0.0.0/8,", ",::1", "localhost", "10.0.0.0/8 ::1", "*"}) {
    EXPECT_FALSE(accepts("limits.trusted", wrong)) << wrong;
  }
}

// --- printing

TEST(Config, WhatIsPrintedReadsBackTheSame) {
  const std::vector<Setting> settings = {
      {"listen", "echo=0.0.0.0:7,chat=[::1]:0,chat=[2001:db8::1]:65535"},
      {"loops", "64"},
      {"direct_sockets", "1000000"},
      {"ring", "epoll"},
      {"data_dir", "/var/lib/a b: #c"},
      {"log.level", "trace"},
      {"log.format", "json"},
      {"log.pattern", "%v: '\"\\ # - {x} [y]"},
      {"chat.name", "~"},
      {"chat.lobby", "#null"},
      {"chat.motd", "\n  two: \"lines\" \\n\n\n# \xC3\xBC\xF0\x9F\x92\xAC\n"},
      {"chat.replay", "0"},
      {"chat.digest_above", "1000000"},
      {"chat.digest_interval", "101234567ns"},
      {"chat.on_lag", "disconnect"},
      {"limits.connections", "1"},
      {"limits.reserve", "0"},
      {"limits.connections_per_address", "0"},
      {"limits.connects_per_minute", "1000000"},
      {"limits.trusted", "10.0.0.0/8, 2001:db8::/32, 192.0.2.1"},
      {"limits.gateways", "10.0.0.1"},
      {"limits.unannounced", "1"},
      {"limits.handshake", "100ms"},
      {"limits.input_rate", "0"},
      {"limits.input_burst", "1"},
      {"limits.input_patience", "0s"},
      {"limits.idle", "720h"},
      {"limits.unresponsive", "5s"},
      {"limits.line", "65535"},
      {"limits.nick", "64"},
      {"limits.room", "128"},
      {"limits.topic", "0"},
      {"limits.rooms_per_user", "1"},
      {"limits.rooms", "1000000"},
      {"limits.rooms_per_address", "0"},
      {"limits.sanctions", "1"},
      {"limits.sanctions_per_address", "0"},
      {"limits.max_lag", "1GB"},
      {"limits.mailbox", "64MiB"},
      {"limits.history", "1"},
      {"limits.echo_buffer", "16MiB"},
      {"accounts.most", "1"},
      {"accounts.registrations_per_day", "0"},
      {"accounts.attempts_per_minute", "0"},
      {"accounts.hashing_threads", "64"},
      {"accounts.hashing_queue", "10000"},
      {"operators.networks", "127.0.0.1, ::1"},
      {"operators.password",
       "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
      {"operators.accounts", "alice, Bob"},
      {"shutdown.grace", "90s"},
      {"diagnostics.slow_callback", "0s"},
      {"diagnostics.watchdog", "1h"},
  };
  ASSERT_EQ(settings.size(), config_keys().size());
  const Config config = load_config({std::nullopt, settings});
  for (const auto& key : config_keys()) {
    EXPECT_NE(key.print(config), key.print(Config())) << key.name << " is not tried here";
  }
  EXPECT_EQ(parse_config(print_config(config), "printed"), config);
}

TEST(Config, CharactersThatUnicodeCallsNoneArePrintedAndReadBack) {
  for (const char* motd : {"\xEF\xBF\xBF", "\xEF\xB7\x90", "\xF4\x8F\xBF\xBE"}) {
    const Config config = with("chat.motd", motd);
    EXPECT_EQ(config.chat.motd, motd);
    EXPECT_EQ(parse_config(print_config(config), "printed"), config);
  }
}

TEST(Config, TheDefaultsArePrintedAndReadBack) {
  EXPECT_EQ(parse_config(print_config(Config()), "printed"), Config());
}

// Whether a YAML text has a value for a dotted name.
bool has_key(const YAML::Node& document, std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return document[std::string(name)].IsDefined();
  const YAML::Node section = document[std::string(name.substr(0, dot))];
  return section.IsMap() && has_key(section, name.substr(dot + 1));
}

TEST(Config, AnOperatorsPasswordIsAHashAndWhatIsNoneIsNotRepeated) {
  const std::string hash =
      "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  EXPECT_EQ(parse_config("operators: {password: '" + hash + "'}", "f").operators.password, hash);
  try {
    parse_config("operators: {password: hunter2-hunter2}", "f");
    ADD_FAILURE() << "was accepted";
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(),
                 "f:1:23: operators.password: is no hash of a password; expected the hash that "
                 "hubbubd --hash-password prints, or \"\" for none");
  }
}

TEST(Config, OperatorsAccountsAreNicks) {
  EXPECT_EQ(parse_config("operators: {accounts: 'alice , Bob'}", "f").operators.accounts,
            (std::vector<std::string>{"alice", "Bob"}));
  EXPECT_TRUE(parse_config("operators: {accounts: ''}", "f").operators.accounts.empty());
  EXPECT_THROW(parse_config("operators: {accounts: 'alice, 1bob'}", "f"), ConfigError);
  EXPECT_THROW(parse_config("operators: {accounts: 'alice,'}", "f"), ConfigError);
}

TEST(Config, EveryKeyIsPrinted) {
  const YAML::Node document = YAML::Load(print_config(Config()));
  for (const auto& key : config_keys()) EXPECT_TRUE(has_key(document, key.name)) << key.name;
}

constexpr const char* kSample = HUBBUB_SOURCE_DIR "/deploy/hubbub.yaml";

TEST(SampleConfig, EqualsTheDefaults) {
  EXPECT_EQ(load_config({kSample, {}}), Config());
}

TEST(SampleConfig, HasEveryKey) {
  const YAML::Node document = YAML::LoadFile(kSample);
  for (const auto& key : config_keys()) EXPECT_TRUE(has_key(document, key.name)) << key.name;
}

}  // namespace
}  // namespace server
