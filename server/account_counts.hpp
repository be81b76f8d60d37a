// What came of what people did with accounts and passwords: the words for it, which stand in the
// log and in the metrics, and the counts.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace server {

enum class AccountAction : std::uint8_t {
  kRegister,
  kLogIn,
  kChangePassword,
  kUnregister,
  kDrop,
  kBecomeOperator,
};
inline constexpr std::array<std::string_view, 6> kAccountActions = {
    "register", "login", "password", "unregister", "drop", "oper"};

enum class AccountOutcome : std::uint8_t {
  kDone,
  kWrongPassword,
  kTooManyAttempts,  // see Attempts, for these four
  kTooManyFromAddress,
  kTooManyForAccount,
  kTooManyAtAll,
  kTooManyRegistered,  // see Registrations
  kNotLoggedIn,        // any more
  kNoAccount,
  kTaken,
  kFull,
  kBusy,
  kStoreFailed,
};
inline constexpr std::array<std::string_view, 13> kAccountOutcomes = {"done",
                                                                      "wrong_password",
                                                                      "too_many_attempts",
                                                                      "too_many_from_address",
                                                                      "too_many_for_account",
                                                                      "too_many_at_all",
                                                                      "too_many_registered",
                                                                      "not_logged_in",
                                                                      "no_account",
                                                                      "taken",
                                                                      "full",
                                                                      "busy",
                                                                      "store_failed"};

// Thread: any.
class AccountCounts {
 public:
  // By action, and then by outcome; from the start of the server.
  using Table =
      std::array<std::array<std::uint64_t, kAccountOutcomes.size()>, kAccountActions.size()>;

  void add(AccountAction action, AccountOutcome outcome) {
    counts_[static_cast<std::size_t>(action)][static_cast<std::size_t>(outcome)].fetch_add(
        1, std::memory_order_relaxed);
  }

  Table all() const {
    Table all{};
    for (std::size_t action = 0; action < all.size(); ++action) {
      for (std::size_t outcome = 0; outcome < all[action].size(); ++outcome) {
        all[action][outcome] = counts_[action][outcome].load(std::memory_order_relaxed);
      }
    }
    return all;
  }

 private:
  using Row = std::array<std::atomic<std::uint64_t>, kAccountOutcomes.size()>;
  std::array<Row, kAccountActions.size()> counts_{};
};

// Everything that monitoring is told of accounts, at one moment.
struct AccountFigures {
  std::size_t registered = 0;
  AccountCounts::Table requests{};
  std::size_t hashes_waiting = 0;    // passwords that are hashed now, or wait for that
  double longest_hash_seconds = 0;   // since the start, waiting included
  std::uint64_t store_writes = 0;    // changes that are on the disk
  std::uint64_t store_failures = 0;  // calls that the store could not do
};

}  // namespace server
