// The command line of hubbub: what is understood, and what ends the program with which words.
#include <initializer_list>
#include <vector>

#include <gtest/gtest.h>

#include "client/terminal/options.hpp"

namespace client {
namespace {

std::variant<Options, ExitRequest> parse(std::initializer_list<const char*> arguments) {
  std::vector<const char*> argv{"hubbub"};
  argv.insert(argv.end(), arguments);
  return parse_options(static_cast<int>(argv.size()), argv.data());
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
  EXPECT_EQ(options.room, "");
  EXPECT_FALSE(options.plain);
  EXPECT_FALSE(options.commands);
  EXPECT_TRUE(options.reconnect);
}

TEST(ClientOptions, AllOfThemAreUnderstoodInAnyOrder) {
  const Options options = accept({"chat.example.org:7000", "--plain", "--nick", "alice",
                                  "--commands", "--no-reconnect", "--room=#dev"});
  EXPECT_EQ(options.server.to_string(), "chat.example.org:7000");
  EXPECT_EQ(options.nick, "alice");
  EXPECT_EQ(options.room, "#dev");
  EXPECT_TRUE(options.plain);
  EXPECT_TRUE(options.commands);
  EXPECT_FALSE(options.reconnect);
}

TEST(ClientOptions, TheMarkOfARoomMayBeLeftOut) {
  EXPECT_EQ(accept({"--room", "dev"}).room, "#dev");
}

TEST(ClientOptions, ANameCannotCarryACommand) {
  for (const char* const name : {"", "a b", "a\n/quit", "a\x7F"}) {
    EXPECT_EQ(refuse({"--nick", name}).status, 2) << name;
    EXPECT_EQ(refuse({"--room", name}).status, 2) << name;
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
