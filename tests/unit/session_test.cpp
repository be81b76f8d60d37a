// The life of a connection: from its beginning to its end in every way there is, and that nothing
// which goes wrong in one reaches another.
#include "server/session.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include "server/chat_session.hpp"
#include "server/echo_session.hpp"
#include "tests/unit/failing_memory.hpp"
#include "tests/unit/server_support.hpp"

namespace server {
namespace {

using core::support::Reports;
using support::Lines;
using support::Wires;
using namespace std::chrono_literals;

// The chat dialect with two words that no dialect survives.
class FragileDialect final : public Dialect {
 public:
  std::optional<Command> next(std::string_view& bytes) override {
    if (bytes.starts_with("!error")) throw std::runtime_error("a word too much");
    if (bytes.starts_with("!seven")) throw 7;
    return chat_.next(bytes);
  }
  void expect_password() override { chat_.expect_password(); }

 private:
  ChatDialect chat_{4096};
};

class FragileSession final : public Session {
 public:
  FragileSession(const Shared& shared, core::Stream stream)
      : Session(shared, DialectId::kChat, std::move(stream)) {}

 private:
  Dialect& dialect() override { return dialect_; }

  FragileDialect dialect_;
};

core::Address somewhere() {
  return *core::Address::parse("192.0.2.1:4000");
}

// Sessions on a scripted ring, and callers at the far ends of them.
class SessionTest : public ::testing::Test {
 protected:
  explicit SessionTest(Config config = {})
      : config_(std::move(config)),
        directory_(config_, {&encoder_}),
        hub_(wires_.loop, directory_, bans_) {
    spdlog::set_level(spdlog::level::off);
  }

  ~SessionTest() override {
    encoder_.fails_at.clear();
    connections_.close_all({}, {});
    wires_.settle();
    EXPECT_EQ(connections_.size(), 0u);
    wires_.loop.run(core::support::nothing());
    EXPECT_EQ(users(), 0u);
    EXPECT_EQ(wires_.ring.buffers_out, 0);
    spdlog::set_level(spdlog::level::info);
  }

  struct Caller {
    Wires* wires;
    Session* session;  // while it lives
    int socket;

    void says(std::string_view line) const { sends(std::string(line) + "\n"); }
    void sends(std::string bytes) const {
      wires->bring(socket, std::move(bytes));
      wires->settle();
    }
    void hangs_up() const {
      wires->end(socket);
      wires->settle();
    }
    Lines hears() const { return support::lines_of(wires->take(socket)); }
    bool closed() const {
      const auto& all = wires->ring.closed;
      return std::find(all.begin(), all.end(), socket) != all.end();
    }
  };

  // A caller whose session has not begun to run yet.
  Caller call() {
    const int socket = wires_.new_socket();
    auto session =
        std::make_unique<FragileSession>(shared_, core::Stream(wires_.loop, socket, somewhere()));
    Caller caller{&wires_, session.get(), socket};
    Connection::start(wires_.loop, std::move(session), {}, "chat");
    return caller;
  }
  // One who is in the lobby, called that, and has seen everything so far; as everybody.
  Caller call(std::string_view nick) {
    const Caller caller = call();
    wires_.settle();
    caller.says("/nick " + std::string(nick));
    forget();
    return caller;
  }
  void forget() { wires_.ring.wire.clear(); }
  void settle() { wires_.settle(); }
  std::size_t users() { return Directory::Access(directory_).users(); }
  // Whoever called and says nothing is greeted.
  void greet() {
    settle();
    wires_.pass_time(Session::kGreetingDelay);
  }

  // Lets a caller ask for so much that its session waits until some of it is sent.
  void block(const Caller& caller) {
    wires_.stall(caller.socket);
    while (caller.session->outflow().mailbox_bytes() <= Session::kOwedMost) caller.says("/help");
    caller.says("/time");
  }

  const Config config_;
  Wires wires_;
  support::PlainEncoder encoder_;
  Directory directory_;
  BanList bans_{[] { return std::time_t(0); }};
  Hub hub_;
  Attempts attempts_{0};
  Registrations registrations_{0};
  Archive archive_{config_.data_dir};
  Accounts accounts_{config_, directory_.registered_names(), archive_};
  AccountDesk desk_{hub_, accounts_, attempts_, registrations_};
  Connections connections_;
  const Session::Shared shared_{hub_, desk_, connections_, encoder_};
};

// --- Ordinary lives. ---

TEST_F(SessionTest, WhoCallsIsGreetedAndMayTalkAtOnce) {
  const Caller bob = call("bob");
  const Caller alice = call();
  greet();
  EXPECT_EQ(alice.hears(), (Lines{"-- welcome guest-2 to hubbub",
                                  "-- entered #lobby of 2, replay 0, topic '' by ''"}));
  alice.says("hello");
  EXPECT_EQ(bob.hears(), (Lines{"#lobby joined: guest-2", "#lobby <guest-2> hello"}));
}

// limits.idle may be longer than the machine has been up.
TEST_F(SessionTest, NobodyHasBeenSilentForLongerThanTheMachineIsUp) {
  call("alice");
  const core::Time now = wires_.loop.now();
  const core::Duration up = now.time_since_epoch();
  connections_.close_idle(now, up + std::chrono::hours(1));
  wires_.settle();
  EXPECT_EQ(connections_.size(), 1U);
  connections_.close_idle(now + std::chrono::hours(2), std::chrono::hours(1));
  wires_.settle();
  wires_.pass_time(Connection::kLinger + std::chrono::seconds(1));
  EXPECT_EQ(connections_.size(), 0U);
}

#ifndef __clang__
// Of all that a connection is, what comes and goes with it alone. Clang lays frames out otherwise.
TEST_F(SessionTest, WhatAConnectionIsMadeOfIsCounted) {
  constexpr std::size_t kStream = 168;
  constexpr std::size_t kSession = 232;
  constexpr std::size_t kFrame = 112;
  constexpr std::size_t kTask = 136;
  const auto begin = [this] {
    const std::size_t before = core::support::bytes_asked_for();
    Connection::start(
        wires_.loop,
        std::make_unique<ChatSession>(
            shared_, core::Stream(wires_.loop, wires_.new_socket(), somewhere()), 4096),
        {}, "chat");
    return core::support::bytes_asked_for() - before;
  };
  std::size_t least = SIZE_MAX;  // some make a list grow besides
  for (int i = 0; i < 10; ++i) least = std::min(least, begin());
  EXPECT_LE(least, kStream + kSession + kFrame + kTask);
}
#endif

// Tens of thousands of connections wait for their peers, and little else may be there for them.
TEST_F(SessionTest, WhoIsHereAndSilentCostsLittleMemory) {
  constexpr std::size_t kPeople = 200;
  constexpr std::size_t kBytesMost = 2000;  // of the allocator's own accounts; half of it in use
  for (std::size_t i = 0; i < kPeople; ++i) call();
  greet();
  wires_.pass_time(config_.chat.digest_interval);
  forget();
  const std::size_t before = core::support::allocated_bytes();
  for (std::size_t i = 0; i < kPeople; ++i) call();
  greet();
  wires_.pass_time(config_.chat.digest_interval);
  forget();
  EXPECT_LT(core::support::allocated_bytes() - before, kPeople * kBytesMost);
}

TEST_F(SessionTest, EveryCommandReachesWhatItIsFor) {
  const Caller alice = call("alice");
  const std::vector<std::pair<std::string, std::string>> table = {
      {"/nick alicia", "-- you are alicia"},
      {"/join #tea", "-- entered #tea of 1, replay 0, topic '' by ''"},
      {"/topic biscuits", "#tea topic by alicia: biscuits"},
      {"/topic", "-- topic of #tea is 'biscuits' by 'alicia'"},
      {"/echo on", "-- echo on"},
      {"/echo", "-- echo on"},
      {"hello", "#tea <alicia> hello"},
      {"/me waves", "#tea * alicia waves"},
      {"/echo off", "-- echo off"},
      {"/history 1", "-- history of #tea: [#tea * alicia waves]"},
      {"/history", "-- history of #tea: [#tea <alicia> hello] [#tea * alicia waves]"},
      {"/rooms", "-- rooms: #lobby=1'' #tea=1'biscuits' +0"},
      {"/who", "-- members of #tea: @alicia"},
      {"/who #lobby", "-- members of #lobby: alicia"},
      {"/whois ALICIA", "-- alicia in #lobby,@#tea for 0s"},
      {"/msg bob hi", "-- nobody is bob"},
      {"/time", "-- time"},
      {"/stats", "-- error: /stats is for operators of the server"},
      {"/help nick", "-- help nick"},
      {"/leave", "-- exited #tea, now in '#lobby'"},
      {"/nonsense", "-- unknown nonsense"},
      {"/msg", "-- bad arguments msg"},
  };
  for (const auto& [line, answer] : table) {
    alice.says(line);
    EXPECT_EQ(alice.hears(), Lines{answer}) << line;
  }
}

TEST_F(SessionTest, WhoHangsUpIsGoneAndTheRoomIsTold) {
  const Caller bob = call("bob");
  const Caller alice = call("alice");
  alice.hangs_up();
  EXPECT_EQ(bob.hears(), (Lines{"#lobby left: alice"}));
  EXPECT_EQ(alice.hears(), Lines());
  EXPECT_TRUE(alice.closed());
  EXPECT_EQ(connections_.size(), 1u);
}

TEST_F(SessionTest, WhoHangsUpIsStillSentWhatItAskedFor) {
  const Caller alice = call("alice");
  wires_.bring(alice.socket, "/time\n");
  alice.hangs_up();
  EXPECT_EQ(alice.hears(), (Lines{"-- time"}));
}

TEST_F(SessionTest, AConnectionThatBreaksIsSaidToBeLost) {
  const Caller bob = call("bob");
  const Caller alice = call("alice");
  wires_.end(alice.socket, ECONNRESET);
  settle();
  EXPECT_EQ(bob.hears(), (Lines{"#lobby left: alice (connection lost)"}));
  EXPECT_TRUE(alice.closed());
}

TEST_F(SessionTest, ASocketThatRefusesToSendEndsTheSession) {
  const Caller bob = call("bob");
  const Caller alice = call("alice");
  wires_.ring.refusal[alice.socket] = EPIPE;
  bob.says("hello");
  EXPECT_EQ(bob.hears(), (Lines{"#lobby left: alice (connection lost)"}));
  EXPECT_TRUE(alice.closed());
}

TEST_F(SessionTest, WhoQuitsIsNotToldItsOwnReasonButTheRoomIs) {
  const Caller bob = call("bob");
  const Caller alice = call("alice");
  alice.sends("/quit see you\nnobody hears this\n");
  EXPECT_EQ(alice.hears(), (Lines{"-- goodbye ''"}));
  EXPECT_EQ(bob.hears(), (Lines{"#lobby left: alice (see you)"}));
}

TEST_F(SessionTest, WhoQuitsGetsWhatWasSaidBefore) {
  const Caller bob = call("bob");
  const Caller alice = call("alice");
  wires_.stall(alice.socket);
  for (const char* const text : {"one", "two"}) bob.says(text);
  alice.says("/quit");
  wires_.unstall(alice.socket);
  settle();
  EXPECT_EQ(alice.hears(), (Lines{"#lobby <bob> one", "#lobby <bob> two", "-- goodbye ''"}));
}

TEST_F(SessionTest, AfterItsGoodbyeAConnectionWaitsForItsPeerToEnd) {
  const Caller alice = call("alice");
  alice.says("/quit");
  EXPECT_FALSE(alice.closed());
  alice.sends("still talking\n");
  alice.hangs_up();
  EXPECT_TRUE(alice.closed());
}

TEST_F(SessionTest, APeerThatDoesNotEndIsClosedInTheEnd) {
  const Caller alice = call("alice");
  alice.says("/quit");
  wires_.pass_time(core::Stream::kPeerEndMost - 1ms);
  EXPECT_FALSE(alice.closed());
  wires_.pass_time(1ms);
  EXPECT_TRUE(alice.closed());
}

TEST_F(SessionTest, TheNameOfWhoQuitIsFreeBeforeItsConnectionIsClosed) {
  const Caller alice = call("alice");
  alice.says("/quit");
  const Caller other = call("alice");
  EXPECT_EQ(other.session->nick(), "alice");
}

TEST_F(SessionTest, AClientOfAnotherProtocolGetsItsAnswerAndNoGoodbye) {
  const Caller browser = call();
  greet();
  forget();
  browser.sends("GET / HTTP/1.1\r\n\r\n");
  const std::string answer = wires_.take(browser.socket);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_EQ(answer.find("goodbye"), std::string::npos) << answer;
}

TEST_F(SessionTest, AClientOfAnotherProtocolThatSpeaksFirstGetsNothingButItsAnswer) {
  const Caller alice = call("alice");
  const Caller browser = call();
  settle();
  browser.sends("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(wires_.take(browser.socket).starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(users(), 1u);
  EXPECT_EQ(alice.hears(), Lines{}) << "nobody has come";
}

TEST_F(SessionTest, WhoSpeaksBeforeTheGreetingIsGreetedAtOnceAndHeard) {
  const Caller alice = call("alice");
  const Caller bob = call();
  settle();
  EXPECT_EQ(bob.hears(), Lines{});
  bob.sends("/nick bob\nhello\nand go");
  EXPECT_EQ(bob.hears().at(0), "-- welcome guest-2 to hubbub");
  EXPECT_EQ(alice.hears().back(), "#lobby <bob> hello");
  bob.sends("od\n");
  EXPECT_EQ(alice.hears(), Lines{"#lobby <bob> and good"});
}

TEST_F(SessionTest, WhoResetsBeforeTheGreetingWasNeverHere) {
  const Caller alice = call("alice");
  const Caller scanner = call();
  settle();
  wires_.end(scanner.socket, ECONNRESET);
  settle();
  greet();
  EXPECT_TRUE(scanner.closed());
  EXPECT_EQ(alice.hears(), Lines{});
}

TEST_F(SessionTest, WhoSpeaksAndResetsAtOnceWasNeverHereEither) {
  const Caller alice = call("alice");
  const Caller hasty = call();
  settle();
  wires_.bring(hasty.socket, "hello\n");
  wires_.bring(hasty.socket, "/nick hasty\n/join #x\n");
  wires_.end(hasty.socket, ECONNRESET);
  greet();
  EXPECT_TRUE(hasty.closed());
  EXPECT_EQ(users(), 1u);
  EXPECT_EQ(alice.hears(), Lines{});
}

TEST_F(SessionTest, WhoOnlyEndsItsInputIsGreetedAllTheSame) {
  const Caller probe = call();
  settle();
  probe.hangs_up();
  EXPECT_EQ(probe.hears().at(0), "-- welcome guest-1 to hubbub");
}

TEST_F(SessionTest, WhoAsksForTooMuchBeforeTheGreetingIsHeardAsItReads) {
  const Caller bob = call();
  settle();
  wires_.stall(bob.socket);
  std::string much;
  for (int i = 0; i < 20'000; ++i) much += "/time\n";
  bob.sends(much);
  EXPECT_LE(bob.session->outflow().mailbox_bytes(), Session::kOwedMost + 1000);
  wires_.make_room(bob.socket, 100'000'000);
  settle();
  EXPECT_EQ(bob.hears().size(), 20'002u);
}

TEST_F(SessionTest, AnUnfinishedLastLineIsSaidWhereTheEndIsOrderly) {
  const Caller alice = call("alice");
  const Caller bob = call("bob");
  bob.sends("said");
  bob.hangs_up();
  EXPECT_EQ(alice.hears(), (Lines{"#lobby <bob> said", "#lobby left: bob"}));
  const Caller carol = call("carol");
  carol.sends("not said");
  wires_.end(carol.socket, ECONNRESET);
  settle();
  EXPECT_EQ(alice.hears(), Lines{"#lobby left: carol (connection lost)"});
}

TEST_F(SessionTest, WhoEndsItsInputIsSentEverythingAsLongAsItReadsSome) {
  const Caller alice = call("alice");
  wires_.stall(alice.socket);
  for (int i = 0; i < 10; ++i) alice.says("/help");
  alice.hangs_up();
  const std::size_t owed = alice.session->outflow().mailbox_bytes();
  for (std::size_t sent = 0; sent < owed; sent += owed / 10 + 1) {
    wires_.pass_time(Connection::kPatience - 1s);
    EXPECT_FALSE(alice.closed());
    wires_.make_room(alice.socket, owed / 10 + 1);
    settle();
  }
  EXPECT_TRUE(alice.closed());
  EXPECT_EQ(wires_.ring.times("reset"), 0u);
}

TEST_F(SessionTest, WhoTakesNothingIsResetSoThatItKnowsSomethingIsMissing) {
  const Caller alice = call("alice");
  wires_.stall(alice.socket);
  alice.says("/help");
  alice.hangs_up();
  wires_.pass_time(Connection::kPatience);
  EXPECT_TRUE(alice.closed());
  EXPECT_EQ(wires_.ring.times("reset"), 1u);
}

TEST_F(SessionTest, ConnectionsThatEndInAnyOrderAreCounted) {
  std::vector<Caller> callers;
  for (int i = 0; i < 5; ++i) callers.push_back(call(fmt::format("caller{}", i)));
  for (const std::size_t i : {2u, 0u, 4u}) callers[i].hangs_up();
  EXPECT_EQ(connections_.size(), 2u);
  EXPECT_FALSE(connections_.none_left().is_set());
  for (const std::size_t i : {1u, 3u}) callers[i].hangs_up();
  EXPECT_EQ(connections_.size(), 0u);
  EXPECT_TRUE(connections_.none_left().is_set());
}

// --- Being closed. ---

TEST_F(SessionTest, WhoIsClosedIsToldWhy) {
  const Caller bob = call("bob");
  const Caller alice = call("alice");
  alice.session->close({.why = Departure::kShutdown}, 1s);
  settle();
  EXPECT_EQ(alice.hears(), (Lines{"-- goodbye 'the server is shutting down'"}));
  EXPECT_EQ(bob.hears(), (Lines{"#lobby left: alice (the server is shutting down)"}));
  EXPECT_FALSE(alice.closed());
  wires_.pass_time(1s);
  EXPECT_TRUE(alice.closed());
}

TEST_F(SessionTest, WhoIsClosedBeforeItsCoroutineRanIsToldWhyToo) {
  const Caller alice = call();
  alice.session->close({.why = Departure::kBanned}, 1s);
  settle();
  EXPECT_EQ(alice.hears().back(), "-- goodbye 'banned'");
  EXPECT_FALSE(alice.closed());
  EXPECT_EQ(users(), 0u);
  alice.hangs_up();
  EXPECT_TRUE(alice.closed());
}

TEST_F(SessionTest, WhoIsClosedWhenBytesHaveJustArrivedIsToldWhy) {
  const Caller alice = call("alice");
  wires_.bring(alice.socket, "/time\n");
  Session& session = *alice.session;
  wires_.loop.call_soon([&session] { session.close({.why = Departure::kBanned}, 1s); });
  settle();
  EXPECT_EQ(alice.hears(), (Lines{"-- goodbye 'banned'"}));
}

TEST_F(SessionTest, WhoIsClosedTwiceIsToldTheFirstReason) {
  const Caller alice = call("alice");
  alice.session->close({.why = Departure::kShutdown}, 1s);
  alice.session->close({.why = Departure::kBanned}, 1s);
  settle();
  EXPECT_EQ(alice.hears(), (Lines{"-- goodbye 'the server is shutting down'"}));
  EXPECT_FALSE(alice.closed());
}

TEST_F(SessionTest, WhoIsClosedWithoutLingerIsStillOfferedItsGoodbye) {
  const Caller alice = call("alice");
  alice.session->close({.why = Departure::kBanned}, {});
  settle();
  EXPECT_EQ(alice.hears(), (Lines{"-- goodbye 'banned'"}));
  EXPECT_TRUE(alice.closed());
}

TEST_F(SessionTest, ClosingWithoutLingerEndsAGoodbyeAtOnce) {
  const Caller alice = call("alice");
  wires_.stall(alice.socket);
  alice.session->close({.why = Departure::kShutdown}, 1h);
  settle();
  EXPECT_FALSE(alice.closed());
  alice.session->close({}, {});
  settle();
  EXPECT_TRUE(alice.closed());
}

TEST_F(SessionTest, ClosingOneThatIsSayingGoodbyeCutsNothingOff) {
  const Caller alice = call("alice");
  wires_.stall(alice.socket);
  alice.says("/time");
  alice.says("/quit");
  alice.session->close({.why = Departure::kShutdown}, 1s);
  settle();
  wires_.unstall(alice.socket);
  settle();
  EXPECT_EQ(alice.hears(), (Lines{"-- time", "-- goodbye ''"}));
}

TEST_F(SessionTest, ClosingOneThatHungUpCutsNothingOff) {
  const Caller alice = call("alice");
  wires_.stall(alice.socket);
  alice.says("/time");
  alice.hangs_up();
  alice.session->close({.why = Departure::kShutdown}, 1s);
  settle();
  wires_.unstall(alice.socket);
  settle();
  EXPECT_EQ(alice.hears(), (Lines{"-- time"}));
  EXPECT_TRUE(alice.closed());
}

TEST_F(SessionTest, ClosingOneThatWaitsForItsSocketSendsWhatItIsOwed) {
  const Caller alice = call("alice");
  block(alice);
  alice.session->close({.why = Departure::kBanned}, 1s);
  settle();
  wires_.unstall(alice.socket);
  settle();
  const Lines heard = alice.hears();
  EXPECT_EQ(heard.back(), "-- goodbye 'banned'");
  EXPECT_GT(heard.size(), 1000u);
}

TEST_F(SessionTest, ClosingOneWhoseSocketStaysFullEndsAfterTheLinger) {
  const Caller alice = call("alice");
  block(alice);
  alice.session->close({.why = Departure::kBanned}, 1s);
  settle();
  wires_.pass_time(1s);
  EXPECT_TRUE(alice.closed());
}

TEST_F(SessionTest, AllAreClosedTogether) {
  std::vector<Caller> callers;
  for (int i = 0; i < 3; ++i) callers.push_back(call(fmt::format("caller{}", i)));
  connections_.close_all({.why = Departure::kShutdown}, 1s);
  settle();
  for (const Caller& caller : callers) {
    EXPECT_EQ(caller.hears().back(), "-- goodbye 'the server is shutting down'");
  }
  EXPECT_EQ(users(), 0u);
  connections_.close_all({}, {});
  settle();
  EXPECT_EQ(connections_.size(), 0u);
}

TEST_F(SessionTest, ALoopThatShutsDownEndsItsConnections) {
  const Caller alice = call("alice");
  wires_.loop.run(core::support::nothing());
  EXPECT_TRUE(alice.closed());
  EXPECT_EQ(connections_.size(), 0u);
}

class EvictionTest : public SessionTest {
 protected:
  EvictionTest()
      : SessionTest([] {
          Config config;
          config.chat.on_lag = LagPolicy::kDisconnect;
          config.limits.max_lag = 100;
          return config;
        }()) {}
};

TEST_F(EvictionTest, WhoIsTooSlowInTwoRoomsAtOnceIsStillToldWhy) {
  const Caller bob = call("bob");
  const Caller alice = call("alice");
  for (const Caller* const caller : {&alice, &bob}) caller->says("/join #tea");
  forget();
  wires_.stall(alice.socket);
  bob.says("to block it");
  const std::string text(100, 'x');
  bob.sends(text + "\n/join #lobby\n" + text + "\n");
  wires_.unstall(alice.socket);
  settle();
  const Lines heard = alice.hears();
  EXPECT_EQ(heard.back(), "-- goodbye 'reading too slowly'");
  EXPECT_EQ(std::count(heard.begin(), heard.end(), "-- missed 1 in #lobby"), 1);
  EXPECT_EQ(std::count(heard.begin(), heard.end(), "-- missed 2 in #tea"), 1);
}

// --- Asking for more than is read. ---

TEST_F(SessionTest, WhoDoesNotReadIsNotRead) {
  const Caller alice = call("alice");
  wires_.stall(alice.socket);
  std::string questions;
  for (int i = 0; i < 9000; ++i) questions += "/help\n";
  for (int i = 0; i < 10; ++i) questions += "/time\n";
  alice.sends(questions);
  EXPECT_LE(alice.session->outflow().mailbox_bytes(), Session::kOwedMost + 100);
  wires_.unstall(alice.socket);
  settle();
  Lines expected(9000, "-- help ");
  expected.insert(expected.end(), 10, "-- time");
  EXPECT_EQ(alice.hears(), expected);
}

TEST_F(SessionTest, WhoReadsInSmallStepsGetsEveryAnswerInOrder) {
  const Caller alice = call("alice");
  wires_.stall(alice.socket);
  std::string questions;
  Lines expected;
  for (int i = 0; i < 4000; ++i) {
    questions += fmt::format("/whois nobody{}\n", i);
    expected.push_back(fmt::format("-- nobody is nobody{}", i));
  }
  alice.sends(questions);
  for (int i = 0; i < 60; ++i) {
    wires_.make_room(alice.socket, 1777);
    settle();
  }
  wires_.unstall(alice.socket);
  settle();
  EXPECT_EQ(alice.hears(), expected);
}

TEST_F(SessionTest, WhoHangsUpWhileItsAnswersWaitIsGone) {
  const Caller alice = call("alice");
  block(alice);
  wires_.ring.refusal[alice.socket] = EPIPE;
  wires_.unstall(alice.socket);
  settle();
  EXPECT_TRUE(alice.closed());
}

// It would be asked for without end: nothing is owed to a socket that refuses.
TEST_F(SessionTest, OfWhatOneThatIsGoneHasAskedForLittleIsAnswered) {
  const Caller alice = call("alice");
  block(alice);
  std::string questions;
  for (int i = 0; i < 1000; ++i) questions += "/help\n";
  wires_.bring(alice.socket, questions);
  settle();
  wires_.ring.refusal[alice.socket] = EPIPE;
  encoder_.encoded = 0;
  wires_.unstall(alice.socket);
  settle();
  EXPECT_TRUE(alice.closed());
  EXPECT_LE(encoder_.encoded, Session::kLastWords + 10);
}

// Its last line and its reset come in one pass, and the send that fails tells of the reset first.
TEST_F(SessionTest, WhatOneThatIsGoneHasSaidIsHeard) {
  const Caller bob = call("bob");
  const Caller alice = call("alice");
  forget();
  wires_.bring(bob.socket, "are you there?\n");
  wires_.loop.call_soon([] {});
  wires_.loop.run_once();
  wires_.ring.refusal[alice.socket] = EPIPE;
  wires_.bring(alice.socket, "fire!\n");
  settle();
  EXPECT_EQ(bob.hears(), (Lines{"#lobby <alice> fire!", "#lobby left: alice (connection lost)"}));
}

// --- What goes wrong in one. ---

class ContainmentTest : public SessionTest {
 protected:
  std::string text_of(const core::ErrorContext& context) {
    return core::describe(context.exception);
  }

  Reports reports_{wires_.loop};
  const Caller bob_ = call("bob");
  const Caller alice_ = call("alice");
};

TEST_F(ContainmentTest, AnExceptionEndsTheConnectionAndTheRoomIsTold) {
  alice_.says("!error");
  EXPECT_EQ(alice_.hears(), (Lines{"-- goodbye 'internal error'"}));
  EXPECT_EQ(bob_.hears(), (Lines{"#lobby left: alice (internal error)"}));
  alice_.hangs_up();
  EXPECT_TRUE(alice_.closed());
}

TEST_F(ContainmentTest, TheHandlerIsToldWhoWhereAndWhat) {
  alice_.says("!error");
  ASSERT_EQ(reports_.all.size(), 1u);
  const core::ErrorContext& context = reports_.all.front();
  EXPECT_EQ(context.message, "connection ended by an exception");
  EXPECT_EQ(context.task, "chat");
  EXPECT_EQ(context.connection, "alice@192.0.2.1:4000");
  EXPECT_EQ(text_of(context), "a word too much");
  EXPECT_TRUE(std::string_view(context.waiting_at.file_name()).ends_with("connection.cpp"));
}

TEST_F(ContainmentTest, OthersGoOnTalking) {
  const Caller carol = call("carol");
  alice_.says("!error");
  forget();
  bob_.says("what was that?");
  EXPECT_EQ(carol.hears(), (Lines{"#lobby <bob> what was that?"}));
  EXPECT_EQ(users(), 2u);
}

TEST_F(ContainmentTest, WhatIsNoStdExceptionIsContainedToo) {
  alice_.says("!seven");
  ASSERT_EQ(reports_.all.size(), 1u);
  EXPECT_EQ(reports_.all.front().connection, "alice@192.0.2.1:4000");
  EXPECT_EQ(alice_.hears(), (Lines{"-- goodbye 'internal error'"}));
  EXPECT_EQ(bob_.hears(), (Lines{"#lobby left: alice (internal error)"}));
}

TEST_F(ContainmentTest, WhatWasSaidBeforeIsDelivered) {
  alice_.sends("hello\n!error\n");
  EXPECT_EQ(bob_.hears(), (Lines{"#lobby <alice> hello", "#lobby left: alice (internal error)"}));
}

TEST_F(ContainmentTest, AHandlerThatThrowsEndsNothingElse) {
  wires_.loop.set_exception_handler(
      [](const core::ErrorContext&) { throw std::runtime_error("the handler too"); });
  alice_.says("!error");
  EXPECT_EQ(alice_.hears(), (Lines{"-- goodbye 'internal error'"}));
  bob_.says("still here");
  EXPECT_EQ(users(), 1u);
}

TEST_F(ContainmentTest, AFarewellThatThrowsIsReportedAndTheConnectionEndsInOrder) {
  encoder_.fails_at = "goodbye";
  alice_.says("/time");
  alice_.says("/quit");
  encoder_.fails_at.clear();
  ASSERT_EQ(reports_.all.size(), 1u);
  EXPECT_EQ(reports_.all.front().connection, "alice@192.0.2.1:4000");
  EXPECT_EQ(reports_.all.front().message, "connection ended by an exception");
  EXPECT_EQ(alice_.hears(), (Lines{"-- time"}));
  EXPECT_FALSE(alice_.closed());
  alice_.hangs_up();
  EXPECT_TRUE(alice_.closed());
  EXPECT_EQ(users(), 1u);
}

TEST_F(ContainmentTest, WhereTheRoomCannotBeToldTheMembershipsEndAllTheSame) {
  alice_.says("/join #tea");
  encoder_.fails_at = "left: alice";
  alice_.says("/quit");
  alice_.hangs_up();
  encoder_.fails_at.clear();
  EXPECT_EQ(reports_.all.size(), 1u);
  EXPECT_TRUE(alice_.closed());
  EXPECT_EQ(users(), 1u);
  forget();
  bob_.says("/who");
  EXPECT_EQ(bob_.hears(), (Lines{"-- members of #lobby: bob"}));
}

TEST_F(ContainmentTest, WhoCannotEvenBeGreetedIsClosed) {
  encoder_.fails_at = "welcome";
  const Caller carol = call();
  greet();
  encoder_.fails_at.clear();
  EXPECT_EQ(reports_.all.size(), 1u);
  EXPECT_EQ(carol.hears(), (Lines{"-- goodbye 'internal error'"}));
  EXPECT_EQ(users(), 2u);
}

TEST_F(ContainmentTest, AnOrderlyEndIsNotReported) {
  alice_.says("/quit");
  alice_.hangs_up();
  bob_.session->close({.why = Departure::kBanned}, {});
  settle();
  EXPECT_TRUE(reports_.all.empty());
}

// --- Everything at once. ---

class RandomLivesTest : public SessionTest, public ::testing::WithParamInterface<std::uint32_t> {
 protected:
  RandomLivesTest()
      : SessionTest([] {
          Config config;
          config.chat.digest_above = 3;
          config.chat.on_lag = GetParam() % 2 == 0 ? LagPolicy::kSkip : LagPolicy::kDisconnect;
          config.limits.max_lag = 400;
          config.limits.mailbox = 500;
          config.limits.history = 300;
          config.limits.rooms_per_user = 3;
          return config;
        }()) {}

  std::size_t pick(std::size_t below) { return random_() % below; }
  std::string some_line() {
    const std::vector<std::string> lines = {
        "hello",     "/me waves", "/nick one",  "/nick two", "/join #a",
        "/join #b",  "/join #c",  "/leave",     "/rooms",    "/who",
        "/whois",    "/topic x",  "/history 3", "/echo on",  "/msg one hey",
        "/echo off", "/quit bye", "!error",     "!seven",    "GET / HTTP/1.1"};
    return lines[pick(lines.size())];
  }

  void act(std::vector<Caller>& callers) {
    if (callers.size() < 8) callers.push_back(call());
    const std::size_t index = pick(callers.size());
    const Caller caller = callers[index];
    switch (pick(16)) {
      case 0:
        return wires_.stall(caller.socket);
      case 1:
      case 2:
        return wires_.make_room(caller.socket, pick(200));
      case 3:
        return wires_.unstall(caller.socket);
      case 4:
        return wires_.pass_time(500ms);
      case 5:
        return settle();
      case 6:
        settle();
        return hang_up(callers, index, pick(2) == 0 ? 0 : ECONNRESET);
      case 7:
        settle();
        if (!caller.closed())
          caller.session->close({.why = Departure::kBanned}, pick(2) == 0 ? 0s : 1s);
        return;
      default:
        settle();
        if (caller.closed()) return hang_up(callers, index, 0);
        wires_.bring(caller.socket, some_line() + "\n");
    }
  }
  void hang_up(std::vector<Caller>& callers, std::size_t index, int error) {
    if (!callers[index].closed()) wires_.end(callers[index].socket, error);
    callers.erase(callers.begin() + static_cast<std::ptrdiff_t>(index));
  }

  std::mt19937 random_{GetParam()};
  Reports reports_{wires_.loop};
};

// What can go wrong here is found by the sanitizers, and by the end of the test.
TEST_P(RandomLivesTest, LeaveNothingBehind) {
  std::vector<Caller> callers;
  for (int step = 0; step < 1500; ++step) act(callers);
  settle();
  for (const Caller& caller : callers) {
    if (!caller.closed()) wires_.end(caller.socket);
  }
  // Also those who have hung up: a session that waits for its peer to read would wait for ever.
  for (int socket = 100, end = wires_.new_socket(); socket < end; ++socket) {
    wires_.unstall(socket);
    settle();
  }
  for (int i = 0; i < 3; ++i) wires_.pass_time(Connection::kPatience);
  EXPECT_EQ(connections_.size(), 0u);
  EXPECT_EQ(users(), 0u);
  EXPECT_LE(Directory::Access(directory_).rooms(), 1u);
  auto closed = wires_.ring.closed;
  std::sort(closed.begin(), closed.end());
  EXPECT_EQ(std::adjacent_find(closed.begin(), closed.end()), closed.end());
  EXPECT_EQ(static_cast<int>(closed.size()), wires_.new_socket() - 101);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomLivesTest, ::testing::Range(0u, 8u));

// --- The echo service. ---

class EchoTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kBuffer = 10'000;

  EchoTest() {
    auto session = std::make_unique<EchoSession>(
        connections_, core::Stream(wires_.loop, socket_, somewhere()), kBuffer);
    session_ = session.get();
    Connection::start(wires_.loop, std::move(session), {}, "echo");
    wires_.settle();
  }
  ~EchoTest() override {
    connections_.close_all({}, {});
    wires_.settle();
    EXPECT_EQ(connections_.size(), 0u);
    wires_.loop.run(core::support::nothing());
  }
  void send(std::string bytes) {
    wires_.bring(socket_, std::move(bytes));
    wires_.settle();
  }

  Wires wires_;
  Connections connections_;
  const int socket_ = wires_.new_socket();
  Connection* session_ = nullptr;
};

TEST_F(EchoTest, EveryByteComesBack) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  send(all);
  send("more");
  EXPECT_EQ(wires_.take(socket_), all + "more");
}

TEST_F(EchoTest, WhoDoesNotReadIsReadNoFurtherThanTheLimits) {
  wires_.stall(socket_);
  std::size_t sent = 0;
  const std::string piece(4096, 'x');
  while (wires_.ring.times("cancel") == 0 && sent < 10'000'000) {
    send(piece);
    sent += piece.size();
  }
  EXPECT_LE(sent, kBuffer + core::Stream::kUnreadMost + 2 * piece.size());
  wires_.unstall(socket_);
  wires_.settle();
  EXPECT_EQ(wires_.take(socket_).size(), sent);
}

TEST_F(EchoTest, AtThePeersEndWhatIsOwedIsStillSent) {
  wires_.stall(socket_);
  send("last words");
  wires_.end(socket_);
  wires_.settle();
  EXPECT_EQ(connections_.size(), 1u);
  wires_.unstall(socket_);
  wires_.settle();
  EXPECT_EQ(wires_.take(socket_), "last words");
  EXPECT_EQ(connections_.size(), 0u);
}

TEST_F(EchoTest, ClosingOneSendsWhatItOwes) {
  wires_.stall(socket_);
  send(std::string(kBuffer + 1, 'x'));
  send("unread");
  session_->close({.why = Departure::kShutdown}, 1s);
  wires_.settle();
  wires_.unstall(socket_);
  wires_.settle();
  EXPECT_EQ(wires_.take(socket_).size(), kBuffer + 1);
}

}  // namespace
}  // namespace server
