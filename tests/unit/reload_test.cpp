// What of another configuration is taken while the server runs.
#include "server/reload.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "server/config_file.hpp"

namespace server {
namespace {

using Keys = std::vector<std::string_view>;

TEST(Reload, TheSameAgainChangesNothing) {
  const Reload plan = plan_reload(Config(), Config());
  EXPECT_TRUE(plan.changed.empty());
  EXPECT_TRUE(plan.kept.empty());
  EXPECT_EQ(plan.config, Config());
}

TEST(Reload, WhatCanChangeIsTaken) {
  const Config next = parse_config("chat: {motd: hi}\nlimits: {nick: 16}\n", "f");
  const Reload plan = plan_reload(Config(), next);
  EXPECT_EQ(plan.changed, (Keys{"chat.motd", "limits.nick"}));
  EXPECT_TRUE(plan.kept.empty());
  EXPECT_EQ(plan.config, next);
}

TEST(Reload, WhatShapesTheServerStaysAndTheRestIsTaken) {
  const Config next = parse_config(
      "listen: [{protocol: chat, address: '127.0.0.1:1'}]\nloops: 7\ndirect_sockets: 8\nring: "
      "epoll\n"
      "data_dir: /elsewhere\naccounts: {hashing_threads: 2, hashing_queue: 3, most: 4}\n"
      "log: {format: json, level: debug}\nchat: {lobby: '#hall', name: harbour}\n"
      "limits: {unresponsive: 1min}\ndiagnostics: {watchdog: 1s}\n",
      "f");
  const Reload plan = plan_reload(Config(), next);
  EXPECT_EQ(plan.kept, (Keys{"listen", "loops", "direct_sockets", "ring", "data_dir", "log.format",
                             "chat.lobby", "limits.unresponsive", "accounts.hashing_threads",
                             "accounts.hashing_queue", "diagnostics.watchdog"}));
  EXPECT_EQ(plan.changed, (Keys{"log.level", "chat.name", "accounts.most"}));
  Config expected;
  expected.log.level = LogLevel::kDebug;
  expected.chat.name = "harbour";
  expected.accounts.most = 4;
  EXPECT_EQ(plan.config, expected);
}

TEST(Reload, CertificatesMayBeOthersWhereTheListenersAreTheSame) {
  const auto with = [](const char* listen) { return parse_config(listen, "f"); };
  const Config now = with("listen: [{protocol: chat, address: '127.0.0.1:1'}]");
  const Config next =
      with("listen: [{protocol: chat, address: '127.0.0.1:1', tls: {certificate: c.pem}}]");
  const Reload plan = plan_reload(now, next);
  EXPECT_EQ(plan.changed, Keys{"listen"});
  EXPECT_EQ(plan.config, next);
  const Config elsewhere =
      with("listen: [{protocol: chat, address: '127.0.0.1:2', tls: {certificate: c.pem}}]");
  EXPECT_EQ(plan_reload(now, elsewhere).kept, Keys{"listen"});
  EXPECT_EQ(plan_reload(now, elsewhere).config, now);
}

// Back to the default of a key that has no value in the file any more.
TEST(Reload, AKeyThatWasTakenOutHasItsDefaultAgain) {
  const Config now = parse_config("limits: {nick: 16}\n", "f");
  EXPECT_EQ(plan_reload(now, Config()).config.limits.nick, Config().limits.nick);
}

}  // namespace
}  // namespace server
