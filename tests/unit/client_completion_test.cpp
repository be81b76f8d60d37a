// What TAB offers, by where the cursor stands.
#include <algorithm>

#include <gtest/gtest.h>

#include "client/terminal/completion.hpp"
#include "server/chat_commands.hpp"

namespace client {
namespace {

using Words = std::vector<std::string>;

Words offered(std::string_view before) {
  SessionView session;
  for (const std::string_view line :
       {"-- welcome to hubbub; you are guest-1", "-- you are now in #lobby (1 here)",
        "12:03 #dev <alice> hi", "12:03 #dev <Alan> hi", "12:03 #dev <bob> hi",
        "12:03 #dev <guest-1> hi"}) {
    session.observe(parse_server_line(line));
  }
  return complete(before, session);
}

TEST(ClientCompletion, ASlashAtTheBeginningOffersCommands) {
  EXPECT_EQ(offered("/m"), (Words{"/me", "/moderated", "/msg", "/mute"}));
  EXPECT_EQ(offered("/Q"), (Words{"/quit"}));
  EXPECT_EQ(offered("/nosuch"), Words{});
}

// The client builds on nothing of the server's; only here do the two meet.
TEST(ClientCompletion, TheCommandsAreThoseOfTheServer) {
  Words commands;
  for (const server::ChatCommand& command : server::chat_commands()) {
    commands.push_back("/" + std::string(command.name));
  }
  std::sort(commands.begin(), commands.end());
  EXPECT_EQ(offered("/"), commands);
}

TEST(ClientCompletion, ASlashElsewhereOffersNone) {
  EXPECT_EQ(offered("say /m"), Words{});
}

TEST(ClientCompletion, ANickAtTheBeginningIsAddressed) {
  EXPECT_EQ(offered("al"), (Words{"Alan:", "alice:"}));
}

TEST(ClientCompletion, ANickElsewhereIsOnlyNamed) {
  EXPECT_EQ(offered("ask B"), (Words{"bob"}));
  EXPECT_EQ(offered("/msg b"), (Words{"bob"}));
}

TEST(ClientCompletion, OnesOwnNickIsNotOffered) {
  EXPECT_EQ(offered("ask guest"), Words{});
}

TEST(ClientCompletion, AMarkOffersRoomsAnywhere) {
  EXPECT_EQ(offered("see #D"), (Words{"#dev"}));
  EXPECT_EQ(offered("#"), (Words{"#dev", "#lobby"}));
}

TEST(ClientCompletion, ACommandThatTakesARoomOffersRoomsWithoutTheMarkToo) {
  EXPECT_EQ(offered("/join lo"), (Words{"#lobby"}));
  EXPECT_EQ(offered("/join "), (Words{"#dev", "#lobby"}));
  EXPECT_EQ(offered("/leave #l"), (Words{"#lobby"}));
  EXPECT_EQ(offered("/msg lo"), Words{});
}

TEST(ClientCompletion, AnEmptyLineOffersEverybody) {
  EXPECT_EQ(offered(""), (Words{"bob:", "Alan:", "alice:"}));
}

}  // namespace
}  // namespace client
