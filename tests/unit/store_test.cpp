// What the store keeps, for whom, and what hinders it.
#include "server/store.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/config.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace server {
namespace {

using support::TemporaryDirectory;

const Store::Account kAlice = {
    .name = "Alice", .password_hash = "hash", .created = 1'000, .last_login = 2'000};

// What opening it throws; empty: nothing.
std::string refusal_of(const std::string& directory) {
  try {
    const Store store(directory);
    return {};
  } catch (const StoreError& error) {
    return error.what();
  }
}

void execute(const std::string& file, const char* sql) {
  sqlite3* database = nullptr;
  EXPECT_EQ(::sqlite3_open(file.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(::sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK)
      << ::sqlite3_errmsg(database);
  ::sqlite3_close(database);
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777;
}

TEST(Store, KeepsAccountsFromOneServerToTheNext) {
  const TemporaryDirectory directory;
  {
    Store store(directory / "data");
    EXPECT_TRUE(store.load_account_names().empty());
    EXPECT_TRUE(store.add_account(kAlice));
    EXPECT_FALSE(store.add_account({.name = "aLICE", .password_hash = "other"}));
  }
  Store store(directory / "data");
  EXPECT_EQ(store.load_account_names(), std::vector<std::string>{"Alice"});
  const auto found = store.find_account("ALICE");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "Alice");
  EXPECT_EQ(found->password_hash, "hash");
  EXPECT_EQ(found->created, 1'000);
  EXPECT_EQ(found->last_login, 2'000);
  EXPECT_FALSE(store.find_account("bob"));
}

TEST(Store, ChangesAndRemovesAccounts) {
  const TemporaryDirectory directory;
  Store store(directory.path());
  store.add_account(kAlice);
  EXPECT_TRUE(store.set_password("alice", "new hash"));
  EXPECT_TRUE(store.set_last_login("ALICE", 3'000));
  EXPECT_EQ(store.find_account("alice")->password_hash, "new hash");
  EXPECT_EQ(store.find_account("alice")->last_login, 3'000);
  EXPECT_TRUE(store.remove_account("alice"));
  EXPECT_FALSE(store.find_account("alice"));
  EXPECT_FALSE(store.remove_account("alice"));
  EXPECT_FALSE(store.set_password("alice", "x"));
  EXPECT_FALSE(store.set_last_login("alice", 1));
}

TEST(Store, KeepsBansOfTheServerAndOfRooms) {
  const TemporaryDirectory directory;
  const Store::Ban everywhere = {.room = {},
                                 .subject = "192.0.2.0/24",
                                 .reason = "floods",
                                 .by = "alice",
                                 .created = 1,
                                 .until = {}};
  const Store::Ban in_room = {.room = "#tea",
                              .subject = "192.0.2.0/24",
                              .reason = "",
                              .by = "bob",
                              .created = 2,
                              .until = 99};
  {
    Store store(directory.path());
    store.add_ban(everywhere);
    store.add_ban({.room = "#TEA",
                   .subject = "192.0.2.0/24",
                   .reason = "replaced",
                   .by = "x",
                   .created = 0,
                   .until = {}});
    store.add_ban(in_room);
  }
  Store store(directory.path());
  EXPECT_EQ(store.load_bans(), (std::vector<Store::Ban>{everywhere, in_room}));
  EXPECT_TRUE(store.remove_ban("#Tea", "192.0.2.0/24"));
  EXPECT_FALSE(store.remove_ban("#tea", "192.0.2.0/24"));
  EXPECT_EQ(store.load_bans(), std::vector<Store::Ban>{everywhere});
  EXPECT_TRUE(store.remove_ban(std::nullopt, "192.0.2.0/24"));
  EXPECT_TRUE(store.load_bans().empty());
}

TEST(Store, TextIsTextWhateverStandsInIt) {
  const TemporaryDirectory directory;
  Store store(directory.path());
  const std::string odd = "'); DROP TABLE bans; -- \xE2\x98\x95";
  store.add_ban({.room = {}, .subject = odd, .reason = odd, .by = "", .created = 0, .until = {}});
  EXPECT_EQ(store.load_bans().front().reason, odd);
}

TEST(Store, IsForItsOwnerOnly) {
  const TemporaryDirectory directory;
  const mode_t before = ::umask(0);
  Store store(directory / "data");
  store.add_account(kAlice);
  ::umask(before);
  EXPECT_EQ(mode_of(directory / "data"), 0700u);
  for (const auto& entry : std::filesystem::directory_iterator(directory / "data")) {
    EXPECT_EQ(mode_of(entry.path()), 0600u) << entry.path();
  }
}

// What opening it is refused with; empty: it is not.
std::string mode_refusal_of(const std::string& directory) {
  try {
    const Store store(directory);
    return {};
  } catch (const ConfigError& error) {
    return error.what();
  }
}

TEST(Store, ADirectoryThatOthersCanWriteToIsRefused) {
  const TemporaryDirectory directory;
  const std::string data = directory / "data";
  EXPECT_EQ(mode_refusal_of(data), "");
  for (const mode_t mode : {0770U, 0707U, 0722U, 01777U}) {
    ASSERT_EQ(::chmod(data.c_str(), mode), 0);
    EXPECT_TRUE(mode_refusal_of(data).ends_with(": chmod 700 " + data)) << std::oct << mode;
  }
  ASSERT_EQ(::chmod(data.c_str(), 0755), 0);
  EXPECT_EQ(mode_refusal_of(data), "") << "its files are closed";
}

TEST(Store, ADatabaseThatOthersCanReadIsRefused) {
  const TemporaryDirectory directory;
  const std::string data = directory / "data";
  EXPECT_EQ(mode_refusal_of(data), "");
  const std::string file = data + "/hubbub.db";
  ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
  EXPECT_EQ(mode_refusal_of(data), "") << "nobody else can come to it";
  ASSERT_EQ(::chmod(data.c_str(), 0711), 0);
  EXPECT_EQ(
      mode_refusal_of(data),
      "hubbubd: data_dir: " + file + " can be read by others (its mode is 644): chmod 600 " + file);
}

TEST(Store, ASecondServerIsRefusedAsLongAsThereIsAFirst) {
  const TemporaryDirectory directory;
  {
    const Store store(directory.path());
    EXPECT_EQ(refusal_of(directory.path()),
              "data_dir: " + directory.path() + " is in use by another server");
  }
  EXPECT_EQ(refusal_of(directory.path()), "");
}

TEST(Store, DataOfANewerVersionIsRefused) {
  const TemporaryDirectory directory;
  EXPECT_EQ(refusal_of(directory.path()), "");
  execute(directory / "hubbub.db", "PRAGMA user_version = 77");
  const std::string refusal = refusal_of(directory.path());
  EXPECT_NE(refusal.find("written by a newer hubbubd (its schema is 77"), std::string::npos)
      << refusal;
}

// The very first schema had no bans.
TEST(Store, DataOfAnOlderVersionIsBroughtUpToDate) {
  const TemporaryDirectory directory;
  execute(directory / "hubbub.db",
          "CREATE TABLE accounts (name TEXT PRIMARY KEY, display_name TEXT NOT NULL, "
          "password_hash TEXT NOT NULL, created INTEGER NOT NULL, last_login INTEGER NOT NULL) "
          "STRICT, WITHOUT ROWID; INSERT INTO accounts VALUES ('alice', 'Alice', 'hash', 1, 2); "
          "PRAGMA user_version = 1");
  Store store(directory.path());
  EXPECT_EQ(store.find_account("alice")->password_hash, "hash");
  EXPECT_TRUE(store.load_bans().empty());
}

TEST(Store, AMigrationThatFailsLeavesTheDataAsTheyWere) {
  const TemporaryDirectory directory;
  execute(directory / "hubbub.db", "CREATE TABLE bans (mine TEXT); PRAGMA user_version = 1");
  EXPECT_NE(refusal_of(directory.path()), "");
  execute(directory / "hubbub.db", "SELECT mine FROM bans");
}

TEST(Store, AFileThatIsNoDatabaseIsDamaged) {
  const TemporaryDirectory directory;
  std::ofstream(directory / "hubbub.db") << std::string(10'000, 'x');
  const std::string refusal = refusal_of(directory.path());
  EXPECT_EQ(refusal, "data_dir: " + directory / "hubbub.db" + ": the data is damaged");
}

TEST(Store, ADatabaseWithAHoleIsDamaged) {
  const TemporaryDirectory directory;
  {
    Store store(directory.path());
    for (int i = 0; i < 500; ++i) {
      store.add_account(
          {.name = "nick" + std::to_string(i), .password_hash = std::string(100, 'h')});
    }
  }
  std::fstream file(directory / "hubbub.db", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(2 * 4096);
  file << std::string(6 * 4096, 'x');
  file.close();
  EXPECT_NE(refusal_of(directory.path()).find("the data is damaged"), std::string::npos);
}

TEST(Store, APathThatIsNoDirectoryIsAskedForWrongly) {
  const TemporaryDirectory directory;
  std::ofstream(directory / "file") << "x";
  for (const std::string& path : {directory / "file", directory / "missing/data"}) {
    EXPECT_THROW(Store store(path), ConfigError) << path;
  }
}

TEST(Store, WhatFindsNoRoomIsRefusedAndTheNextThatDoesIsDone) {
  const TemporaryDirectory directory;
  Store store(directory.path());
  store.add_account(kAlice);
  store.limit_pages(1);  // it is larger already, and may not grow
  const std::string large(100'000, 'h');
  try {
    store.add_account({.name = "bob", .password_hash = large});
    ADD_FAILURE() << "was stored";
  } catch (const StoreError& error) {
    EXPECT_STREQ(error.what(), "the disk is full");
  }
  EXPECT_FALSE(store.find_account("bob"));
  EXPECT_TRUE(store.find_account("alice")) << "what is there can be read";
  store.limit_pages(1'000);
  EXPECT_TRUE(store.add_account({.name = "bob", .password_hash = large}));
}

TEST(Store, AnotherProgramThatHoldsTheDataIsNamed) {
  const TemporaryDirectory directory;
  Store store(directory.path());
  sqlite3* other = nullptr;
  EXPECT_EQ(::sqlite3_open((directory / "hubbub.db").c_str(), &other), SQLITE_OK);
  EXPECT_EQ(::sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  try {
    store.add_account(kAlice);
    ADD_FAILURE() << "was stored";
  } catch (const StoreError& error) {
    EXPECT_STREQ(error.what(), "another program holds the data");
  }
  EXPECT_EQ(::sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
  ::sqlite3_close(other);
  EXPECT_TRUE(store.add_account(kAlice));
}

}  // namespace
}  // namespace server
