// Faults of the place where accounts and bans are kept. At the start each is one sentence and a
// status; later it hinders what needs the place and nothing else, and what was confirmed is there
// afterwards.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "tests/e2e/folder.hpp"
#include "tests/e2e/passwords.hpp"
#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

namespace fs = std::filesystem;

// A file system of its own on a folder, that can be full and read-only for root too.
class SmallDisk {
 public:
  static constexpr const char* kSize = "size=1m,mode=0700";

  explicit SmallDisk(std::string folder) : folder_(std::move(folder)) {
    fs::create_directory(folder_);
    is_there_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, kSize) == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (is_there_) ::umount2(folder_.c_str(), MNT_DETACH);
  }

  // False: this user may not mount.
  bool is_there() const { return is_there_; }
  void make_read_only() const {
    EXPECT_EQ(::mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, kSize), 0);
  }
  void fill() const {
    std::ofstream file(filling(), std::ios::binary);
    const std::string page(4096, 'x');
    while (file.write(page.data(), 4096).flush()) {
    }
  }
  void make_room() const { fs::remove(filling()); }

 private:
  std::string filling() const { return folder_ + "/filling"; }

  std::string folder_;
  bool is_there_ = false;
};

class Data : public ::testing::Test {
 protected:
  std::string data() const { return folder_.path() + "/data"; }
  std::string database() const { return data() + "/hubbub.db"; }
  std::vector<std::string> arguments(std::vector<std::string> more = {}) const {
    more.insert(more.end(),
                {"--set", "data_dir=" + data(), "--set", "accounts.attempts_per_minute=0"});
    return more;
  }
  // What becomes of a server that is not to serve.
  Outcome run_server() const {
    std::vector<std::string> command = arguments({"--listen", "chat=127.0.0.1:0", "--loops", "1"});
    command.insert(command.begin(), {"timeout", "20", program("HUBBUBD")});
    Outcome outcome = run(command);
    EXPECT_FALSE(contains(outcome.errors, "listening")) << outcome.errors;
    EXPECT_EQ(outcome.output, "");
    return outcome;
  }
  // Alice registers, and goes with the server.
  void keep_an_account() const {
    Server server(arguments());
    Person alice = server.person("alice");
    EXPECT_TRUE(contains(try_password(alice, "/register " + kPassword), "alice is yours now"));
  }
  void expect_login(const Server& server, const std::string& nick) const {
    Person person = server.guest();
    EXPECT_EQ(try_password(person, "/login " + nick + " " + kPassword),
              "-- you are logged in as " + nick);
  }

  const Folder folder_;
};

// --- At the start. ---

TEST_F(Data, ASecondServerOnThemIsRefusedAndTheFirstServesOn) {
  Server server(arguments());
  const Outcome second = run_server();
  EXPECT_EQ(second.status, 1);
  EXPECT_EQ(second.errors, "hubbubd: data_dir: " + data() + " is in use by another server\n");
  Person alice = server.person("alice");
  EXPECT_TRUE(contains(try_password(alice, "/register " + kPassword), "alice is yours now"));
}

TEST_F(Data, WhatIsDamagedIsRefused) {
  { Server server(arguments()); }
  std::ofstream(database(), std::ios::trunc) << std::string(8192, 'x');
  const Outcome outcome = run_server();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.errors, "hubbubd: data_dir: " + database() + ": the data is damaged\n");
}

TEST_F(Data, WhatANewerServerWroteIsRefusedAndLeftAsItIs) {
  if (!is_installed("sqlite3")) GTEST_SKIP() << "sqlite3 is not installed";
  keep_an_account();
  EXPECT_EQ(run({"sqlite3", database(), "PRAGMA user_version = 77"}).status, 0);
  const Outcome outcome = run_server();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(contains(outcome.errors, "hubbubd: data_dir: " + database() +
                                           ": was written by a newer hubbubd (its schema is 77"))
      << outcome.errors;
  EXPECT_EQ(run({"sqlite3", database(), "PRAGMA user_version; SELECT name FROM accounts"}).output,
            "77\nalice\n");
}

TEST_F(Data, APathThatIsNoDirectoryIsAskedForWrongly) {
  std::ofstream(data()) << "x";
  const Outcome outcome = run_server();
  EXPECT_EQ(outcome.status, 2);
  EXPECT_TRUE(contains(outcome.errors, "data_dir: " + data())) << outcome.errors;
}

TEST_F(Data, WhatOthersCouldReadOrWriteIsRefusedWithTheCommandThatMendsIt) {
  keep_an_account();
  ASSERT_EQ(::chmod(data().c_str(), 0777), 0);
  Outcome outcome = run_server();
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.errors, "hubbubd: data_dir: " + data() +
                                " can be written to by others (its mode is 777): chmod 700 " +
                                data() + "\n");
  ASSERT_EQ(::chmod(data().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(database().c_str(), 0640), 0);
  outcome = run_server();
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.errors, "hubbubd: data_dir: " + database() +
                                " can be read by others (its mode is 640): chmod 600 " +
                                database() + "\n");
  ASSERT_EQ(::chmod(database().c_str(), 0600), 0);
  Server server(arguments());
  expect_login(server, "alice");
}

TEST_F(Data, WhatCanOnlyBeReadIsRefused) {
  const SmallDisk disk(data());
  if (!disk.is_there()) GTEST_SKIP() << "mounting needs root";
  keep_an_account();
  disk.make_read_only();
  const Outcome outcome = run_server();
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.errors,
            "hubbubd: data_dir: " + data() + "/lock cannot be used: Read-only file system\n");
}

TEST_F(Data, ADiskThatIsFullAtTheStartIsNamedOrServedFrom) {
  const SmallDisk disk(data());
  if (!disk.is_there()) GTEST_SKIP() << "mounting needs root";
  disk.fill();
  const Outcome outcome = run_server();
  EXPECT_EQ(outcome.status, 1) << outcome.errors;
  EXPECT_TRUE(contains(outcome.errors, "hubbubd: data_dir: " + database() + ": the disk "))
      << outcome.errors;
  disk.make_room();
  keep_an_account();
}

// --- Later. ---

TEST_F(Data, AFullDiskHindersWhatNeedsItOnlyAndWhatWasConfirmedIsThereAfterwards) {
  const SmallDisk disk(data());
  if (!disk.is_there()) GTEST_SKIP() << "mounting needs root";
  keep_an_account();
  const auto operators = arguments({"--set", "operators.networks=127.0.0.0/8"});
  {
    Server server(operators);
    server.expect_error("the store failed: the disk is full");
    Person bob = server.person("bob");
    Person carol = server.person("carol");
    EXPECT_TRUE(contains(bob.ask("/gban 192.0.2.1"), "192.0.2.1 is banned"));
    disk.fill();
    EXPECT_EQ(try_password(bob, "/register " + kPassword),
              "-- error: that cannot be stored now: the disk is full");
    EXPECT_EQ(bob.ask("/gban 192.0.2.2"),
              "-- error: 192.0.2.2 is banned from the server, but only until the server is "
              "restarted: the disk is full");
    const std::string not_kept =
        "-- error: 192.0.2.1 is banned from the server no more, but only until the server is "
        "restarted: the disk is full";
    EXPECT_EQ(bob.ask("/ungban 192.0.2.1"), not_kept);
    EXPECT_EQ(bob.ask("/ungban 192.0.2.1"), not_kept);
    carol.ask("/join #tea");
    EXPECT_EQ(carol.ask("/ban eve"),
              "-- error: eve is banned from #tea, but only until the server is restarted: the disk "
              "is full");
    carol.ask("/leave #tea");
    bob.say("hello");
    EXPECT_EQ(carol.sees("<bob>"), "#lobby <bob> hello");
    expect_login(server, "alice");
    disk.make_room();
    EXPECT_TRUE(contains(try_password(bob, "/register " + kPassword), "bob is yours now"));
    EXPECT_EQ(bob.ask("/ungban 192.0.2.1"), "-- 192.0.2.1 is banned from the server no more");
    EXPECT_TRUE(contains(bob.ask("/gban 192.0.2.2"), "192.0.2.2 is banned"));
    server.kill();
  }
  Server server(operators);
  expect_login(server, "alice");
  expect_login(server, "bob");
  Person carol = server.person("carol");
  EXPECT_TRUE(contains(carol.ask("/ungban 192.0.2.1"), "-- error: 192.0.2.1 is not banned"));
  EXPECT_EQ(carol.ask("/ungban 192.0.2.2"), "-- 192.0.2.2 is banned from the server no more");
}

TEST_F(Data, AnotherProgramThatHoldsThemAtTheStartHindersWhatIsWrittenOnly) {
  if (!is_installed("sqlite3")) GTEST_SKIP() << "sqlite3 is not installed";
  keep_an_account();
  Process other({"sqlite3", database()});
  other.write("BEGIN IMMEDIATE; SELECT 'held';\n");
  other.wait_for_output("held");
  Server server(arguments());
  Person bob = server.person("bob");
  EXPECT_EQ(bob.ask("/nick alice"), "-- error: alice is registered: /login alice");
  other.close_input();
  EXPECT_EQ(other.wait(), 0);
  expect_login(server, "alice");
}

TEST_F(Data, AnotherProgramThatHoldsThemIsNamedAndHindersNobodyWhoTalks) {
  if (!is_installed("sqlite3")) GTEST_SKIP() << "sqlite3 is not installed";
  keep_an_account();
  Server server(arguments());
  server.expect_error("the store failed: another program holds the data");
  Person bob = server.person("bob");
  Person carol = server.person("carol");
  Process other({"sqlite3", database()});
  other.write("BEGIN IMMEDIATE; SELECT 'held';\n");
  other.wait_for_output("held");
  bob.say("/register " + kPassword);
  carol.say("hello");
  bob.sees("<carol> hello");
  bob.sees("-- error: that cannot be stored now: another program holds the data");
  other.close_input();
  EXPECT_EQ(other.wait(), 0);
  EXPECT_TRUE(contains(try_password(bob, "/register " + kPassword), "bob is yours now"));
  expect_login(server, "alice");
}

// No file may become larger than this, as if the disk were full.
TEST_F(Data, ADiskThatTakesNoMoreRefusesWhatNeedsItAndNothingElse) {
  keep_an_account();
  Server server(arguments(), {"prlimit", "--fsize=65536"});
  server.expect_error("the store failed: ");
  Person bob = server.person("bob");
  std::string answer;
  for (int i = 0; i < 50 && !contains(answer, "cannot be stored now"); ++i) {
    answer = try_password(bob, "/register " + kPassword);
    if (contains(answer, "is yours now")) {
      bob.settle();
      EXPECT_EQ(bob.ask("/nick bob" + std::to_string(i)),
                "-- you are now known as bob" + std::to_string(i));
    }
  }
  EXPECT_TRUE(contains(answer, "-- error: that cannot be stored now: ")) << answer;
  Person carol = server.person("carol");
  carol.say("hello");
  EXPECT_EQ(bob.sees("<carol>"), "#lobby <carol> hello");
  expect_login(server, "alice");  // that it cannot be noted keeps nobody out
}

}  // namespace
}  // namespace e2e
