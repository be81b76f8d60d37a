// A line as JSON: one object, one line, whatever is in it.
#include <gtest/gtest.h>

#include "client/terminal/server_line_json.hpp"

namespace client {
namespace {

std::string json(std::string_view line, Replay::Origin origin = Replay::Origin::kNew) {
  std::string out;
  append_json(parse_server_line(line), origin, out);
  return out;
}

TEST(ClientServerLineJson, EveryKindHasItsMembers) {
  EXPECT_EQ(json("12:03 #dev <bob> hi"),
            R"({"kind": "said", "time": "12:03", "room": "#dev", "nick": "bob", "text": "hi"})"
            "\n");
  EXPECT_EQ(json("#dev * bob waves"),
            R"({"kind": "acted", "room": "#dev", "nick": "bob", "text": "waves"})"
            "\n");
  EXPECT_EQ(json("12:03 #dev -- bob left"),
            R"({"kind": "room_notice", "time": "12:03", "room": "#dev", "text": "bob left"})"
            "\n");
  EXPECT_EQ(json("-- 12:03 bob tells you: psst"),
            R"({"kind": "told", "time": "12:03", "nick": "bob", "text": "psst"})"
            "\n");
  EXPECT_EQ(json("-- goodbye"), "{\"kind\": \"notice\", \"text\": \"goodbye\"}\n");
  EXPECT_EQ(json("-- error: no"), "{\"kind\": \"error\", \"text\": \"no\"}\n");
  EXPECT_EQ(json("HTTP/1.1 400"), "{\"kind\": \"other\", \"text\": \"HTTP/1.1 400\"}\n");
  EXPECT_EQ(json(""), "{\"kind\": \"other\", \"text\": \"\"}\n");
}

TEST(ClientServerLineJson, TextIsQuoted) {
  EXPECT_EQ(json("12:03 #dev <bob> \"a\\b\""),
            R"({"kind": "said", "time": "12:03", "room": "#dev", "nick": "bob", )"
            R"("text": "\"a\\b\""})"
            "\n");
}

TEST(ClientServerLineJson, WhatWasSaidBeforeIsMarked) {
  for (const Replay::Origin origin : {Replay::Origin::kEntering, Replay::Origin::kHistory}) {
    EXPECT_EQ(json("#dev <bob> hi", origin),
              R"({"kind": "said", "room": "#dev", "nick": "bob", "text": "hi", "history": true})"
              "\n");
  }
}

TEST(ClientServerLineJson, WhatGoesOnIsNoLineOfItsOwn) {
  std::string out;
  append_json_continuation("-- error: forged", out);
  EXPECT_EQ(out, "{\"kind\": \"continued\", \"text\": \"-- error: forged\"}\n");
}

}  // namespace
}  // namespace client
