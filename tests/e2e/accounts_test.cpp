// Accounts of the real server: that what it said was stored is there after any end, who is logged
// in where, and that no password is seen anywhere.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "tests/e2e/passwords.hpp"
#include "tests/e2e/screen.hpp"
#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

namespace fs = std::filesystem;

const std::string kWillEcho = "\xFF\xFB\x01";
const std::string kWontEcho = "\xFF\xFC\x01";

class Accounts : public ::testing::Test {
 protected:
  Accounts() {
    std::string name = ::testing::TempDir() + "hubbub-e2e-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "cannot make " << name;
    directory_ = name;
  }
  ~Accounts() override {
    std::error_code error;
    fs::remove_all(directory_, error);
  }

  std::string data() const { return directory_ + "/data"; }
  std::vector<std::string> arguments(std::vector<std::string> more = {}) const {
    more.insert(more.end(),
                {"--set", "data_dir=" + data(), "--set", "accounts.attempts_per_minute=0"});
    return more;
  }

  std::string directory_;
};

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST_F(Accounts, ANickIsItsOwnersFromOneServerToTheNext) {
  {
    Server server(arguments());
    Person alice = server.person("alice");
    EXPECT_TRUE(contains(try_password(alice, "/register " + kPassword), "alice is yours now"));
  }
  Server server(arguments());
  Person alice = server.guest();
  EXPECT_EQ(alice.ask("/nick Alice"), "-- error: Alice is registered: /login Alice");
  EXPECT_EQ(try_password(alice, "/login alice wrong-one"), "-- error: that is not the password");
  EXPECT_EQ(try_password(alice, "/login alice " + kPassword), "-- you are logged in as alice");
  EXPECT_TRUE(contains(alice.ask("/whois alice"), "-- alice (registered) has been here"));
}

// As systemd makes one for a DynamicUser.
TEST_F(Accounts, ADataDirectoryMayBeASymbolicLink) {
  fs::create_directory(directory_ + "/private");
  fs::create_directory_symlink("private", data());
  Server server(arguments());
  Person alice = server.person("alice");
  EXPECT_TRUE(contains(try_password(alice, "/register " + kPassword), "alice is yours now"));
}

TEST_F(Accounts, WithoutADataDirectoryNothingIsStoredAndThatIsSaid) {
  Server server;
  Person alice = server.person("alice");
  EXPECT_TRUE(contains(alice.ask("/register " + kPassword), "keeps no accounts"));
}

// What `telnet` does with these bytes is shown by telnet itself, in the test after this one.
TEST_F(Accounts, TelnetIsAskedNotToShowAPasswordWhileItIsTyped) {
  Server server(arguments());
  Person bob = server.person("bob");
  Person alice = server.person("alice");
  alice.settle();
  bob.settle();
  alice.say("/register");
  const std::string question = alice.read_line();
  EXPECT_TRUE(question.starts_with("-- choose a password") && question.ends_with(kWillEcho))
      << shown(question);
  alice.send("\xFF\xFD\x01" + kPassword + "\r\n");
  const std::string thanks = alice.read_line();
  EXPECT_EQ(shown(thanks), shown("-- thank you" + kWontEcho));
  alice.send("\xFF\xFE\x01");
  EXPECT_TRUE(contains(alice.read_line(), "alice is yours now"));
  alice.say("hello");
  EXPECT_EQ(bob.sees("<alice>"), "#lobby <alice> hello");
  EXPECT_FALSE(any_contains(alice.settle(), "sesame"));
}

TEST_F(Accounts, TelnetItselfShowsNoPassword) {
  if (!is_installed("telnet") || !is_installed("script")) GTEST_SKIP() << "no telnet, or no script";
  Server server(arguments());
  Process telnet(
      {"script", "-qfc", "telnet 127.0.0.1 " + std::to_string(server.chat_port()), "/dev/null"});
  telnet.wait_for_output("in #lobby");
  telnet.write("/nick alice\n");
  telnet.wait_for_output("known as alice");
  telnet.write("/register\n");
  telnet.wait_for_output("choose a password for alice");
  telnet.wait_for_output("nobody sees");
  std::this_thread::sleep_for(100ms);  // telnet changes the terminal after it has shown the line
  telnet.write(kPassword + "\n");
  telnet.wait_for_output("alice is yours now");
  EXPECT_FALSE(contains(telnet.output(), "sesame")) << telnet.output();
  telnet.write("visible again\n");
  telnet.wait_for_output("visible again");
  telnet.write("/quit\n");
  telnet.wait_for_output("goodbye");
}

TEST_F(Accounts, NoPasswordIsInTheLogWhateverItsLevel) {
  Server server(arguments({"--log-level", "trace"}));
  Person alice = server.person("alice");
  try_password(alice, "/register " + kPassword);
  try_password(alice, "/login alice wrong-" + kPassword);
  try_password(alice, "/login " + kPassword + " alice-alice");
  try_password(alice, "/password " + kPassword + " new-" + kPassword);
  alice.say("/unregister");
  alice.say("new-" + kPassword);
  alice.sees("not registered any more");
  alice.say("/register");
  alice.say(kPassword + std::string(5000, 'x'));  // too long for a line
  alice.sees("-- error: that line was too long");
  server.wait_for_log("action=unregister outcome=done account=alice");
  EXPECT_FALSE(contains(server.log(), "sesame")) << server.log();
  for (const auto& entry : fs::directory_iterator(data())) {
    EXPECT_FALSE(contains(content_of(entry.path()), "sesame")) << entry.path();
  }
}

// The kernel spreads the connections over the loops.
TEST_F(Accounts, ALoginEndsTheGhostOnWhateverLoopItIs) {
  Server server(arguments({"--loops", "2"}));
  Person bob = server.person("bob");
  {
    Person first = server.person("alice");
    try_password(first, "/register " + kPassword);
    first.say("/quit");
    first.wait_for_end();
  }
  std::vector<Person> alices;
  for (int i = 0; i < 12; ++i) {
    alices.push_back(server.guest());
    EXPECT_EQ(try_password(alices.back(), "/login alice " + kPassword),
              "-- you are logged in as alice");
    if (i == 0) continue;
    Person& ghost = alices[alices.size() - 2];
    EXPECT_EQ(ghost.sees("goodbye"), "-- goodbye: you logged in elsewhere");
    ghost.wait_for_end();
  }
  server.wait_for_log("refused cause=elsewhere address=127.0.0.1:");
  alices.back().say("at last");
  EXPECT_EQ(bob.sees("<alice>"), "#lobby <alice> at last");
}

TEST_F(Accounts, TwoWhoLogInAtOnceBothGetAnAnswerAndOneStays) {
  Server server(arguments({"--loops", "2", "--set", "accounts.hashing_threads=2"}));
  {
    Person first = server.person("alice");
    try_password(first, "/register " + kPassword);
    first.say("/quit");
    first.wait_for_end();
  }
  for (int i = 0; i < 5; ++i) {
    Person one = server.guest();
    Person two = server.guest();
    one.say("/login alice " + kPassword);
    two.say("/login alice " + kPassword);
    Person watcher = server.guest();
    EXPECT_TRUE(wait_until([&] {
      return contains(one.read_arrived() + two.read_arrived(), "goodbye: you logged in elsewhere");
    }));
    EXPECT_TRUE(wait_until([&] {  // who is let in takes the nick when the other has left it
      return contains(watcher.ask("/whois alice"), "alice (registered) has been here");
    }));
    one.close();
    two.close();
  }
}

// On each loop, and of those who have another nick.
TEST_F(Accounts, APasswordThatIsChangedEndsTheOtherLoginsWhereverTheyAre) {
  Server server(arguments({"--loops", "3"}));
  Person alice = server.person("alice");
  EXPECT_TRUE(contains(try_password(alice, "/register " + kPassword), "alice is yours now"));
  alice.ask("/nick alice-0");
  std::vector<Person> others;
  for (int i = 1; i < 8; ++i) {
    others.push_back(server.guest());
    EXPECT_EQ(try_password(others.back(), "/login alice " + kPassword),
              "-- you are logged in as alice");
    if (i < 7) others.back().ask("/nick alice-" + std::to_string(i));
  }
  Person changer = std::move(others.back());
  others.pop_back();
  EXPECT_TRUE(contains(alice.ask("/whois alice-3"), "alice-3 (logged in as alice)"));
  EXPECT_EQ(try_password(changer, "/password " + kPassword + " open-barley"),
            "-- the password of alice is changed");
  alice.sees("you are not logged in as alice any more");
  for (Person& other : others) other.sees("you are not logged in as alice any more");
  EXPECT_FALSE(contains(alice.ask("/whois alice-3"), "logged in"));
  alice.settle();
  EXPECT_TRUE(contains(alice.ask("/whois alice"), "alice (registered)"));
  EXPECT_EQ(changer.ask("/logout"), "-- you are now known as guest-9");
}

TEST_F(Accounts, AnOperatorIsOneAsLongAsItsAccountIsOnTheList) {
  const std::string file = directory_ + "/hubbub.yaml";
  const auto list = [&](const std::string& accounts) {
    std::ofstream(file) << "operators: {accounts: \"" << accounts << "\"}\n";
  };
  list("");
  Server server(arguments({"--config", file}));
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  try_password(alice, "/register " + kPassword);
  try_password(bob, "/register " + kPassword);
  list("alice, bob");
  server.process().signal(SIGHUP);
  alice.sees("you are an operator of this server");
  bob.sees("you are an operator of this server");
  list("bob");
  server.process().signal(SIGHUP);
  alice.sees("you are not an operator of this server any more");
  EXPECT_TRUE(contains(alice.ask("/gban 192.0.2.1"), "-- error: "));
  EXPECT_TRUE(contains(bob.ask("/gban 192.0.2.1"), "192.0.2.1 is banned"));
  try_password(bob, "/password " + kPassword + " open-barley");
  bob.say("/unregister open-barley");
  bob.sees("you are not an operator of this server any more");
  server.wait_for_log("moderation act=end_operator by=bob");
}

TEST_F(Accounts, AStrangerCannotKeepTheOwnerOut) {
  Server server({"--set", "data_dir=" + data(), "--set", "limits.trusted=", "--set",
                 "accounts.attempts_per_minute=3"});
  try_password(*std::make_unique<Person>(server.person("alice")), "/register " + kPassword);
  Person thief(Way(server.chat_port(), 2));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(try_password(thief, "/login alice wrong-one"), "-- error: that is not the password");
  }
  EXPECT_EQ(try_password(thief, "/login alice " + kPassword),
            "-- error: too many passwords were tried for that account from where you are; wait a "
            "minute");
  server.wait_for_log("action=login outcome=too_many_attempts account=alice");
  Person alice(Way(server.chat_port(), 3));
  EXPECT_EQ(try_password(alice, "/login alice " + kPassword), "-- you are logged in as alice");
}

TEST_F(Accounts, AttemptsAreLimitedByAddressWhateverIsTried) {
  Server server({"--set", "data_dir=" + data(), "--set", "limits.trusted=", "--set",
                 "accounts.attempts_per_minute=3"});
  Person thief(Way(server.chat_port(), 2));
  // A slow machine gives the first of them back before the last: one in five seconds.
  int tries = 0;
  std::string answer = "-- error: that is not the password";
  while (answer == "-- error: that is not the password" && tries < 60) {
    answer = try_password(thief, "/login nick" + std::to_string(tries++) + " wrong-one");
  }
  EXPECT_EQ(answer, "-- error: too many passwords were tried from where you are; wait a minute");
  EXPECT_GT(tries, 12);
  server.wait_for_log("action=login outcome=too_many_from_address account=unknown");
}

TEST_F(Accounts, NobodyTakesAllTheGoodNames) {
  std::vector<std::string> options = arguments();
  for (const char* const option :
       {"limits.trusted=", "accounts.registrations_per_day=2", "operators.networks=127.0.0.9"}) {
    options.insert(options.end(), {"--set", option});
  }
  Server server(options);
  Person squatter(Way(server.chat_port(), 2));
  for (const char* const nick : {"anna", "bert"}) {
    squatter.say(std::string("/nick ") + nick);
    EXPECT_TRUE(contains(try_password(squatter, "/register " + kPassword), "is yours now"));
  }
  squatter.say("/nick carl");
  EXPECT_EQ(try_password(squatter, "/register " + kPassword),
            "-- error: too many nicks were registered from where you are; try again tomorrow");
  Person keeper(Way(server.chat_port(), 9));
  EXPECT_TRUE(contains(keeper.ask("/drop anna"), "-- anna is not registered any more"));
  EXPECT_TRUE(contains(keeper.ask("/nick anna"), "-- you are now known as anna"));
  server.wait_for_log("account action=drop outcome=done account=anna");
}

// --- The client. ---

TEST_F(Accounts, TheClientOnATerminalShowsAndKeepsNoPassword) {
  if (!is_installed("tmux")) GTEST_SKIP() << "tmux is not installed";
  Server server(arguments());
  Person bob = server.person("bob");
  const std::string address = "127.0.0.1:" + std::to_string(server.chat_port());
  const Screen screen(program("HUBBUB") + " " + address + " --nick alice", 80, 24);
  screen.sees("you are now known as alice");
  screen.enter("hello");
  screen.sees("<alice> hello");
  screen.enter("/register");
  screen.sees("choose a password for alice");
  screen.type(kPassword);
  bob.say("a line that has the screen drawn again");
  EXPECT_FALSE(contains(screen.sees("drawn again"), "sesame")) << screen.text();
  screen.rests_at("#lobby>");
  screen.press("Enter");
  screen.sees("alice is yours now");
  screen.enter("/password " + kPassword + " open-barley");
  screen.sees("the password of alice is changed");
  screen.enter("seen again");
  const std::string all = screen.sees("<alice> seen again");
  EXPECT_FALSE(contains(all, "sesame") || contains(all, "barley")) << all;
  EXPECT_FALSE(contains(all, "\xEF\xBF\xBD")) << "telnet's bytes are not shown\n" << all;
  screen.press("Up");
  screen.press("Up");
  screen.rests_at("#lobby> hello");
  screen.press("C-c");
  screen.enter("/quit");
  screen.sees("ended with 0");
  for (const auto& entry : fs::recursive_directory_iterator(screen.folder())) {
    if (!entry.is_regular_file() || entry.path().filename() != "history") continue;
    EXPECT_FALSE(contains(content_of(entry.path()), "sesame")) << entry.path();
    EXPECT_TRUE(contains(content_of(entry.path()), "hello")) << entry.path();
  }
}

TEST_F(Accounts, TheClientStaysInItsRoomWhileAPasswordIsTyped) {
  if (!is_installed("tmux")) GTEST_SKIP() << "tmux is not installed";
  Server server(arguments());
  const std::string address = "127.0.0.1:" + std::to_string(server.chat_port());
  const Screen screen(program("HUBBUB") + " " + address + " --nick alice --room dev", 80, 24);
  screen.rests_at("#dev>");
  screen.enter("/register");
  screen.sees("choose a password for alice");
  screen.type(kPassword);
  for (const char* const key : {"M-1", "M-a"}) screen.press(key);
  screen.sees("-- the next line is the password; /cancel ends it");
  screen.rests_at("#dev>");
  screen.press("Enter");
  screen.sees("alice is yours now");
  screen.press("M-1");
  screen.rests_at("#lobby>");
}

// What is typed for a question is no answer to anything after it.
TEST_F(Accounts, TheClientDropsHalfAPasswordWithItsConnection) {
  if (!is_installed("tmux")) GTEST_SKIP() << "tmux is not installed";
  std::optional<Server> server(std::in_place, arguments());
  const std::string port = std::to_string(server->chat_port());
  const Screen screen(program("HUBBUB") + " 127.0.0.1:" + port + " --nick alice", 80, 24);
  screen.sees("you are now known as alice");
  screen.enter("/register");
  screen.sees("choose a password for alice");
  screen.type("half-a-pass");
  server->process().signal(SIGTERM);
  server->expect_end();
  screen.rests_at("#lobby (offline)>");
  screen.press("Enter");
  screen.sees("-- not connected");
  server.emplace(arguments({"--listen", "chat=127.0.0.1:" + port, "--listen", "echo=127.0.0.1:0"}));
  screen.sees("-- what you were typing where nobody could see it is dropped");
  screen.rests_at("#lobby>");
  Person bob = server->person("bob");
  screen.enter("word in the open");
  EXPECT_EQ(bob.sees("<alice>"), "#lobby <alice> word in the open");
  EXPECT_FALSE(contains(screen.text(), "half-a-pass")) << screen.text();
}

TEST_F(Accounts, TheClientAsAFilterCanLogIn) {
  Server server(arguments());
  try_password(*std::make_unique<Person>(server.person("alice")), "/register " + kPassword);
  Process filter(
      {program("HUBBUB"), "--commands", "127.0.0.1:" + std::to_string(server.chat_port())});
  filter.write("/login alice\n" + kPassword + "\nhello\n");
  filter.close_input();
  EXPECT_EQ(filter.wait(), 0) << filter.errors();
  EXPECT_TRUE(contains(filter.output(), "-- you are logged in as alice\n")) << filter.output();
  EXPECT_TRUE(contains(filter.output(), "-- thank you\n")) << shown(filter.output());
}

// --- Ends. ---

// The server is killed at any moment; what it has confirmed is there, and what is there can be
// logged in to.
TEST_F(Accounts, EveryRegistrationThatWasConfirmedSurvivesAKill) {
  std::minstd_rand random(7);
  std::vector<std::string> confirmed;
  int next = 0;
  for (int round = 0; round < 6; ++round) {
    Server server(arguments({"--set", "accounts.hashing_threads=2"}));
    std::vector<Person> people;
    std::vector<std::string> nicks;
    for (int i = 0; i < 6; ++i) {
      nicks.push_back("nick" + std::to_string(next++));
      people.push_back(server.person(nicks.back()));
    }
    for (Person& person : people) person.say("/register " + kPassword);
    const std::size_t some = random() % people.size();
    wait_until([&] { return count(server.log(), "action=register outcome=done") >= some; });
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 50));
    server.kill();
    for (std::size_t i = 0; i < people.size(); ++i) {
      std::string heard;
      try {
        for (;;) heard += people[i].read_line() + "\n";
      } catch (const Failure&) {
        // The connection is over.
      }
      if (contains(heard, "is yours now")) confirmed.push_back(nicks[i]);
    }
  }
  EXPECT_FALSE(confirmed.empty()) << "the kills came too early to show anything";
  Server server(arguments());
  for (const std::string& nick : confirmed) {
    Person person = server.guest();
    EXPECT_EQ(try_password(person, "/login " + nick + " " + kPassword),
              "-- you are logged in as " + nick);
  }
}

TEST_F(Accounts, HashPasswordPrintsAHashThatMakesOperators) {
  Process hashing({program("HUBBUBD"), "--hash-password"});
  hashing.write("operators' own\n");
  ASSERT_EQ(hashing.wait(), 0) << hashing.errors();
  std::string hash = hashing.output();
  ASSERT_TRUE(hash.starts_with("$argon2id$") && hash.ends_with("\n")) << hash;
  hash.pop_back();
  Server server({"--set", "operators.password=" + hash});
  Person alice = server.person("alice");
  EXPECT_EQ(try_password(alice, "/oper wrong one"), "-- error: that is not the password");
  EXPECT_EQ(try_password(alice, "/oper operators' own"),
            "-- you are an operator of this server; /help operators lists what you can do");
}

TEST_F(Accounts, HashPasswordRefusesABadOne) {
  Process hashing({program("HUBBUBD"), "--hash-password"});
  hashing.write("short\n");
  EXPECT_EQ(hashing.wait(), 2);
  EXPECT_TRUE(contains(hashing.errors(), "a password has at least 8 bytes")) << hashing.errors();
  EXPECT_EQ(hashing.output(), "");
}

}  // namespace
}  // namespace e2e
