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
  Task<Result> change(Login login, std::string old_password, std::string password) {
    const Accounts::Answer answer =
        co_await accounts_->change_password(login, secret(old_password), secret(password));
    co_return answer.result;
  }
  Task<Result> remove(Login login, std::string password) {
    const Accounts::Answer answer = co_await accounts_->remove(login, secret(password));
    co_return answer.result;
  }
  // Lets somebody else own the name while a password is hashed that its owner gave.
  Task<Result> while_the_name_changes_hands(Task<Result> asked) {
    core::TaskHandle<Result> asking = core::current_loop().spawn(std::move(asked), "asking");
    co_await core::sleep(core::Duration::zero());
    co_await archive_->at_store([](Store&) { return true; });  // what it asked for first is done
    names_->remove(*names_->login_to("alice"));
    names_->add("alice");
    co_return co_await asking;
  }

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
  const Login mine = *names_->login_to("alice");
  const Login others = *names_->login_to("alice");
  EXPECT_EQ(now(change(mine, "wrong one", "open barley")), Result::kWrongPassword);
  EXPECT_EQ(now(log_in("alice", "open sesame")), Result::kDone);
  EXPECT_TRUE(names_->is_valid(others));
  EXPECT_EQ(now(change(mine, "open sesame", "open barley")), Result::kDone);
  EXPECT_TRUE(names_->is_valid(mine));
  EXPECT_FALSE(names_->is_valid(others));
  EXPECT_EQ(now(log_in("alice", "open sesame")), Result::kWrongPassword);
  EXPECT_EQ(now(log_in("alice", "open barley")), Result::kDone);
}

TEST_F(AccountsTest, AnAccountIsGivenUpByWhoKnowsItsPassword) {
  now(add("alice", "open sesame"));
  const Login login = *names_->login_to("alice");
  EXPECT_EQ(now(remove(login, "wrong one")), Result::kWrongPassword);
  EXPECT_TRUE(names_->contains("alice"));
  EXPECT_EQ(now(remove(login, "open sesame")), Result::kDone);
  EXPECT_FALSE(names_->contains("alice"));
  EXPECT_EQ(now(log_in("alice", "open sesame")), Result::kWrongPassword);
  EXPECT_EQ(now(add("alice", "open again")), Result::kDone);
}

TEST_F(AccountsTest, AnAccountIsNothingToItsFormerOwnerWhoeverHasItsNameNow) {
  now(add("alice", "open sesame"));
  const Login former = *names_->login_to("alice");
  now(remove(*names_->login_to("alice"), "open sesame"));
  now(add("alice", "open sesame"));
  EXPECT_EQ(now(change(former, "open sesame", "open barley")), Result::kNotLoggedIn);
  EXPECT_EQ(now(remove(former, "open sesame")), Result::kNotLoggedIn);
  EXPECT_EQ(now(log_in("alice", "open sesame")), Result::kDone);
}

TEST_F(AccountsTest, ANameThatChangesHandsWhileAPasswordIsHashedIsNotTheFormerOwnersToUse) {
  now(add("alice", "open sesame"));
  const auto meanwhile = [&](Task<Result> asked) {
    return now(while_the_name_changes_hands(std::move(asked)));
  };
  EXPECT_EQ(meanwhile(log_in("alice", "open sesame")), Result::kWrongPassword);
  EXPECT_EQ(meanwhile(change(*names_->login_to("alice"), "open sesame", "open barley")),
            Result::kNotLoggedIn);
  EXPECT_EQ(meanwhile(remove(*names_->login_to("alice"), "open sesame")), Result::kNotLoggedIn);
  EXPECT_EQ(now(log_in("alice", "open sesame")), Result::kDone) << "nothing was written";
}

TEST_F(AccountsTest, OfTwoWhoChangeAPasswordAtOnceOneDoes) {
  now(add("alice", "open sesame"));
  auto both = [&]() -> Task<void> {
    const auto results =
        co_await core::gather(change(*names_->login_to("alice"), "open sesame", "first one"),
                              change(*names_->login_to("alice"), "open sesame", "second one"));
    EXPECT_EQ(std::get<0>(results), Result::kDone);
    EXPECT_NE(std::get<1>(results), Result::kDone);
  };
  world_.run(both());
  EXPECT_EQ(now(log_in("alice", "first one")), Result::kDone);
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
  EXPECT_EQ(accounts_->figures().store_failures, 1u);
}

TEST_F(AccountsTest, FiguresAreOfWhatWasDone) {
  EXPECT_EQ(accounts_->figures().registered, 0u);
  now(add("alice", "open sesame"));
  now(log_in("alice", "open sesame"));
  accounts_->counts().add(AccountAction::kLogIn, AccountOutcome::kBusy);
  const AccountFigures figures = accounts_->figures();
  EXPECT_EQ(figures.registered, 1u);
  const auto& logins = figures.requests[static_cast<std::size_t>(AccountAction::kLogIn)];
  EXPECT_EQ(logins[static_cast<std::size_t>(AccountOutcome::kBusy)], 1u);
  EXPECT_EQ(figures.hashes_waiting, 0u);
  EXPECT_GT(figures.longest_hash_seconds, 0.0);
  EXPECT_LT(figures.longest_hash_seconds, 60.0);
  EXPECT_EQ(figures.store_writes, 2u) << "the account, and its last login";
  EXPECT_EQ(figures.store_failures, 0u);
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
