// Most calls are one statement, and so one transaction; Transaction is for those that are not.
#include "server/store.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "core/assert.hpp"
#include "server/names.hpp"

namespace server {
namespace {

// Each makes the schema of one version from the one before; the version is their number. One that
// was released never changes: what is wrong in it is put right by the next.
constexpr auto kMigrations = std::to_array<const char*>({
    R"(CREATE TABLE accounts (
         name TEXT PRIMARY KEY,  -- folded
         display_name TEXT NOT NULL,
         password_hash TEXT NOT NULL,
         created INTEGER NOT NULL,
         last_login INTEGER NOT NULL
       ) STRICT, WITHOUT ROWID;)",
    // A room that is '' stands for the server: in a key, NULLs would all differ.
    R"(CREATE TABLE bans (
         room TEXT NOT NULL,
         subject TEXT NOT NULL,
         reason TEXT NOT NULL,
         banned_by TEXT NOT NULL,
         created INTEGER NOT NULL,
         until INTEGER,
         PRIMARY KEY (room, subject)
       ) STRICT, WITHOUT ROWID;)",
    "ALTER TABLE bans ADD COLUMN awaited_since INTEGER;",
});

constexpr int kBusyMilliseconds = 5000;

// The one place that knows SQLite's codes (https://sqlite.org/rescode.html).
std::string explain(sqlite3* database, int code) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return "the disk is full";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return "the data cannot be written to";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "the data is damaged";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another program holds the data";
    case SQLITE_CANTOPEN:
      return "the data cannot be opened";
    case SQLITE_IOERR:
      return "the disk fails";
    case SQLITE_NOMEM:
      return "there is no memory left";
    default:
      return database == nullptr ? ::sqlite3_errstr(code) : ::sqlite3_errmsg(database);
  }
}

std::string key_of(const std::optional<std::string>& room) {
  return room ? folded(*room) : std::string();
}

}  // namespace

// A prepared statement, bound in the order of its parameters and read in that of its columns. What
// is bound must outlive it.
class Store::Statement {
 public:
  Statement(Store& store, std::string_view sql) : store_(store), database_(store.database_.get()) {
    check(::sqlite3_prepare_v2(database_, sql.data(), static_cast<int>(sql.size()), &statement_,
                               nullptr));
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { ::sqlite3_finalize(statement_); }

  Statement& bind(std::string_view text) {
    const char* const data = text.data() == nullptr ? "" : text.data();  // null would be NULL
    check(::sqlite3_bind_text(statement_, ++bound_, data, static_cast<int>(text.size()),
                              SQLITE_STATIC));
    return *this;
  }
  Statement& bind(std::int64_t number) {
    check(::sqlite3_bind_int64(statement_, ++bound_, number));
    return *this;
  }
  Statement& bind(const std::optional<std::int64_t>& number) {
    if (number) return bind(*number);
    check(::sqlite3_bind_null(statement_, ++bound_));
    return *this;
  }

  // The next row; false: there is none.
  bool step() {
    const int code = ::sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) check(code);
    return false;
  }
  // For one that changes rows: how many it has changed.
  int run() {
    const bool has_row = step();
    HUBBUB_ASSERT(!has_row);
    const int changes = ::sqlite3_changes(database_);
    if (changes > 0) store_.writes_.fetch_add(1, std::memory_order_relaxed);
    return changes;
  }

  std::string text(int column) {
    const auto* const bytes =
        reinterpret_cast<const char*>(::sqlite3_column_text(statement_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(::sqlite3_column_bytes(statement_, column))};
  }
  std::int64_t number(int column) { return ::sqlite3_column_int64(statement_, column); }
  bool is_null(int column) { return ::sqlite3_column_type(statement_, column) == SQLITE_NULL; }

 private:
  void check(int code) const {
    if (code != SQLITE_OK) throw StoreError(explain(database_, code));
  }

  Store& store_;
  sqlite3* const database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

// --- Opening. ---

// Undone unless it is committed.
class Store::Transaction {
 public:
  explicit Transaction(Store& store) : store_(store), writes_before_(store.writes()) {
    store_.execute("BEGIN IMMEDIATE");
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (!is_open_) return;
    ::sqlite3_exec(store_.database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    store_.writes_.store(writes_before_, std::memory_order_relaxed);
  }
  void commit() {
    store_.execute("COMMIT");
    is_open_ = false;
  }

 private:
  Store& store_;
  const std::uint64_t writes_before_;
  bool is_open_ = true;
};

Store::Store(const std::string& directory)
    : directory_(directory), database_(nullptr, ::sqlite3_close) {
  const std::string path = directory_.file(kFileName);
  try {
    sqlite3* opened = nullptr;
    const int code = ::sqlite3_open_v2(
        path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
        nullptr);
    database_.reset(opened);
    if (code != SQLITE_OK) throw StoreError(explain(nullptr, code));
    prepare_connection();
    check_health();
    migrate();
  } catch (const StoreError& error) {
    throw StoreError(fmt::format("data_dir: {}: {}", path, error.what()));
  }
}

Store::~Store() = default;

void Store::execute(const char* sql) {
  const int code = ::sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw StoreError(explain(database_.get(), code));
}

void Store::prepare_connection() {
  ::sqlite3_busy_timeout(database_.get(), kBusyMilliseconds);
  execute("PRAGMA journal_mode = WAL");
  execute("PRAGMA synchronous = FULL");
  execute("PRAGMA foreign_keys = ON");
  execute("PRAGMA trusted_schema = OFF");
}

void Store::check_health() {
  Statement check(*this, "PRAGMA quick_check(1)");
  if (!check.step() || check.text(0) != "ok") throw StoreError("the data is damaged");
}

int Store::schema_version() {
  Statement version(*this, "PRAGMA user_version");
  version.step();
  return static_cast<int>(version.number(0));
}

void Store::migrate() {
  const int version = schema_version();
  const int newest = static_cast<int>(kMigrations.size());
  if (version > newest) {
    throw StoreError(
        fmt::format("was written by a newer hubbubd (its schema is {}, this one knows up to {})",
                    version, newest));
  }
  for (int next = version; next < newest; ++next) {
    Transaction transaction(*this);
    execute(kMigrations[static_cast<std::size_t>(next)]);
    execute(fmt::format("PRAGMA user_version = {}", next + 1).c_str());
    transaction.commit();
  }
}

void Store::limit_pages(std::size_t most) {
  Statement(*this, fmt::format("PRAGMA max_page_count = {}", most)).step();
}

// --- Accounts. ---

std::vector<std::string> Store::load_account_names() {
  std::vector<std::string> names;
  Statement select(*this, "SELECT display_name FROM accounts");
  while (select.step()) names.push_back(select.text(0));
  return names;
}

std::optional<Store::Account> Store::find_account(std::string_view name) {
  const std::string key = folded(name);
  Statement select(*this,
                   "SELECT display_name, password_hash, created, last_login FROM accounts "
                   "WHERE name = ?");
  select.bind(key);
  if (!select.step()) return std::nullopt;
  return Account{.name = select.text(0),
                 .password_hash = select.text(1),
                 .created = select.number(2),
                 .last_login = select.number(3)};
}

bool Store::add_account(const Account& account) {
  const std::string key = folded(account.name);
  Statement insert(*this, "INSERT INTO accounts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
  insert.bind(key).bind(account.name).bind(account.password_hash);
  return insert.bind(account.created).bind(account.last_login).run() > 0;
}

bool Store::set_password(std::string_view name, std::string_view hash) {
  const std::string key = folded(name);
  Statement update(*this, "UPDATE accounts SET password_hash = ? WHERE name = ?");
  return update.bind(hash).bind(key).run() > 0;
}

bool Store::set_last_login(std::string_view name, std::int64_t time) {
  const std::string key = folded(name);
  Statement update(*this, "UPDATE accounts SET last_login = ? WHERE name = ?");
  return update.bind(time).bind(key).run() > 0;
}

bool Store::remove_account(std::string_view name) {
  const std::string key = folded(name);
  Statement remove(*this, "DELETE FROM accounts WHERE name = ?");
  return remove.bind(key).run() > 0;
}

// --- Bans. ---

std::vector<Store::Ban> Store::load_bans() {
  std::vector<Ban> bans;
  Statement select(
      *this,
      "SELECT room, subject, reason, banned_by, created, until, awaited_since FROM bans "
      "ORDER BY created, room, subject");
  while (select.step()) {
    Ban& ban = bans.emplace_back();
    if (std::string room = select.text(0); !room.empty()) ban.room = std::move(room);
    ban.subject = select.text(1);
    ban.reason = select.text(2);
    ban.by = select.text(3);
    ban.created = select.number(4);
    if (!select.is_null(5)) ban.until = select.number(5);
    if (!select.is_null(6)) ban.awaited_since = select.number(6);
  }
  return bans;
}

void Store::add_ban(const Ban& ban) {
  const std::string room = key_of(ban.room);
  Statement insert(*this, "INSERT OR REPLACE INTO bans VALUES (?, ?, ?, ?, ?, ?, NULL)");
  insert.bind(room).bind(ban.subject).bind(ban.reason).bind(ban.by);
  insert.bind(ban.created).bind(ban.until).run();
}

void Store::replace_room_bans(const std::string& room, const std::vector<Ban>& bans) {
  const std::string key = key_of(room);
  HUBBUB_ASSERT(!key.empty());
  Transaction transaction(*this);
  Statement(*this, "DELETE FROM bans WHERE room = ?").bind(key).run();
  for (const Ban& ban : bans) add_ban(ban);
  transaction.commit();
}

void Store::await_rooms(std::int64_t now, std::int64_t unclaimed) {
  Transaction transaction(*this);
  Statement remove(*this, "DELETE FROM bans WHERE room <> '' AND awaited_since <= ?");
  remove.bind(unclaimed).run();
  Statement await(*this,
                  "UPDATE bans SET awaited_since = ? WHERE room <> '' AND awaited_since IS NULL");
  await.bind(now).run();
  transaction.commit();
}

void Store::remove_bans_over(std::int64_t now) {
  Statement(*this, "DELETE FROM bans WHERE until <= ?").bind(now).run();
}

bool Store::remove_ban(const std::optional<std::string>& room, std::string_view subject) {
  const std::string key = key_of(room);
  Statement remove(*this, "DELETE FROM bans WHERE room = ? AND subject = ?");
  return remove.bind(key).bind(subject).run() > 0;
}

}  // namespace server
