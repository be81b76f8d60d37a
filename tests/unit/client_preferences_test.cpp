// The person's file: what is understood, and what is said about the rest.
#include <cstdlib>

#include <gtest/gtest.h>

#include "client/terminal/preferences.hpp"

namespace client {
namespace {

using Names = std::vector<std::string>;

std::string refused(const std::string& yaml) {
  try {
    parse_preferences(yaml, "file");
  } catch (const PreferencesError& error) {
    return error.what();
  }
  return "was accepted";
}

TEST(ClientPreferences, EverythingIsOptional) {
  for (const char* const yaml : {"", "# nothing\n", "---\n"}) {
    const Preferences preferences = parse_preferences(yaml, "file");
    EXPECT_EQ(preferences.server, "");
    EXPECT_EQ(preferences.nick, "");
    EXPECT_TRUE(preferences.rooms.empty());
    EXPECT_EQ(preferences.colours, ColourChoice::kAuto);
    EXPECT_FALSE(preferences.alert.bell);
  }
}

TEST(ClientPreferences, EveryKeyIsRead) {
  const Preferences preferences = parse_preferences(
      "server: home\n"
      "nick: alice\n"
      "rooms: ['#dev', ops]\n"
      "colours: never\n"
      "bell: mentions\n"
      "notify: osc777\n"
      "servers:\n"
      "  home: {address: 'chat.example:7000', nick: al, rooms: [lobby]}\n"
      "  work: {address: '[::1]:7'}\n",
      "file");
  EXPECT_EQ(preferences.server, "home");
  EXPECT_EQ(preferences.nick, "alice");
  EXPECT_EQ(preferences.rooms, (Names{"#dev", "#ops"}));
  EXPECT_EQ(preferences.colours, ColourChoice::kNever);
  EXPECT_TRUE(preferences.alert.bell);
  EXPECT_EQ(preferences.alert.notification, Notification::kOsc777);
  const KnownServer* const home = preferences.find("home");
  ASSERT_NE(home, nullptr);
  EXPECT_EQ(home->address.to_string(), "chat.example:7000");
  EXPECT_EQ(home->nick, "al");
  EXPECT_EQ(home->rooms, Names{"#lobby"});
  EXPECT_EQ(preferences.find("work")->address.to_string(), "[::1]:7");
  EXPECT_EQ(preferences.find("nowhere"), nullptr);
  EXPECT_EQ(preferences.find(Endpoint{"Chat.Example", 7000}), home);
  EXPECT_EQ(preferences.find(Endpoint{"chat.example.", 7000}), home) << "the same, to DNS";
  EXPECT_EQ(preferences.find(Endpoint{"chat.example", 7001}), nullptr);
}

TEST(ClientPreferences, ARoomMayHaveItsKeyBehindIt) {
  const Preferences preferences = parse_preferences(
      "rooms: [dev, '#Vault sesame']\n"
      "servers:\n"
      "  home: {address: h, rooms: ['vault barley']}\n",
      "file");
  EXPECT_EQ(preferences.rooms, (Names{"#dev", "#Vault"}));
  EXPECT_EQ(preferences.keys.of("#vault"), "sesame");
  EXPECT_EQ(preferences.keys.of("#dev"), "");
  EXPECT_EQ(preferences.servers[0].rooms, Names{"#vault"});
  EXPECT_EQ(preferences.servers[0].keys.of("#vault"), "barley");
  const std::string message =
      "expected names of rooms, each with its key behind it where it has one; a # needs quotes: "
      "'#dev', '#ops sesame'";
  for (const std::string& room : std::vector<std::string>{
           "' vault'", "'dev #ops'", "'vault '", "'vault  key'", "'vault a b'", "[a]", "''",
           "'vault " + std::string(RoomKeys::kBytesMost + 1, 'k') + "'"}) {
    EXPECT_EQ(refused("rooms: [" + room + "]\n"), "file:1:9: rooms: " + message) << room;
  }
}

TEST(ClientPreferences, WhatIsWrongIsToldWithItsPlace) {
  EXPECT_EQ(refused("nick: alice\nnik: bob\n").substr(0, 12), "file:2:6: ni");
  EXPECT_EQ(refused("nick: a b\n"), "file:1:7: nick: expected one word without control characters");
  EXPECT_EQ(refused("rooms: #dev\n"),
            "file:2:1: rooms: expected a list such as [dev, ops] or ['#dev', '#ops']");
  EXPECT_EQ(refused("colours: yes\n"), "file:1:10: colours: expected one of auto, always, never");
  EXPECT_EQ(refused("nick: a\nnick: b\n"), "file:2:1: nick: is given twice");
  EXPECT_EQ(refused("servers:\n  home: {nick: a}\n"), "file:2:9: servers.home: has no address");
  EXPECT_EQ(refused("servers:\n  home: {address: 'h:0'}\n"),
            "file:2:19: servers.home.address: expected HOST or HOST:PORT");
  EXPECT_EQ(refused("servers: [a]\n"), "file:1:10: servers: expected a mapping of keys to values");
  EXPECT_EQ(refused("- a\n"), "file:1:1: the file: expected a mapping of keys to values");
}

TEST(ClientPreferences, TwoWordsAboutTrustAreOneTooMany) {
  const std::string fingerprint(64, 'a');
  const auto refused_tls = [](const std::string& keys) {
    return refused("servers:\n  home:\n    address: h\n" + keys);
  };
  EXPECT_EQ(refused_tls("    tls: false\n    tls_fingerprint: '" + fingerprint + "'\n"),
            "file:4:10: servers.home.tls: is false, but another key says whom to trust; "
            "leave one out");
  EXPECT_EQ(refused_tls("    tls_authorities: ca.pem\n    tls: false\n"),
            "file:5:10: servers.home.tls: is false, but another key says whom to trust; "
            "leave one out");
  EXPECT_EQ(
      refused_tls("    tls_fingerprint: '" + fingerprint + "'\n    tls_authorities: ca.pem\n"),
      "file:4:22: servers.home.tls_fingerprint: stands instead of tls_authorities; "
      "leave one out");
  EXPECT_EQ(refused_tls("    tls: maybe\n"), "file:4:10: servers.home.tls: expected true or false");
  EXPECT_EQ(refused_tls("    tls_fingerprint: [a]\n"),
            "file:4:22: servers.home.tls_fingerprint: expected 64 hex digits (SHA-256), colons "
            "allowed");
  EXPECT_EQ(refused_tls("    tls_key: k\n"),
            "file:4:14: servers.home.tls_key: is not a key; expected tls, tls_authorities or "
            "tls_fingerprint");
  EXPECT_EQ(refused_tls("    tls: false\n"), "was accepted");
}

TEST(ClientPreferences, ASecondDocumentIsNotPassedOver) {
  EXPECT_EQ(refused("nick: alice\n---\nrooms: [dev]\n").substr(0, 7), "file:3:");
  EXPECT_NE(refused("nick: alice\n---\nrooms: [dev]\n").find("second document"), std::string::npos);
  EXPECT_EQ(refused("---\nnick: alice\n...\n"), "was accepted");
}

TEST(ClientPreferences, AllThatIsWrongIsToldAtOnce) {
  const std::string all = refused("nick: a b\nbell: loud\n");
  EXPECT_NE(all.find("file:1:7"), std::string::npos) << all;
  EXPECT_NE(all.find("\nfile:2:7: bell: expected one of never, mentions"), std::string::npos)
      << all;
}

TEST(ClientPreferences, WhatIsNoYamlIsRefused) {
  EXPECT_TRUE(refused("nick: [\n").starts_with("file:2:1: not valid YAML: "))
      << refused("nick: [\n");
  EXPECT_EQ(refused(std::string("nick: a\0b\n", 10)), "file: is not text in UTF-8");
  EXPECT_EQ(refused("nick: \xFF\n"), "file: is not text in UTF-8");
  EXPECT_EQ(refused("nick: *nobody\n").substr(0, 5), "file:");
  EXPECT_EQ(refused(std::string(kPreferencesMost + 1, '#')), "file: is larger than 64 KiB");
}

TEST(ClientPreferences, AFileThatCannotBeReadSaysWhy) {
  try {
    read_preferences("/nonexistent/hubbub.yaml");
    ADD_FAILURE() << "was read";
  } catch (const PreferencesError& error) {
    EXPECT_STREQ(error.what(),
                 "/nonexistent/hubbub.yaml: cannot be read: No such file or directory");
  }
  EXPECT_THROW(read_preferences("/"), PreferencesError);
  EXPECT_THROW(read_preferences("/dev/zero"), PreferencesError);
}

TEST(ClientPreferences, TheSampleIsTheDefaults) {
  const Preferences sample = read_preferences(HUBBUB_SOURCE_DIR "/deploy/hubbub-client.yaml");
  EXPECT_EQ(sample.server, "127.0.0.1:7777");
  EXPECT_EQ(sample.nick, "");
  EXPECT_TRUE(sample.rooms.empty());
  EXPECT_EQ(sample.colours, ColourChoice::kAuto);
  EXPECT_FALSE(sample.alert.bell);
  EXPECT_EQ(sample.alert.notification, Notification::kNone);
}

TEST(ClientPreferences, TheFileIsWhereFilesOfItsKindAre) {
  ::setenv("XDG_CONFIG_HOME", "/xdg", 1);
  ::setenv("HOME", "/home/alice", 1);
  EXPECT_EQ(default_preferences_path(), "/xdg/hubbub/hubbub.yaml");
  ::setenv("XDG_CONFIG_HOME", "relative", 1);
  EXPECT_EQ(default_preferences_path(), "/home/alice/.config/hubbub/hubbub.yaml");
  ::unsetenv("XDG_CONFIG_HOME");
  ::setenv("HOME", "", 1);
  EXPECT_EQ(default_preferences_path(), "");
}

}  // namespace
}  // namespace client
