// A whole server in this process, over loopback: who is let in, and how it ends.
#include "server/server.hpp"

#include <chrono>
#include <csignal>
#include <ctime>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "core/timeout.hpp"
#include "tests/unit/support.hpp"

namespace server {
namespace {

using core::Task;
using core::support::World;
using namespace std::chrono_literals;

// A client on the loop of the server.
class Client {
 public:
  explicit Client(core::Stream stream) : stream_(std::move(stream)) {}

  static Task<Client> connect(core::Address address) {
    co_return Client(co_await core::Stream::connect(address));
  }

  void send(std::string_view bytes) { stream_.outflow().append(bytes); }
  // The next line that has the text in it; what stood before it is passed over. Empty at the end.
  Task<std::string> sees(std::string text) {
    for (;;) {
      const auto line = co_await stream_.read_line();
      if (!line || line->find(text) != std::string::npos) co_return line.value_or(std::string());
    }
  }
  // Everything until the server's end.
  Task<std::string> read_to_end() {
    std::string all;
    for (;;) {
      const core::Received received = co_await stream_.receive();
      if (received.empty()) co_return all;
      all += received.bytes();
    }
  }
  // Sends until the server takes no more.
  Task<void> flood() {
    const std::string megabyte(1 << 20, 'x');
    for (int i = 0; i < 32; ++i) send(megabyte);
    while (!stream_.outflow().blocked()) co_await core::sleep(1ms);
    co_await core::sleep(20ms);
  }
  core::Stream& stream() { return stream_; }

 private:
  core::Stream stream_;
};

// The server under test, seen from a test's coroutine.
struct Subject {
  Server& server;
  core::Signals& signals;
  core::TaskHandle<void>& running;

  core::Address chat() const { return server.bound()[0].address; }
  core::Address echo() const { return server.bound()[1].address; }
};

Task<void> serve(const Config& config, Task<void> (*body)(Subject)) {
  core::Signals signals({SIGTERM, SIGINT, SIGHUP});
  Server server(core::current_loop(), config);
  core::TaskHandle<void> running = core::current_loop().spawn(server.run(signals), "server");
  co_await body({server, signals, running});
  if (!running.done()) ::raise(SIGTERM);
  co_await running;
}

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    const core::Address any = *core::Address::parse("127.0.0.1:0");
    config_.listen = {{Protocol::kChat, any}, {Protocol::kEcho, any}};
    config_.shutdown.grace = 500ms;
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_)));
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_);
  }
  ~ServerTest() override {
    spdlog::set_default_logger(old_logger_);
    // A signal that nobody took must not meet the next test.
    sigset_t both;
    ::sigemptyset(&both);
    for (const int signal : {SIGTERM, SIGINT}) ::sigaddset(&both, signal);
    const timespec now{};
    while (::sigtimedwait(&both, nullptr, &now) > 0) {
    }
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }

  // Runs the test's coroutine beside a server; how long both took together.
  std::chrono::milliseconds run(Task<void> (*body)(Subject)) {
    const std::size_t descriptors = core::support::open_descriptors();
    const auto begin = std::chrono::steady_clock::now();
    {
      World world;
      world.run(serve(config_, body));
    }
    EXPECT_EQ(core::support::open_descriptors(), descriptors);
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 begin);
  }

  std::size_t times_logged(std::string_view text) const {
    const std::string log = log_.str();
    std::size_t times = 0;
    for (auto at = log.find(text); at != log.npos; at = log.find(text, at + 1)) ++times;
    return times;
  }

  Config config_;

 private:
  const std::shared_ptr<spdlog::logger> old_logger_ = spdlog::default_logger();
  std::ostringstream log_;
  sigset_t mask_{};
};

// --- Serving. ---

TEST_F(ServerTest, TellsTheAddressesItListensOn) {
  World world;
  const Server server(world.loop, config_);
  const auto bound = server.bound();
  ASSERT_EQ(bound.size(), 2u);
  EXPECT_EQ(bound[0].protocol, Protocol::kChat);
  EXPECT_EQ(bound[1].protocol, Protocol::kEcho);
  EXPECT_NE(bound[0].address.port(), 0);
  EXPECT_NE(bound[0].address, bound[1].address);
}

TEST_F(ServerTest, AnAddressThatIsTakenIsNamed) {
  World world;
  const Server first(world.loop, config_);
  Config second = config_;
  second.listen = {{Protocol::kChat, first.bound()[0].address}};
  try {
    const Server server(world.loop, second);
    FAIL() << "two servers share an address";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), EADDRINUSE);
    EXPECT_NE(std::string_view(error.what()).find(first.bound()[0].address.to_string()),
              std::string_view::npos);
  }
}

Task<void> talk(Subject subject) {
  Client alice = co_await Client::connect(subject.chat());
  co_await alice.sees("you are now in #lobby");
  Client bob = co_await Client::connect(subject.chat());
  co_await bob.sees("you are now in #lobby");
  alice.send("/nick alice\r\nhello\r\n");
  const std::string heard = co_await bob.sees("hello");
  EXPECT_TRUE(heard.ends_with(" #lobby <alice> hello")) << heard;
}

TEST_F(ServerTest, PeopleTalk) {
  run(talk);
}

Task<void> leave_with_a_reason(Subject subject) {
  Client alice = co_await Client::connect(subject.chat());
  co_await alice.sees("you are now in #lobby");
  Client bob = co_await Client::connect(subject.chat());
  co_await bob.sees("you are now in #lobby");
  bob.send("/quit see you\r\n");
  const std::string told = co_await alice.sees("left");
  EXPECT_TRUE(told.ends_with("guest-2 left (see you)")) << told;
  const std::string goodbye = co_await bob.read_to_end();
  EXPECT_TRUE(goodbye.ends_with("-- goodbye\r\n")) << goodbye;
}

TEST_F(ServerTest, AGoodbyeDoesNotRepeatTheReasonTheRoomIsTold) {
  run(leave_with_a_reason);
}

Task<void> echo_much(Subject subject) {
  Client client = co_await Client::connect(subject.echo());
  const std::string bytes = core::support::numbered_bytes(3 << 20);
  client.send(bytes);
  const std::string back = co_await client.stream().read_exactly(bytes.size());
  EXPECT_TRUE(back == bytes);
}

TEST_F(ServerTest, AnEchoOfMoreThanItsBufferIsWhole) {
  config_.limits.echo_buffer = 4096;
  run(echo_much);
}

// --- How many. ---

Task<void> wait_for_end(Client client) {
  co_await client.read_to_end();
}

Task<void> fill_and_make_room(Subject subject) {
  Client first = co_await Client::connect(subject.chat());
  co_await first.sees("you are now in #lobby");
  // Told so, and kept open by a client that does not end its side.
  Client second = co_await Client::connect(subject.chat());
  const std::string words = co_await second.read_to_end();
  EXPECT_EQ(words, "-- error: the server is full; try again later\r\n");
  // The echo service has no words for it.
  Client echo = co_await Client::connect(subject.echo());
  const std::string silence = co_await echo.read_to_end();
  EXPECT_EQ(silence, "");

  first.send("/quit\r\n");
  co_await wait_for_end(std::move(first));
  co_await core::sleep(20ms);
  Client third = co_await Client::connect(subject.chat());
  const std::string greeted = co_await third.sees("");
  EXPECT_TRUE(greeted.starts_with("-- welcome")) << greeted;
}

TEST_F(ServerTest, WhoComesBeyondTheLimitIsTurnedAwayAndTakesNoPlace) {
  config_.limits.connections = 1;
  run(fill_and_make_room);
  EXPECT_EQ(times_logged("accepting again at limits.connections=1"), 1u);
}

Task<void> turn_away_many(Subject subject) {
  Client first = co_await Client::connect(subject.chat());
  co_await first.sees("you are now in #lobby");
  std::vector<Client> refused;
  for (std::size_t i = 0; i < Worker::kRefusingMost + 3; ++i) {
    Client client = co_await Client::connect(subject.chat());
    refused.push_back(std::move(client));
  }
  std::size_t told = 0;
  for (Client& client : refused) {
    const std::string words = co_await client.read_to_end();
    if (!words.empty()) ++told;
  }
  EXPECT_EQ(told, Worker::kRefusingMost);
}

TEST_F(ServerTest, OfThoseTurnedAwayOnlySoManyAreToldAtATime) {
  config_.limits.connections = 1;
  run(turn_away_many);
  EXPECT_EQ(times_logged("refused cause=full address=127.0.0.1 why=\"at limits.connections=1\""),
            1u);
}

// --- The end. ---

Task<void> end_orderly(Subject subject) {
  std::vector<Client> people;
  for (int i = 0; i < 5; ++i) {
    Client person = co_await Client::connect(subject.chat());
    co_await person.sees("you are now in #lobby");
    people.push_back(std::move(person));
  }
  Client echo = co_await Client::connect(subject.echo());
  echo.send("ping");
  co_await echo.stream().read_exactly(4);
  people[0].send("last words\r\n");
  co_await people[1].sees("last words");
  ::raise(SIGTERM);
  for (std::size_t i = 0; i < people.size(); ++i) {
    const std::string all = co_await people[i].read_to_end();
    EXPECT_TRUE(all.ends_with("-- goodbye: the server is shutting down\r\n")) << all;
    if (i <= 1) continue;  // the speaker, and one who has read it
    EXPECT_NE(all.find("<guest-1> last words"), std::string::npos);
  }
  const std::string rest = co_await echo.read_to_end();
  EXPECT_EQ(rest, "");
}

TEST_F(ServerTest, ASignalTellsEverybodyAndEndsWhenAllHaveWhatTheyAreOwed) {
  config_.shutdown.grace = 10s;
  EXPECT_LT(run(end_orderly), 2s);
}

Task<void> end_alone(Subject subject) {
  ::raise(SIGINT);
  co_await subject.running;
}

TEST_F(ServerTest, ASignalEndsAServerWithoutClientsAtOnce) {
  config_.shutdown.grace = 10s;
  EXPECT_LT(run(end_alone), 1s);
}

Task<void> end_with_a_stalled_one(Subject subject) {
  Client stalled = co_await Client::connect(subject.echo());
  co_await stalled.flood();
  Client person = co_await Client::connect(subject.chat());
  co_await person.sees("you are now in #lobby");
  ::raise(SIGTERM);
  co_await person.sees("goodbye");
  co_await subject.running;
}

TEST_F(ServerTest, AStalledClientHoldsUpTheEndForTheGraceAndNoLonger) {
  config_.shutdown.grace = 300ms;
  const auto took = run(end_with_a_stalled_one);
  EXPECT_GE(took, 300ms);
  EXPECT_LT(took, 2s);
}

Task<void> signal_twice(Subject subject) {
  Client stalled = co_await Client::connect(subject.echo());
  co_await stalled.flood();
  ::raise(SIGTERM);
  co_await core::sleep(50ms);
  EXPECT_FALSE(subject.running.done());
  ::raise(SIGINT);
  co_await subject.running;
}

TEST_F(ServerTest, ASecondSignalEndsItAtOnce) {
  config_.shutdown.grace = 1min;
  EXPECT_LT(run(signal_twice), 2s);
}

Task<void> signal_twice_at_once(Subject subject) {
  Client person = co_await Client::connect(subject.chat());
  co_await person.sees("you are now in #lobby");
  ::raise(SIGTERM);
  ::raise(SIGINT);
  co_await subject.running;
  const std::string all = co_await person.read_to_end();
  EXPECT_TRUE(all.ends_with("-- goodbye: the server is shutting down\r\n")) << all;
}

TEST_F(ServerTest, TwoSignalsAtOnceEndItAtOnceAndStillSayGoodbye) {
  config_.shutdown.grace = 1min;
  EXPECT_LT(run(signal_twice_at_once), 2s);
}

Task<void> end_without_grace(Subject subject) {
  Client stalled = co_await Client::connect(subject.echo());
  co_await stalled.flood();
  Client person = co_await Client::connect(subject.chat());
  co_await person.sees("you are now in #lobby");
  ::raise(SIGTERM);
  co_await subject.running;
  const std::string all = co_await person.read_to_end();
  EXPECT_TRUE(all.ends_with("-- goodbye: the server is shutting down\r\n")) << all;
}

TEST_F(ServerTest, WithoutAGraceItEndsAtOnceAndStillSaysGoodbye) {
  config_.shutdown.grace = 0s;
  EXPECT_LT(run(end_without_grace), 2s);
}

Task<void> end_in_an_echo(Subject subject) {
  Client slow = co_await Client::connect(subject.echo());
  const std::string bytes = core::support::numbered_bytes(3 << 20);
  slow.send(bytes);
  co_await slow.stream().read_exactly(1 << 20);
  ::raise(SIGTERM);
  co_await core::sleep(20ms);
  const std::string rest = co_await slow.read_to_end();
  EXPECT_FALSE(rest.empty());
  EXPECT_TRUE(std::string_view(bytes).substr(1 << 20).starts_with(rest));
}

TEST_F(ServerTest, AnEchoThatIsCutByTheEndIsWholeUpToThere) {
  run(end_in_an_echo);
}

Task<void> come_late(Subject subject) {
  Client stalled = co_await Client::connect(subject.echo());
  co_await stalled.flood();
  const core::Address address = subject.chat();
  ::raise(SIGTERM);
  co_await core::sleep(20ms);
  bool refused = false;
  try {
    Client late = co_await Client::connect(address);
  } catch (const std::system_error& error) {
    refused = error.code().value() == ECONNREFUSED;
  }
  EXPECT_TRUE(refused);
}

Task<void> read_what_fails(Subject subject) {
  subject.server.set_reload([]() -> Config { throw std::runtime_error("the disk is on fire"); });
  ::raise(SIGHUP);
  co_await core::sleep(200ms);
  ::raise(SIGTERM);
  co_await subject.running;  // throws nothing
}

TEST_F(ServerTest, AConfigurationThatCannotBeReadIsNoEnd) {
  run(read_what_fails);
  EXPECT_EQ(times_logged("the configuration stays as it was: the disk is on fire"), 1U);
}

TEST_F(ServerTest, NobodyIsLetInOnceItIsEnding) {
  run(come_late);
}

}  // namespace
}  // namespace server
