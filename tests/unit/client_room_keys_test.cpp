// Keys that were typed count once the server has confirmed them.
#include <string>

#include <gtest/gtest.h>

#include "client/terminal/room_keys.hpp"

namespace client {
namespace {

class ClientRoomKeys : public ::testing::Test {
 protected:
  void comes(std::string_view line) { keys_.observe(parse_server_line(line), "alice"); }

  RoomKeys keys_;
};

TEST_F(ClientRoomKeys, TheOneThatOpenedTheRoomIsKept) {
  keys_.typed("/join #vault wrong", "#lobby");
  comes("-- error: that is not the key of #vault");
  EXPECT_EQ(keys_.of("#vault"), "");
  keys_.typed("/J  Vault  sesame ", "#lobby");
  EXPECT_EQ(keys_.of("#vault"), "");
  comes("-- you are now in #vault (2 here)");
  EXPECT_EQ(keys_.of("#VAULT"), "sesame");
  EXPECT_EQ(keys_.of("#lobby"), "");
}

// In a room that one is in already, /join asks for no key.
TEST_F(ClientRoomKeys, TheOneThatOpenedNothingIsNot) {
  keys_.typed("/join #vault sesame", "#lobby");
  comes("-- you are now in #vault (2 here)");
  keys_.typed("/join #vault other", "#lobby");
  comes("-- you are talking in #vault now");
  EXPECT_EQ(keys_.of("#vault"), "sesame");
  comes("-- you are now in #vault (2 here)");
  EXPECT_EQ(keys_.of("#vault"), "sesame") << "it is the one that we came in with again";
  keys_.typed("/join #vault wrong", "#lobby");
  comes("-- error: that is not the key of #vault");
  comes("-- you are now in #vault (2 here)");
  EXPECT_EQ(keys_.of("#vault"), "sesame");
}

TEST_F(ClientRoomKeys, WhoGivesARoomItsKeyKnowsIt) {
  keys_.typed("/key sesame", "#vault");
  comes("12:03 #vault -- bob gave the room a key: only those who know it come in");
  EXPECT_EQ(keys_.of("#vault"), "");
  comes("12:03 #vault -- alice gave the room a key: only those who know it come in");
  EXPECT_EQ(keys_.of("#vault"), "sesame");
  comes("-- the key of #vault is: better");
  EXPECT_EQ(keys_.of("#vault"), "better");
}

TEST_F(ClientRoomKeys, WhatOthersSayIsNoKey) {
  keys_.typed("/join #vault sesame", "#lobby");
  keys_.typed("say /join #vault x", "#lobby");
  comes("12:03 #lobby <eve> -- you are now in #vault (1 here)");
  comes("-- 12:03 eve tells you: you are now in #vault (1 here)");
  EXPECT_EQ(keys_.of("#vault"), "");
}

TEST_F(ClientRoomKeys, SoManyAreKept) {
  for (std::size_t i = 0; i <= RoomKeys::kMost; ++i) {
    const std::string room = "#r" + std::to_string(i);
    keys_.typed("/join " + room + " k", "");
    comes("-- you are now in " + room + " (1 here)");
  }
  EXPECT_EQ(keys_.of("#r0"), "");
  EXPECT_EQ(keys_.of("#r1"), "k");
  keys_.typed("/join #long " + std::string(RoomKeys::kBytesMost + 1, 'x'), "");
  comes("-- you are now in #long (1 here)");
  EXPECT_EQ(keys_.of("#long"), "");
}

}  // namespace
}  // namespace client
