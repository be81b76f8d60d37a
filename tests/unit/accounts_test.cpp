// Accounts: what is done, what is refused, and what becomes of what nobody waits for any more.
#include "server/accounts.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include "core/gather.hpp"
#include "core/timeout.hpp"
#include "tests/unit/captured_log.hpp"
#include "tests/unit/support.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace server {
namespace {

using core::Task;
using core::support::CapturedLog;
using Result = Accounts::Result;
using namespace std::chrono_literals;

Secret secret(std::string text) {
  return Secret::take(text);
}

class AccountsTest : public ::testing::Test {
 protected:
  AccountsTest() {
    config_.data_dir = directory_ / "data";
    open();
  }

  void open() {
    accounts_.reset();
    archive_.reset();
    names_.emplace();
    archive_.emplace(config_.data_dir);
    accounts_.emplace(config_, *names_, *archive_);
  }

  Task<Result> add(std::string name, std::string password) {
    const Accounts::Answer answer = co_await accounts_->add(name, secret(password), 1'000);
    co_return answer.result;
  }
  Task<Result> log_in(std::string name, std::string password) {
    const Accounts::Answer answer = co_await accounts_->log_in(name, secret(password), 2'000);
    EXPECT_EQ(answer.result == Result::kDone, names_->is_valid(answer.login));
    co_return answer.result;
  }
  Result now(Task<Result> asked) { return world_.run(std::move(asked)); }

  const CapturedLog log_;
  const support::TemporaryDirectory directory_;
  Config config_;
  core::support::World world_;
  std::optional<RegisteredNames> names_;
  std::optional<Archive> archive_;
  std::optional<Accounts> accounts_;
};

TEST_F(AccountsTest, WhoRegistersCanLogInToo) {
  EXPECT_EQ(now(add("Alice", "open sesame")), Result::kDone);
  EXPECT_TRUE(names_->contains("alice"));
  EXPECT_EQ(now(log_in("ALICE", "open sesame")), Result::kDone);
  EXPECT_EQ(now(log_in("alice", "open says me")), Result::kWrongPassword);
  EXPECT_EQ(now(log_in("bob", "open sesame")), Result::kWrongPassword);
  EXPECT_EQ(now(add("aLICE", "another one")), Result::kTaken);
}

TEST_F(AccountsTest, TheyAreThereInTheNextServer) {
  EXPECT_EQ(now(add("Alice", "open sesame")), Result::kDone);
  open();
  EXPECT_TRUE(names_->contains("alice"));
  EXPECT_EQ(now(log_in("alice", "open sesame")), Result::kDone);
}

TEST_F(AccountsTest, APasswordIsChangedByWhoKnowsTheOldOne) {
  now(add("alice", "open sesame"));
  auto change = [&](std::string old_password, std::string password) -> Task<Result> {
    const Accounts::Answer answer =
        co_await accounts_->change_password("alice", secret(old_password), secret(password));
    co_return answer.result;
  };
  EXPECT_EQ(now(change("wrong one", "open barley")), Result::kWrongPassword);
  EXPECT_EQ(now(log_in("alice", "open sesame")), Result::kDone);
  EXPECT_EQ(now(change("open sesame", "open barley")), Result::kDone);
  EXPECT_EQ(now(log_in("alice", "open sesame")), Result::kWrongPassword);
  EXPECT_EQ(now(log_in("alice", "open barley")), Result::kDone);
}

TEST_F(AccountsTest, AnAccountIsGivenUpByWhoKnowsItsPassword) {
  now(add("alice", "open sesame"));
  auto remove = [&](std::string password) -> Task<Result> {
    const Accounts::Answer answer = co_await accounts_->remove("alice", secret(password));
    co_return answer.result;
  };
  EXPECT_EQ(now(remove("wrong one")), Result::kWrongPassword);
  EXPECT_TRUE(names_->contains("alice"));
  EXPECT_EQ(now(remove("open sesame")), Result::kDone);
  EXPECT_FALSE(names_->contains("alice"));
  EXPECT_EQ(now(log_in("alice", "open sesame")), Result::kWrongPassword);
  EXPECT_EQ(now(add("alice", "open again")), Result::kDone);
}

TEST_F(AccountsTest, OfTwoWhoWantANameAtOnceOneHasIt) {
  auto both = [&]() -> Task<void> {
    const auto results =
        co_await core::gather(add("alice", "first one"), add("ALICE", "second one"));
    EXPECT_EQ(std::get<0>(results), Result::kDone);
    EXPECT_EQ(std::get<1>(results), Result::kTaken);
  };
  world_.run(both());
}

TEST_F(AccountsTest, ThereAreNoMoreThanMayBe) {
  config_.accounts.most = 2;
  open();
  EXPECT_EQ(now(add("alice", "open sesame")), Result::kDone);
  EXPECT_EQ(now(add("bob", "open sesame")), Result::kDone);
  EXPECT_EQ(now(add("carol", "open sesame")), Result::kFull);
  EXPECT_FALSE(names_->contains("carol"));
}

TEST_F(AccountsTest, WhatIsTooMuchAtOnceIsRefusedAndLeavesNoTrace) {
  config_.accounts.hashing_queue = 0;
  open();
  auto both = [&]() -> Task<void> {
    const auto results = co_await core::gather(add("alice", "first one"), add("bob", "second one"));
    EXPECT_EQ(std::get<0>(results), Result::kDone);
    EXPECT_EQ(std::get<1>(results), Result::kBusy);
  };
  world_.run(both());
  EXPECT_FALSE(names_->contains("bob"));
}

// Whenever the wait is given up, memory and disk agree in the end.
TEST_F(AccountsTest, ARegistrationThatNobodyWaitsForIsDoneOrNotAndTheNameTellsWhich) {
  for (int i = 0; i < 12; ++i) {
    const std::string name = "nick" + std::to_string(i);
    auto give_up = [&, patience = i * 10ms]() -> Task<void> {
      core::TaskHandle<Result> adding =
          core::current_loop().spawn(add(name, "open sesame"), "registration");
      co_await core::sleep(patience);
      adding.cancel();
      try {
        co_await adding;
      } catch (const core::Cancelled&) {
        // As asked.
      }
    };
    world_.run(give_up());
  }
  std::vector<std::string> known;
  accounts_.reset();
  archive_.reset();  // waits for what was begun
  for (int i = 0; i < 12; ++i) {
    const std::string name = "nick" + std::to_string(i);
    if (names_->contains(name)) known.push_back(name);
  }
  Store store(config_.data_dir);
  std::vector<std::string> stored = store.load_account_names();
  std::sort(stored.begin(), stored.end());
  std::sort(known.begin(), known.end());
  EXPECT_EQ(known, stored);
}

// A file that is not what it was: the connection to the database finds out.
TEST_F(AccountsTest, WhatTheStoreCannotDoIsAnAnswerAndLogged) {
  now(add("alice", "open sesame"));
  const std::string file = config_.data_dir + "/" + Store::kFileName;
  open();
  std::filesystem::resize_file(file, 100);
  std::filesystem::resize_file(file + "-wal", 0);
  auto ask = [&]() -> Task<void> {
    const Accounts::Answer answer = co_await accounts_->add("bob", secret("open sesame"), 0);
    EXPECT_EQ(answer.result, Result::kStoreFailed);
    EXPECT_FALSE(answer.why.empty());
  };
  world_.run(ask());
  EXPECT_FALSE(names_->contains("bob"));
  EXPECT_TRUE(log_.has("the store failed: ")) << log_.text();
}

TEST(AccountsWithoutStore, AreNotKeptButPasswordsAreVerified) {
  core::support::World world;
  RegisteredNames names;
  Archive archive{std::string()};
  Accounts accounts(Config(), names, archive);
  EXPECT_FALSE(accounts.are_kept());
  const std::string hash = hash_password(secret("open sesame"));
  auto ask = [&](std::string password) -> Task<bool> {
    const auto is_right = co_await accounts.verify(hash, secret(password));
    co_return is_right.value_or(false);
  };
  EXPECT_TRUE(world.run(ask("open sesame")));
  EXPECT_FALSE(world.run(ask("open barley")));
}

}  // namespace
}  // namespace server
