// The nicks that have an owner.
#include "server/registered_names.hpp"

#include <gtest/gtest.h>

namespace server {
namespace {

TEST(RegisteredNames, AreFoundWhateverTheCaseOfTheirLetters) {
  RegisteredNames names;
  names.add("Alice");
  EXPECT_TRUE(names.contains("aLICE"));
  EXPECT_EQ(names.login_to("alice")->account, "Alice");
  EXPECT_FALSE(names.contains("alic"));
  names.remove("ALICE");
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
  names.remove("alice");
  EXPECT_FALSE(names.is_valid(old));
  names.add("alice");
  EXPECT_FALSE(names.is_valid(old));
  EXPECT_TRUE(names.is_kept_from(&old, "alice"));
}

}  // namespace
}  // namespace server
