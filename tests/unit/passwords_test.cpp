// Which passwords are accepted, that a hash tells the right one from others, and that hashing is
// bounded.
#include "server/passwords.hpp"

#include <array>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <sodium.h>

#include "core/gather.hpp"
#include "tests/unit/support.hpp"

namespace server {
namespace {

using core::Task;
using core::support::World;

Secret secret(std::string text) {
  return Secret::take(text);
}

TEST(Secret, IsTakenOutOfTheBufferThatItCameIn) {
  std::string buffer = "/login alice open sesame";
  const Secret taken = Secret::take(std::string_view(buffer).substr(13));
  EXPECT_EQ(taken.text(), "open sesame");
  EXPECT_EQ(buffer, "/login alice " + std::string(11, '\0'));
}

TEST(Secret, LeavesNothingWhereItWasMovedFrom) {
  Secret from = secret("open sesame");
  const Secret to = std::move(from);
  EXPECT_TRUE(from.empty());  // NOLINT: that is the point
  EXPECT_EQ(to.text(), "open sesame");
}

TEST(Passwords, RulesAreToldInASentenceWithoutThePassword) {
  const std::vector<std::pair<std::string, PasswordFault>> refused = {
      {"", PasswordFault::kTooShort},
      {"7 bytes", PasswordFault::kTooShort},
      {std::string(129, 'x'), PasswordFault::kTooLong},
      {"with\ttabs", PasswordFault::kBadCharacter},
      {"bell\x07 rings", PasswordFault::kBadCharacter},
      {"no utf-8 \xFF", PasswordFault::kBadCharacter},
      {" blank before", PasswordFault::kBadCharacter},
      {"blank after ", PasswordFault::kBadCharacter},
      {"ALICE-IN-wonderland", PasswordFault::kIsNick},
  };
  for (const auto& [password, fault] : refused) {
    EXPECT_EQ(check_password(password, "alice-in-Wonderland"), fault) << password;
    EXPECT_TRUE(explain_password(fault).starts_with("a password "));
  }
}

TEST(Passwords, AnythingElseIsAccepted) {
  const std::string longest(128, 'x');
  for (const std::string& password :
       {std::string("8 bytes!"), longest, std::string("caf\xC3\xA9 \xE2\x98\x95 two")}) {
    EXPECT_EQ(check_password(password, "alice"), std::nullopt) << password;
  }
}

TEST(Passwords, AHashTellsThePasswordFromOthers) {
  World world;
  Passwords passwords(1, 8);
  auto body = [&]() -> Task<void> {
    const auto hash = co_await passwords.hash(secret("open sesame"));
    EXPECT_TRUE(hash && is_password_hash(*hash) && hash->starts_with("$argon2id$"));
    const auto again = co_await passwords.hash(secret("open sesame"));
    EXPECT_NE(hash, again) << "each has a salt of its own";
    const auto right = co_await passwords.verify(hash, secret("open sesame"));
    EXPECT_TRUE(right && right->right && right->better_hash.empty());
    const auto wrong = co_await passwords.verify(hash, secret("open sesamE"));
    EXPECT_TRUE(wrong && !wrong->right);
  };
  world.run(body());
}

TEST(Passwords, WithoutAHashNoPasswordIsRight) {
  World world;
  Passwords passwords(1, 8);
  auto body = [&]() -> Task<void> {
    for (const char* const text : {"", "open sesame"}) {
      const auto verdict = co_await passwords.verify(std::nullopt, secret(text));
      EXPECT_TRUE(verdict && !verdict->right);
    }
  };
  world.run(body());
}

// What an older version may have made.
TEST(Passwords, AHashThatCostTooLittleIsMadeAnew) {
  World world;
  Passwords passwords(1, 8);
  const std::string text = "open sesame";
  std::array<char, crypto_pwhash_STRBYTES> cheap{};
  EXPECT_EQ(::crypto_pwhash_str(cheap.data(), text.data(), text.size(), crypto_pwhash_OPSLIMIT_MIN,
                                crypto_pwhash_MEMLIMIT_MIN),
            0);
  auto body = [&]() -> Task<void> {
    const auto verdict = co_await passwords.verify(std::string(cheap.data()), secret(text));
    EXPECT_TRUE(verdict && verdict->right && is_password_hash(verdict->better_hash));
    const auto again = co_await passwords.verify(verdict->better_hash, secret(text));
    EXPECT_TRUE(again && again->right && again->better_hash.empty());
    const auto wrong = co_await passwords.verify(std::string(cheap.data()), secret("another"));
    EXPECT_TRUE(wrong && !wrong->right && wrong->better_hash.empty());
  };
  world.run(body());
}

TEST(Passwords, WhatIsNoHashIsNoHash) {
  for (const char* const text : {"", "secret", "$argon2id$", "$argon2id$v=19$m=65536,t=2,p=1$x$y",
                                 "$2y$10$abcdefghijklmnopqrstuv"}) {
    EXPECT_FALSE(is_password_hash(text)) << text;
  }
}

TEST(Passwords, MoreThanMayWaitAreRefusedAndTheOthersAreDone) {
  World world;
  Passwords passwords(1, 1);
  auto hash = [&]() -> Task<bool> {
    const auto made = co_await passwords.hash(secret("open sesame"));
    co_return made.has_value();
  };
  auto body = [&]() -> Task<void> {
    const auto made = co_await core::gather(hash(), hash(), hash());
    EXPECT_TRUE(std::get<0>(made));
    EXPECT_TRUE(std::get<1>(made));
    EXPECT_FALSE(std::get<2>(made));
    const bool later = co_await hash();
    EXPECT_TRUE(later) << "their places are free again";
  };
  world.run(body());
}

TEST(Passwords, WhoGaveUpWaitingLeavesAPlace) {
  World world;
  Passwords passwords(1, 1);
  auto hash = [&]() -> Task<bool> {
    const auto made = co_await passwords.hash(secret("open sesame"));
    co_return made.has_value();
  };
  auto body = [&]() -> Task<void> {
    core::TaskHandle<bool> first = core::current_loop().spawn(hash(), "first");
    core::TaskHandle<bool> second = core::current_loop().spawn(hash(), "second");
    co_await core::sleep(std::chrono::milliseconds(1));
    second.cancel();
    co_await core::sleep(std::chrono::milliseconds(1));
    const bool third = co_await hash();
    EXPECT_TRUE(third);
    co_await first;
  };
  world.run(body());
}

}  // namespace
}  // namespace server
