// The store: what outlives a server, in an SQLite database: accounts and bans.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/data_directory.hpp"

struct sqlite3;

namespace server {

// Thread: one at a time, and no loop's: every call waits for the disk. What a call has written when
// it returns survives the end of the process and of the machine's power (a write-ahead log that is
// synced at each commit); a call that throws has changed nothing.
// Errors: StoreError, whose text says what hinders. What hindered one call need not hinder the
// next: a disk has room again.
// Times are seconds since 1970.
class Store {
 public:
  static constexpr const char* kFileName = "hubbub.db";

  struct Account {
    std::string name;  // as its owner wrote it; it is found whatever the case of its letters
    std::string password_hash;
    std::int64_t created = 0;
    std::int64_t last_login = 0;
  };

  // Somebody who may not come in, or not into one room. There is one for each room and subject.
  struct Ban {
    std::optional<std::string> room;  // nothing: the whole server
    std::string subject;              // whom it concerns, in a form of the caller's
    std::string reason;
    std::string by;
    std::int64_t created = 0;
    std::optional<std::int64_t> until;            // nothing: for ever
    std::optional<std::int64_t> awaited_since{};  // for a room that is not there; see await_rooms()

    bool operator==(const Ban&) const = default;
  };

  // Takes the directory for this server, and makes or brings up to date what is in it. Throws
  // ConfigError for a directory that cannot be used, and StoreError where another server has it,
  // what is in it is damaged, or was written by a newer version than this.
  explicit Store(const std::string& directory);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store();

  std::vector<std::string> load_account_names();
  std::optional<Account> find_account(std::string_view name);
  // False: there is one of that name.
  bool add_account(const Account& account);
  // False, for these three: there is none of that name.
  bool set_password(std::string_view name, std::string_view hash);
  bool set_last_login(std::string_view name, std::int64_t time);
  bool remove_account(std::string_view name);

  std::vector<Ban> load_bans();
  // In place of one that there was.
  void add_ban(const Ban& ban);
  // In place of all that there were of that room, which is there.
  void replace_room_bans(const std::string& room, const std::vector<Ban>& bans);
  // No room is there. Bans of those that have not been since `unclaimed` are removed; the others
  // are awaited, if not since before then since now.
  void await_rooms(std::int64_t now, std::int64_t unclaimed);
  // Those that are over by then.
  void remove_bans_over(std::int64_t now);
  // False: there is none.
  bool remove_ban(const std::optional<std::string>& room, std::string_view subject);

  // Rows that were changed since it was opened. Thread: any.
  std::uint64_t writes() const { return writes_.load(std::memory_order_relaxed); }

  // How large the database may become, in its pages (of 4 KiB).
  void limit_pages(std::size_t most);

 private:
  class Statement;
  class Transaction;

  void prepare_connection();
  void check_health();
  void migrate();
  int schema_version();
  void execute(const char* sql);

  const DataDirectory directory_;
  std::atomic<std::uint64_t> writes_ = 0;
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> database_;
};

}  // namespace server
