// The nicks that have an owner.
#include "server/registered_names.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace server {
namespace {

TEST(RegisteredNames, AreFoundWhateverTheCaseOfTheirLetters) {
  RegisteredNames names;
  names.add("Alice");
  EXPECT_TRUE(names.contains("aLICE"));
  EXPECT_EQ(names.login_to("alice")->account, "Alice");
  EXPECT_FALSE(names.contains("alic"));
  names.remove(*names.login_to("ALICE"));
  EXPECT_FALSE(names.contains("Alice"));
}

TEST(RegisteredNames, AReservedNameIsKeptFromEverybodyElse) {
  RegisteredNames names;
  {
    const auto reservation = names.reserve("alice");
    EXPECT_TRUE(reservation);
    EXPECT_FALSE(names.reserve("Alice"));
    EXPECT_TRUE(names.is_kept_from(nullptr, "alice"));
  }
  EXPECT_FALSE(names.is_kept_from(nullptr, "alice")) << "it was not kept";
  auto again = names.reserve("alice");
  const Login login = again->keep();
  again.reset();
  EXPECT_TRUE(names.is_kept_from(nullptr, "alice"));
  EXPECT_FALSE(names.is_kept_from(&login, "ALICE"));
}

TEST(RegisteredNames, AnOldLoginDoesNotOpenANewAccountOfTheName) {
  RegisteredNames names;
  names.add("alice");
  const Login old = *names.login_to("alice");
  EXPECT_TRUE(names.is_valid(old));
  names.remove(old);
  EXPECT_FALSE(names.is_valid(old));
  names.add("alice");
  EXPECT_FALSE(names.is_valid(old));
  EXPECT_TRUE(names.is_kept_from(&old, "alice"));
}

TEST(RegisteredNames, OneLoginCanEndAllTheOthers) {
  RegisteredNames names;
  names.add("alice");
  const Login mine = *names.login_to("alice");
  const Login others = *names.login_to("alice");
  names.end_others(mine);
  EXPECT_TRUE(names.is_valid(mine));
  EXPECT_FALSE(names.is_valid(others));
  EXPECT_TRUE(names.is_kept_from(&others, "alice"));
  EXPECT_FALSE(names.is_kept_from(&mine, "alice"));
  const Login later = *names.login_to("alice");
  EXPECT_TRUE(names.is_valid(later));
  names.end_others(later);
  EXPECT_FALSE(names.is_valid(mine)) << "it was spared once";
}

TEST(RegisteredNames, WhoWatchesIsToldOfTheEndOfLoginsAndByWhom) {
  RegisteredNames names;
  std::vector<Login> told;
  names.add("alice");
  const Login login = *names.login_to("alice");
  {
    const RegisteredNames::Watch watch(names, [&](const Login& by) { told.push_back(by); });
    { const auto given_up = names.reserve("bob"); }
    EXPECT_TRUE(told.empty()) << "nobody can have logged in there";
    names.end_others(login);
    names.remove(login);
  }
  names.add("alice");
  names.remove(*names.login_to("alice"));
  EXPECT_EQ(told, (std::vector<Login>{login, login}));
}

}  // namespace
}  // namespace server
