// Accounts as a person at a connection meets them: what is answered in which order, what is hidden,
// and what becomes of a command that takes time when its connection ends first.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include "server/chat_session.hpp"
#include "tests/unit/captured_log.hpp"
#include "tests/unit/server_support.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace server {
namespace {

using core::support::CapturedLog;
using core::support::Reports;
using support::Lines;
using support::Wires;
using namespace std::chrono_literals;

constexpr const char* kPassword = "open sesame";

Config with_data(const std::string& directory) {
  Config config;
  config.data_dir = directory;
  config.limits.input_rate = 0;
  return config;
}

class SessionAccountsTest : public ::testing::Test {
 protected:
  struct Caller {
    Session* session;  // while it lives
    int socket;
  };

  explicit SessionAccountsTest(std::size_t attempts = 0)
      : config_(with_data(directory_ / "data")), attempts_(attempts) {}

  ~SessionAccountsTest() override {
    encoder_.fails_at.clear();
    connections_.close_all({}, {});
    wires_.settle();
    EXPECT_EQ(connections_.size(), 0u);
    wires_.loop.run(core::support::nothing());
  }

  Caller call(std::string_view nick = {}) {
    const int socket = wires_.new_socket();
    auto session = std::make_unique<ChatSession>(
        shared_, core::Stream(wires_.loop, socket, *core::Address::parse("192.0.2.1:4000")), 4096);
    const Caller caller{session.get(), socket};
    Connection::start(wires_.loop, std::move(session), {}, "chat");
    wires_.settle();
    wires_.pass_time(Session::kGreetingDelay);
    if (!nick.empty()) says(caller, "/nick " + std::string(nick));
    wires_.ring.wire.clear();
    return caller;
  }

  void sends(const Caller& caller, std::string bytes) {
    wires_.bring(caller.socket, std::move(bytes));
    wires_.settle();
  }
  void says(const Caller& caller, std::string_view line) {
    sends(caller, std::string(line) + "\n");
  }
  Lines hears(const Caller& caller) { return support::lines_of(wires_.take(caller.socket)); }
  // Everything up to a line with that in it, which other threads may have to be waited for.
  Lines hears_until(const Caller& caller, std::string_view part) {
    Lines all;
    const auto patience = std::chrono::steady_clock::now() + 20s;
    while (std::chrono::steady_clock::now() < patience) {
      for (std::string& line : hears(caller)) all.push_back(std::move(line));
      const bool is_there = std::any_of(all.begin(), all.end(), [&](const std::string& line) {
        return line.find(part) != std::string::npos;
      });
      if (is_there) return all;
      std::this_thread::sleep_for(1ms);
      wires_.settle();
    }
    ADD_FAILURE() << "never came: " << part;
    return all;
  }
  Lines asks(const Caller& caller, std::string_view line, std::string_view answer) {
    says(caller, line);
    return hears_until(caller, answer);
  }
  bool is_closed(const Caller& caller) const {
    const auto& all = wires_.ring.closed;
    return std::find(all.begin(), all.end(), caller.socket) != all.end();
  }
  // One who has registered that nick and is logged in.
  Caller owner(const std::string& nick) {
    const Caller caller = call(nick);
    asks(caller, std::string("/register ") + kPassword, "account change");
    return caller;
  }

  static std::string changed(event::AccountChanged::What what, const std::string& account) {
    return "-- account change " + std::to_string(static_cast<int>(what)) + " of " + account;
  }
  static std::string refused(event::AccountRefused::Why why, const std::string& detail = {}) {
    return "-- account refusal " + std::to_string(static_cast<int>(why)) + ": " + detail;
  }
  using What = event::AccountChanged::What;
  using Why = event::AccountRefused::Why;

  const CapturedLog log_;
  const support::TemporaryDirectory directory_;
  const Config config_;
  Wires wires_;
  support::PlainEncoder encoder_;
  Directory directory_of_all_{config_, {&encoder_}};
  BanList bans_{[] { return std::time_t(0); }};
  Hub hub_{wires_.loop, directory_of_all_, bans_};
  Attempts attempts_;
  Registrations registrations_{0};
  Archive archive_{config_.data_dir};
  Accounts accounts_{config_, directory_of_all_.registered_names(), archive_};
  AccountDesk desk_{hub_, accounts_, attempts_, registrations_};
  Connections connections_;
  const Session::Shared shared_{hub_, desk_, connections_, encoder_};
};

// --- The commands. ---

TEST_F(SessionAccountsTest, ANickIsRegisteredAndKeptFromOthers) {
  const Caller alice = call("alice");
  EXPECT_EQ(asks(alice, "/register open sesame", "account change"),
            (Lines{"-- visible in register", changed(What::kRegistered, "alice")}));
  EXPECT_EQ(asks(alice, "/whois alice", "alice"), (Lines{"-- alice (alice) in #lobby for 0s"}));
  const Caller bob = call("bob");
  EXPECT_EQ(asks(bob, "/nick ALICE", "registered"), (Lines{"-- registered: ALICE"}));
  says(alice, "/nick al");
  hears(bob);
  EXPECT_EQ(asks(bob, "/nick alice", "registered"), (Lines{"-- registered: alice"}))
      << "also while nobody has it";
  EXPECT_EQ(asks(alice, "/nick ALICE", "ALICE"), (Lines{"-- you are al", "-- you are ALICE"}));
}

TEST_F(SessionAccountsTest, APasswordThatIsAskedForIsTheNextLineAndIsShownToNobody) {
  const Caller bob = call("bob");
  const Caller alice = call("alice");
  hears(bob);
  says(alice, "/register");
  EXPECT_EQ(hears(alice), (Lines{"-- password 0 of alice?"}));
  EXPECT_EQ(asks(alice, "/me, the password", "account change"),
            (Lines{"-- password taken", changed(What::kRegistered, "alice")}));
  EXPECT_EQ(hears(bob), Lines{});
  says(alice, "hello");
  EXPECT_EQ(hears(bob), (Lines{"#lobby <alice> hello"}));
}

TEST_F(SessionAccountsTest, AnEmptyLineInsteadOfAPasswordChangesNothing) {
  const Caller alice = call("alice");
  for (const char* const line : {"", "/cancel"}) {
    says(alice, "/register");
    hears(alice);
    says(alice, line);
    EXPECT_EQ(hears(alice), (Lines{"-- no password"}));
  }
  EXPECT_FALSE(directory_of_all_.registered_names().contains("alice"));
}

TEST_F(SessionAccountsTest, OnlyAChosenNickCanBeRegisteredAndOnlyOnce) {
  const Caller guest = call();
  EXPECT_EQ(asks(guest, "/register", "refusal"), (Lines{refused(Why::kGuestNick)}));
  const Caller alice = owner("alice");
  EXPECT_EQ(asks(alice, "/register another one", "refusal"),
            (Lines{refused(Why::kAlreadyRegistered, "alice")}));
}

TEST_F(SessionAccountsTest, APasswordThatIsNotAcceptedIsRefused) {
  const Caller alice = call("alice");
  EXPECT_EQ(asks(alice, "/register short", "bad password").back(), "-- bad password, fault 0");
  const Caller bobby = call("bobby-bob");
  EXPECT_EQ(asks(bobby, "/register BOBBY-BOB", "bad password").back(), "-- bad password, fault 3");
}

TEST_F(SessionAccountsTest, ALoginTakesTheNickAndEndsWhoeverHadIt) {
  const Caller ghost = owner("alice");
  const Caller alice = call();
  EXPECT_EQ(asks(alice, "/login alice open sesame", "account change"),
            (Lines{"-- visible in login", "#lobby left: alice (logged in elsewhere)",
                   "-- you are alice", changed(What::kLoggedIn, "alice")}));
  EXPECT_EQ(hears_until(ghost, "goodbye").back(), "-- goodbye 'you logged in elsewhere'");
  wires_.end(ghost.socket);
  wires_.settle();
  EXPECT_TRUE(is_closed(ghost));
  EXPECT_EQ(asks(alice, "/who", "members"), (Lines{"-- members of #lobby: alice"}));
}

TEST_F(SessionAccountsTest, AWordAfterLoginThatIsARegisteredNickAsksForItsPassword) {
  owner("alice");
  const Caller other = call();
  EXPECT_EQ(asks(other, "/login ALICE", "password"), (Lines{"-- password 1 of ALICE?"}));
  EXPECT_EQ(asks(other, "wrong password", "refusal"),
            (Lines{"-- password taken", refused(Why::kWrongPassword)}));
  EXPECT_EQ(asks(other, "/login", "refusal"), (Lines{refused(Why::kNotRegistered, "guest-2")}));
  EXPECT_EQ(asks(other, "/login secret-word", "refusal"),
            (Lines{refused(Why::kNotRegistered, "guest-2")}));
}

TEST_F(SessionAccountsTest, AWrongPasswordAndAnUnknownNickAreRefusedAlike) {
  owner("alice");
  const Caller other = call();
  EXPECT_EQ(asks(other, "/login alice wrong word", "refusal").back(), refused(Why::kWrongPassword));
  EXPECT_EQ(asks(other, "/login nobody wrong word", "refusal").back(),
            refused(Why::kWrongPassword));
}

TEST_F(SessionAccountsTest, AfterALogoutTheNickIsKeptFromItsOwnerToo) {
  const Caller alice = owner("alice");
  EXPECT_EQ(asks(alice, "/logout", "account change"),
            (Lines{"-- you are guest-2", changed(What::kLoggedOut, "alice")}));
  EXPECT_EQ(asks(alice, "/nick alice", "registered"), (Lines{"-- registered: alice"}));
  EXPECT_EQ(asks(alice, "/logout", "refusal"), (Lines{refused(Why::kNotLoggedIn)}));
}

TEST_F(SessionAccountsTest, APasswordIsChangedInOneLineOrInThree) {
  const Caller alice = call("alice");
  asks(alice, "/register first-one", "account change");
  EXPECT_EQ(asks(alice, "/password first-one second-one", "account change").back(),
            changed(What::kPasswordChanged, "alice"));
  EXPECT_EQ(asks(alice, "/password", "password"), (Lines{"-- password 2 of alice?"}));
  EXPECT_EQ(asks(alice, "second-one", "3 of"),
            (Lines{"-- password taken", "-- password 3 of alice?"}));
  EXPECT_EQ(asks(alice, "third one", "account change").back(),
            changed(What::kPasswordChanged, "alice"));
  EXPECT_EQ(asks(call(), "/login alice second-one", "refusal").back(),
            refused(Why::kWrongPassword));
  EXPECT_EQ(asks(call(), "/login alice third one", "account change").back(),
            changed(What::kLoggedIn, "alice"));
}

TEST_F(SessionAccountsTest, ANickThatIsGivenUpIsFreeForOthersButStaysWithWhoHasIt) {
  const Caller alice = owner("alice");
  EXPECT_EQ(asks(alice, "/unregister wrong one", "refusal").back(), refused(Why::kWrongPassword));
  EXPECT_EQ(asks(alice, "/unregister open sesame", "account change").back(),
            changed(What::kUnregistered, "alice"));
  EXPECT_EQ(asks(alice, "/whois alice", "alice"), (Lines{"-- alice in #lobby for 0s"}));
  const Caller bob = call("bob");
  EXPECT_EQ(asks(bob, "/nick alice", "taken"), (Lines{"-- taken: alice"}));
}

TEST_F(SessionAccountsTest, APasswordThatIsChangedEndsTheOtherLogins) {
  const Caller first = owner("alice");
  says(first, "/nick al");
  const Caller second = call();
  asks(second, "/login alice open sesame", "account change");
  hears(first);
  asks(second, "/password", "password");
  asks(second, "open sesame", "password");
  asks(second, "another one", changed(What::kPasswordChanged, "alice"));
  EXPECT_EQ(hears_until(first, "account change"), (Lines{changed(What::kLoginEnded, "alice")}));
  EXPECT_EQ(asks(first, "/whois al", "in #lobby"), (Lines{"-- al in #lobby for 0s"}));
  EXPECT_EQ(asks(first, "/nick alice", "registered"), (Lines{"-- registered: alice"}));
  EXPECT_EQ(asks(second, "/whois alice", "in #lobby"),
            (Lines{"-- alice (alice) in #lobby for 0s"}));
  EXPECT_EQ(asks(second, "/nick ALICE", "you are"), (Lines{"-- you are ALICE"}));
}

TEST_F(SessionAccountsTest, AnAccountThatIsGivenUpEndsTheOtherLogins) {
  const Caller first = owner("alice");
  says(first, "/nick al");
  const Caller second = call();
  asks(second, "/login alice open sesame", "account change");
  hears(first);
  hears(second);
  EXPECT_EQ(asks(second, "/unregister open sesame", "account change"),
            (Lines{"-- visible in unregister", changed(What::kUnregistered, "alice")}))
      << "who does it is told of it, and nothing else";
  EXPECT_EQ(hears_until(first, "account change"), (Lines{changed(What::kLoginEnded, "alice")}));
  EXPECT_EQ(asks(first, "/logout", "refusal"), (Lines{refused(Why::kNotLoggedIn)}));
}

// Before the loop has come to it.
TEST_F(SessionAccountsTest, ALoginThatIsOverIsShownToNobodyAndCanBeLetGo) {
  const Caller alice = owner("alice");
  auto& names = directory_of_all_.registered_names();
  names.remove(*names.login_to("alice"));
  names.add("alice");
  hub_.describe(*alice.session, "alice");
  desk_.log_out(*alice.session);
  wires_.settle();
  EXPECT_EQ(hears(alice), (Lines{"-- alice in #lobby for 0s", "-- you are guest-2",
                                 changed(What::kLoggedOut, "alice")}));
}

// --- Time. ---

TEST_F(SessionAccountsTest, WhatIsAskedMeanwhileIsAnsweredAfterwardsInOrder) {
  const Caller alice = call("alice");
  sends(alice, "/register open sesame\n/echo on\n/whois alice\n");
  says(alice, "hello");
  EXPECT_EQ(hears_until(alice, "<alice>"),
            (Lines{"-- visible in register", changed(What::kRegistered, "alice"), "-- echo on",
                   "-- alice (alice) in #lobby for 0s", "#lobby <alice> hello"}));
}

TEST_F(SessionAccountsTest, OthersAreServedMeanwhile) {
  const Caller alice = call("alice");
  const Caller bob = call("bob");
  hears(alice);
  says(alice, "/register open sesame");
  EXPECT_EQ(asks(bob, "/time", "time"), (Lines{"-- time"}));
  says(bob, "hello");
  EXPECT_EQ(
      hears_until(alice, "account change"),
      (Lines{"-- visible in register", "#lobby <bob> hello", changed(What::kRegistered, "alice")}));
}

TEST_F(SessionAccountsTest, ALastLineWithoutAnEndIsObeyedToItsEnd) {
  const Caller alice = call("alice");
  sends(alice, "/register open sesame");
  wires_.end(alice.socket);
  hears_until(alice, changed(What::kRegistered, "alice"));
  EXPECT_TRUE(directory_of_all_.registered_names().contains("alice"));
}

TEST_F(SessionAccountsTest, AConnectionMayEndInTheMiddleAtAnyMoment) {
  for (int i = 0; i < 20; ++i) {
    const std::string nick = "nick" + std::to_string(i);
    const Caller caller = call(nick);
    says(caller, std::string("/register ") + kPassword);
    std::this_thread::sleep_for(i * 5ms);
    if (i % 2 == 0) wires_.settle();
    connections_.close_all({.why = Departure::kShutdown}, {});
    wires_.settle();
    EXPECT_EQ(connections_.size(), 0u);
  }
  const Caller bob = call("bob");
  EXPECT_EQ(asks(bob, std::string("/register ") + kPassword, "account").back(),
            changed(What::kRegistered, "bob"));
}

TEST_F(SessionAccountsTest, WhatFailsInItEndsThatConnectionAndNoOther) {
  const Reports reports(wires_.loop);
  const Caller bob = call("bob");
  const Caller alice = call("alice");
  encoder_.fails_at = "account change";
  says(alice, "/register open sesame");
  hears_until(alice, "goodbye 'internal error'");
  ASSERT_EQ(reports.all.size(), 1u);
  encoder_.fails_at.clear();
  EXPECT_EQ(asks(bob, "/time", "time").back(), "-- time");
}

TEST_F(SessionAccountsTest, AGhostInTheMiddleOfACommandIsEndedToo) {
  const Caller ghost = owner("alice");
  says(ghost, "/password open-sesame another-one");
  const Caller alice = call();
  EXPECT_EQ(asks(alice, "/login alice open sesame", "account change").back(),
            changed(What::kLoggedIn, "alice"));
  hears_until(ghost, "goodbye 'you logged in elsewhere'");
}

// Somebody whose account gets another password while it makes way for another login.
class Leaver final : public support::Guest {
 public:
  using Guest::Guest;

  void evict(Parting parting) override {
    Guest::evict(parting);
    RegisteredNames& names = hub().registered_names();
    names.end_others(*names.login_to("alice"));
  }
};

TEST_F(SessionAccountsTest, ALoginThatIsGoodNoMoreWhenTheNickIsFreeIsRefusedAndCountedAsThat) {
  says(owner("alice"), "/nick al");
  Leaver leaver(wires_, hub_, encoder_);
  hub_.connect(leaver);
  hub_.log_in(leaver, *hub_.registered_names().login_to("alice"), What::kLoggedIn);
  EXPECT_EQ(asks(call(), "/login alice open sesame", "refusal").back(),
            refused(Why::kWrongPassword));
  EXPECT_EQ(leaver.evictions.size(), 1u);
  EXPECT_EQ(log_.count("action=login outcome=wrong_password account=alice"), 1u);
  EXPECT_EQ(log_.count("action=login outcome=done"), 0u);
}

// --- Limits, and the log. ---

class SessionAttemptsTest : public SessionAccountsTest {
 protected:
  SessionAttemptsTest() : SessionAccountsTest(3) {}
};

TEST_F(SessionAttemptsTest, SoManyPasswordsAreTriedAndNoMore) {
  owner("alice");
  const Caller other = call();
  for (const char* const wrong : {"wrong-1", "wrong-2", "wrong-3"}) {
    EXPECT_EQ(asks(other, std::string("/login alice ") + wrong, "refusal").back(),
              refused(Why::kWrongPassword));
  }
  EXPECT_EQ(asks(other, "/login alice open sesame", "refusal").back(),
            refused(Why::kTooManyAttempts));
  const auto logins = accounts_.counts().all()[static_cast<std::size_t>(AccountAction::kLogIn)];
  EXPECT_EQ(logins[static_cast<std::size_t>(AccountOutcome::kWrongPassword)], 3u);
  EXPECT_EQ(logins[static_cast<std::size_t>(AccountOutcome::kTooManyAttempts)], 1u);
  EXPECT_EQ(logins[static_cast<std::size_t>(AccountOutcome::kDone)], 0u);
  wires_.pass_time(20s);
  EXPECT_EQ(asks(other, "/login alice open sesame", "account").back(),
            changed(What::kLoggedIn, "alice"));
}

TEST_F(SessionAttemptsTest, AttemptsBeyondThatAreFewLinesOfTheLogHoweverManyTheyAre) {
  owner("alice");
  const Caller other = call();
  for (int i = 0; i < 200; ++i) asks(other, "/login alice wrong", "refusal");
  EXPECT_EQ(log_.count("outcome=too_many"), LogLimiter::kRate.burst);
  wires_.pass_time(LogLimiter::kRate.interval);
  asks(other, "/login alice wrong", "refusal");
  EXPECT_TRUE(log_.has(" suppressed=177")) << log_.text();
}

TEST_F(SessionAttemptsTest, WhereNoMoreCanBeCountedThatIsAnOutcomeOfItsOwn) {
  owner("alice");
  const Caller other = call();
  auto answer = Attempts::Answer::kTaken;
  for (int i = 0; answer == Attempts::Answer::kTaken; ++i) {
    answer = attempts_.take("n" + std::to_string(i), core::Address(), wires_.loop.now());
  }
  ASSERT_EQ(answer, Attempts::Answer::kTooManyAtAll);
  EXPECT_EQ(asks(other, "/login alice open sesame", "refusal").back(), refused(Why::kBusy));
  EXPECT_TRUE(log_.has("action=login outcome=too_many_at_all account=alice"));
}

TEST_F(SessionAccountsTest, OnlyOperatorsTakeAnAccountFromItsOwner) {
  const Caller alice = owner("alice");
  const Caller bob = call("bob");
  EXPECT_EQ(asks(bob, "/drop alice", "operators").back(),
            "-- error: /drop is for operators of the server");
  EXPECT_TRUE(log_.has("moderation refused act=drop by=bob"));
  hub_.make_operator(*bob.session);
  hears(bob);
  EXPECT_EQ(asks(bob, "/drop nobody", "refusal").back(), refused(Why::kNoAccount));
  EXPECT_EQ(asks(bob, "/drop ALICE", "account change").back(),
            changed(What::kUnregistered, "alice"));
  EXPECT_EQ(hears_until(alice, "account change").back(), changed(What::kLoginEnded, "alice"));
  EXPECT_TRUE(
      log_.has("account action=drop outcome=done account=alice connection=bob@192.0.2.1:4000"));
  EXPECT_EQ(asks(call(), "/login alice open sesame", "refusal").back(),
            refused(Why::kWrongPassword));
}

TEST_F(SessionAccountsTest, EachAttemptIsLoggedWithItsOutcomeAndWithoutAPassword) {
  owner("alice");
  const Caller other = call();
  asks(other, "/login alice wrong-password", "refusal");
  asks(other, "/login misplaced-password alice", "refusal");
  asks(other, "/login alice open sesame", "account change");
  asks(other, "/unregister open sesame", "account change");
  const std::string log = log_.text();
  for (const char* const line :
       {"action=register outcome=done account=alice connection=alice@192.0.2.1:4000",
        "action=login outcome=wrong_password account=alice connection=guest-2@192.0.2.1:4000",
        "action=login outcome=wrong_password account=unknown connection=guest-2@192.0.2.1:4000",
        "action=login outcome=done account=alice",
        "action=unregister outcome=done account=alice"}) {
    EXPECT_NE(log.find(line), std::string::npos) << line << " is not in\n" << log;
  }
  for (const char* const secret : {"sesame", "wrong-password", "misplaced"}) {
    EXPECT_EQ(log.find(secret), std::string::npos) << secret;
  }
}

TEST_F(SessionAccountsTest, WithoutAnOperatorsPasswordNobodyBecomesOne) {
  const Caller alice = owner("alice");
  EXPECT_EQ(asks(alice, "/oper open sesame", "refusal"),
            (Lines{refused(Why::kNoOperatorPassword)}));
}

TEST_F(SessionAccountsTest, OperatorsAreMadeByPasswordAndByAccount) {
  Config config = config_;
  std::string password = "operators' own";
  config.operators.password = hash_password(Secret::take(password));
  config.operators.accounts = {"Alice", "Carol"};
  const Caller alice = owner("alice");
  hub_.reconfigure(config);
  EXPECT_EQ(asks(call("carol"), "/register open sesame", "refusal").back(),
            refused(Why::kAlreadyRegistered, "carol"));
  EXPECT_TRUE(alice.session->is_operator()) << "at once";
  EXPECT_EQ(asks(alice, "/logout", "no more").back(), "-- operator no more");
  EXPECT_FALSE(alice.session->is_operator());
  asks(alice, "/login alice open sesame", "operator");
  EXPECT_TRUE(alice.session->is_operator());
  says(alice, "/logout");
  EXPECT_FALSE(alice.session->is_operator());
  const Caller bob = call("bob");
  EXPECT_EQ(asks(bob, "/oper wrong one", "refusal").back(), refused(Why::kWrongPassword));
  EXPECT_FALSE(bob.session->is_operator());
  EXPECT_EQ(asks(bob, "/oper", "password"), (Lines{"-- password 5 of ?"}));
  EXPECT_EQ(asks(bob, "operators' own", "operator").back(),
            "-- you are an operator of this server; /help operators lists what you can do");
  EXPECT_TRUE(bob.session->is_operator());
}

class SessionOperatorsTest : public SessionAccountsTest {
 protected:
  SessionOperatorsTest() {
    owner("carol");
    config_now_ = config_;
    config_now_.operators.accounts = {"Alice"};
    hub_.reconfigure(config_now_);
    wires_.settle();
    hears(alice_);
  }

  Config config_now_;
  const Caller alice_ = owner("alice");
};

TEST_F(SessionOperatorsTest, WhoLogsInToAnotherAccountIsOneNoMore) {
  EXPECT_TRUE(alice_.session->is_operator());
  EXPECT_EQ(asks(alice_, "/login carol open sesame", "operator").back(), "-- operator no more");
  EXPECT_FALSE(alice_.session->is_operator());
}

TEST_F(SessionOperatorsTest, WhoseAccountIsTakenOffTheListIsOneNoMore) {
  config_now_.operators.accounts = {"Carol"};
  hub_.reconfigure(config_now_);
  wires_.settle();
  EXPECT_EQ(hears(alice_), (Lines{"-- operator no more"}));
  EXPECT_FALSE(alice_.session->is_operator());
  EXPECT_TRUE(log_.has("act=end_operator by=alice")) << log_.text();
}

TEST_F(SessionOperatorsTest, WhoseLoginIsEndedElsewhereIsOneNoMore) {
  says(alice_, "/nick al");
  const Caller second = call();
  asks(second, "/login alice open sesame", "account change");
  EXPECT_TRUE(alice_.session->is_operator());
  hears(alice_);
  asks(second, "/unregister open sesame", "account change");
  EXPECT_EQ(hears_until(alice_, "operator"),
            (Lines{changed(What::kLoginEnded, "alice"), "-- operator no more"}));
  EXPECT_FALSE(alice_.session->is_operator());
  EXPECT_FALSE(second.session->is_operator());
}

TEST_F(SessionOperatorsTest, ATrustedNetworkMakesOneWhateverElseEnds) {
  config_now_.operators.networks = {*core::Network::parse("192.0.2.0/24")};
  hub_.reconfigure(config_now_);
  EXPECT_EQ(asks(alice_, "/logout", "account change").back(), changed(What::kLoggedOut, "alice"));
  EXPECT_TRUE(alice_.session->is_operator());
  config_now_.operators.networks.clear();
  hub_.reconfigure(config_now_);
  EXPECT_FALSE(alice_.session->is_operator());
}

TEST_F(SessionOperatorsTest, AnotherOperatorsPasswordEndsThoseWhoGaveTheOldOne) {
  const auto hash = [](std::string password) { return hash_password(Secret::take(password)); };
  config_now_.operators.password = hash("the first one");
  hub_.reconfigure(config_now_);
  const Caller bob = call("bob");
  asks(bob, "/oper the first one", "you are an operator");
  asks(alice_, "/oper the first one", "visible in oper");
  asks(alice_, "/time", "-- time");
  config_now_.operators.accounts = {"alice", "dave"};
  hub_.reconfigure(config_now_);
  EXPECT_TRUE(bob.session->is_operator()) << "that is no business of the password";
  config_now_.operators.password = hash("the second one");
  hub_.reconfigure(config_now_);
  wires_.settle();
  EXPECT_EQ(hears(bob), (Lines{"-- operator no more"}));
  EXPECT_FALSE(bob.session->is_operator());
  EXPECT_TRUE(alice_.session->is_operator()) << "by the account";
}

// The password was the one in force when it was typed, and is not when it is found right.
TEST_F(SessionOperatorsTest, APasswordThatGoesOutOfForceWhileItIsHashedMakesNobodyOne) {
  std::string password = "the first one";
  config_now_.operators.password = hash_password(Secret::take(password));
  hub_.reconfigure(config_now_);
  const Caller bob = call("bob");
  says(bob, "/oper the first one");
  config_now_.operators.password.clear();
  hub_.reconfigure(config_now_);
  EXPECT_EQ(hears_until(bob, "refusal").back(), refused(Why::kWrongPassword));
  EXPECT_FALSE(bob.session->is_operator());
}

}  // namespace
}  // namespace server
