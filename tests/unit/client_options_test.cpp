// The command line of hubbub: what is understood, and what ends the program with which words.
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "client/terminal/options.hpp"

namespace client {
namespace {

using Names = std::vector<std::string>;

// Without preferences, unless the arguments name some.
std::variant<Options, ExitRequest> parse(std::initializer_list<const char*> arguments) {
  std::vector<const char*> argv{"hubbub"};
  argv.insert(argv.end(), arguments);
  return parse_options(static_cast<int>(argv.size()), argv.data(), "/nonexistent/hubbub.yaml");
}

Options accept(std::initializer_list<const char*> arguments) {
  const auto result = parse(arguments);
  if (const auto* const request = std::get_if<ExitRequest>(&result)) {
    ADD_FAILURE() << request->text;
    return {};
  }
  return std::get<Options>(result);
}

ExitRequest refuse(std::initializer_list<const char*> arguments) {
  const auto result = parse(arguments);
  if (const auto* const request = std::get_if<ExitRequest>(&result)) return *request;
  ADD_FAILURE() << "was accepted";
  return {};
}

TEST(ClientOptions, WithoutAnyTheServerIsTheLocalOne) {
  const Options options = accept({});
  EXPECT_EQ(options.server.to_string(), "127.0.0.1:7777");
  EXPECT_EQ(options.nick, "");
  EXPECT_TRUE(options.rooms.empty());
  EXPECT_FALSE(options.json);
  EXPECT_FALSE(options.plain);
  EXPECT_FALSE(options.commands);
  EXPECT_TRUE(options.reconnect);
}

TEST(ClientOptions, AllOfThemAreUnderstoodInAnyOrder) {
  const Options options = accept({"chat.example.org:7000", "--plain", "--nick", "alice",
                                  "--commands", "--no-reconnect", "--room=#dev"});
  EXPECT_EQ(options.server.to_string(), "chat.example.org:7000");
  EXPECT_EQ(options.nick, "alice");
  EXPECT_EQ(options.rooms, Names{"#dev"});
  EXPECT_TRUE(options.plain);
  EXPECT_TRUE(options.commands);
  EXPECT_FALSE(options.reconnect);
}

TEST(ClientOptions, TheMarkOfARoomMayBeLeftOut) {
  EXPECT_EQ(accept({"--room", "dev"}).rooms, Names{"#dev"});
}

TEST(ClientOptions, ThereMayBeSeveralRooms) {
  const Options options = accept({"--room", "dev", "--nick", "bob", "--room", "#ops", "host"});
  EXPECT_EQ(options.rooms, (Names{"#dev", "#ops"}));
  EXPECT_EQ(options.server.host, "host");
}

TEST(ClientOptions, ThoseThatChangeNothingAreSaid) {
  constexpr bool kFilter = true;
  const Options commands = accept({"--commands"});
  EXPECT_TRUE(idle_options(commands, kFilter).empty());
  EXPECT_EQ(idle_options(commands, !kFilter).size(), 1U);
  const Options window =
      accept({"--no-reconnect", "--colours", "always", "--bell", "mentions", "--notify", "osc9"});
  EXPECT_TRUE(idle_options(window, !kFilter).empty());
  EXPECT_EQ(idle_options(window, kFilter).size(), 4U);
  EXPECT_EQ(idle_options(window, kFilter).front(),
            "--no-reconnect changes nothing in a filter: it ends when the connection is lost "
            "anyway");
  EXPECT_TRUE(
      idle_options(accept({"--colours", "auto", "--bell", "never", "--notify", "never"}), kFilter)
          .empty());
}

TEST(ClientOptions, ChoicesAreWords) {
  const Options options =
      accept({"--json", "--colours", "always", "--bell=mentions", "--notify", "osc9"});
  EXPECT_TRUE(options.json);
  EXPECT_EQ(options.colours, ColourChoice::kAlways);
  EXPECT_TRUE(options.alert.bell);
  EXPECT_EQ(options.alert.notification, Notification::kOsc9);
  EXPECT_NE(refuse({"--bell", "loud"}).text.find("expected one of never|mentions"),
            std::string::npos);
}

TEST(ClientOptions, ARoomMayHaveItsKeyBehindIt) {
  const Options options = accept({"--room", "dev", "--room", "vault sesame"});
  EXPECT_EQ(options.rooms, (Names{"#dev", "#vault"}));
  EXPECT_EQ(options.keys.of("#vault"), "sesame");
  EXPECT_EQ(refuse({"--room", "vault open sesame"}).text,
            "hubbub: --room: expected the name of a room, or 'NAME KEY'\nTry 'hubbub --help'.\n");
}

class ClientPreferredOptions : public ::testing::Test {
 protected:
  ClientPreferredOptions() {
    std::ofstream(path_) << "server: home\nnick: alice\nrooms: [dev]\nbell: mentions\n"
                            "servers:\n  home: {address: 'chat.example:7000'}\n"
                            "  work: {address: 'work.example', nick: al, rooms: [ops, hr]}\n";
  }
  ~ClientPreferredOptions() override { std::filesystem::remove(path_); }

  Options accept(std::initializer_list<const char*> arguments) {
    std::vector<const char*> argv{"hubbub"};
    argv.insert(argv.end(), arguments);
    const auto result = parse_options(static_cast<int>(argv.size()), argv.data(), path_);
    if (const auto* const request = std::get_if<ExitRequest>(&result))
      ADD_FAILURE() << request->text;
    return std::get<Options>(result);
  }

  const std::string path_ =
      std::filesystem::temp_directory_path() / ("hubbub_" + std::to_string(::getpid()) + ".yaml");
};

TEST_F(ClientPreferredOptions, HoldWithoutAnyOnTheCommandLine) {
  const Options options = accept({});
  EXPECT_EQ(options.server.to_string(), "chat.example:7000");
  EXPECT_EQ(options.nick, "alice");
  EXPECT_EQ(options.rooms, Names{"#dev"});
  EXPECT_TRUE(options.alert.bell);
}

TEST_F(ClientPreferredOptions, OfTheServerCountMore) {
  const Options options = accept({"work"});
  EXPECT_EQ(options.server.to_string(), "work.example:7777");
  EXPECT_EQ(options.nick, "al");
  EXPECT_EQ(options.rooms, (Names{"#ops", "#hr"}));
}

// Else a server that is known to speak TLS would be spoken to in the clear.
TEST_F(ClientPreferredOptions, OfTheServerHoldForItsAddressToo) {
  std::ofstream(path_) << "nick: alice\nservers:\n"
                          "  work: {address: 'work.example:7778', nick: al, tls: true}\n";
  const Options options = accept({"work.example:7778"});
  EXPECT_TRUE(options.tls.has_value());
  EXPECT_EQ(options.nick, "al");
  EXPECT_FALSE(accept({"work.example:7777"}).tls.has_value());
  std::ofstream(path_) << "server: WORK.example:7778\nservers:\n"
                          "  work: {address: 'work.example:7778', tls: true}\n";
  EXPECT_TRUE(accept({}).tls.has_value());
}

TEST_F(ClientPreferredOptions, AKeyThatIsWrittenDownOpensARoomThatIsAskedFor) {
  std::ofstream(path_) << "rooms: ['#vault sesame', '#attic dust']\n";
  const Options options = accept({"--room", "vault", "--room", "attic ash"});
  EXPECT_EQ(options.rooms, (Names{"#vault", "#attic"}));
  EXPECT_EQ(options.keys.of("#vault"), "sesame");
  EXPECT_EQ(options.keys.of("#attic"), "ash");
}

TEST_F(ClientPreferredOptions, AreOverriddenByTheCommandLine) {
  const Options options = accept({"work", "--nick", "bob", "--room", "lobby", "--bell", "never"});
  EXPECT_EQ(options.nick, "bob");
  EXPECT_EQ(options.rooms, Names{"#lobby"});
  EXPECT_FALSE(options.alert.bell);
  EXPECT_EQ(accept({"other.example:1"}).server.to_string(), "other.example:1");
}

TEST_F(ClientPreferredOptions, ThatAreWrongEndTheProgram) {
  std::ofstream(path_) << "nik: alice\n";
  const ExitRequest request = refuse({"--config", path_.c_str()});
  EXPECT_EQ(request.status, 2);
  EXPECT_TRUE(request.to_stderr);
  EXPECT_TRUE(request.text.starts_with(path_ + ":1:6: nik: is not a key")) << request.text;
  EXPECT_EQ(refuse({"--config", "/nonexistent/hubbub.yaml"}).status, 2);
}

TEST(ClientOptions, ANameCannotCarryACommand) {
  for (const char* const room : {"", "a b c", "a b\n/quit", "a\n/quit", "a\x7F"}) {
    EXPECT_EQ(refuse({"--room", room}).status, 2) << room;
  }
  for (const char* const name : {"", "a b", "a\n/quit", "a\x7F"}) {
    EXPECT_EQ(refuse({"--nick", name}).status, 2) << name;
  }
}

TEST(ClientOptions, ABadServerIsToldWithAnExample) {
  const ExitRequest request = refuse({"host:0"});
  EXPECT_EQ(request.status, 2);
  EXPECT_TRUE(request.to_stderr);
  EXPECT_EQ(request.text,
            "hubbub: 'host:0' is not HOST or HOST:PORT, such as chat.example.org:7777\n"
            "Try 'hubbub --help'.\n");
}

TEST(ClientOptions, WhatIsUnknownIsNamed) {
  EXPECT_EQ(refuse({"--bogus"}).text,
            "hubbub: unexpected argument '--bogus'\nTry 'hubbub --help'.\n");
  EXPECT_EQ(refuse({"a", "b"}).text, "hubbub: unexpected argument 'b'\nTry 'hubbub --help'.\n");
}

TEST(ClientOptions, HelpAndVersionGoToStandardOutput) {
  const ExitRequest version = refuse({"--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_FALSE(version.to_stderr);
  EXPECT_EQ(version.text, "hubbub " HUBBUB_VERSION "\n");
  const ExitRequest help = refuse({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_FALSE(help.to_stderr);
  for (const char* const option :
       {"--nick", "--room", "--plain", "--commands", "--no-reconnect", "HOST[:PORT]"}) {
    EXPECT_NE(help.text.find(option), std::string::npos) << option;
  }
}

}  // namespace
}  // namespace client
