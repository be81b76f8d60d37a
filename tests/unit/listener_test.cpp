// Accepting connections: what is bound, what is refused, and what happens when descriptors run out.
#include "core/listener.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "core/timeout.hpp"
#include "tests/unit/scripted_ring.hpp"
#include "tests/unit/support.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::nothing;
using support::Passes;
using support::Reports;
using support::ScriptedRing;
using support::Socket;
using support::World;

const Address kAnyPort = *Address::parse("127.0.0.1:0");

// Connects without a loop; the kernel answers for the listener.
Socket connect_to(const Address& address) {
  Socket socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::connect(socket.get(), address.data(), address.size()), 0) << errno;
  return socket;
}

// Whether the peer has closed or reset the connection.
bool is_over(const Socket& socket) {
  char byte = 0;
  const auto count = ::recv(socket.get(), &byte, 1, MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN);
}

// --- On a scripted ring -------------------------------------------------------------------------

// Accepts until it is cancelled; closes what it accepted.
Task<void> accept_all(Listener& listener, int& accepted) {
  for (;;) {
    const Stream stream = co_await listener.accept();
    ++accepted;
  }
}

class ListenerTest : public ::testing::Test {
 protected:
  ~ListenerTest() override {
    acceptor_.cancel();
    settle();
    listener_.reset();
    loop_.run(nothing());
    ::close(ring_.closed.back());  // the listening socket is real
  }

  void settle() {
    for (int pass = 0; pass < 6; ++pass) {
      loop_.post([] {});
      loop_.run_once();
    }
  }
  void start() {
    acceptor_ = loop_.spawn(accept_all(*listener_, accepted_), "acceptor");
    settle();
  }
  // So many connect, or accepting fails so.
  void come(const std::vector<int>& results) {
    ring_.waiting.insert(ring_.waiting.end(), results.begin(), results.end());
    ring_.answer(ring_.newest("poll"), POLLIN);
    settle();
  }

  ScriptedRing ring_;
  Loop loop_{ring_};
  Reports reports_{loop_};
  std::optional<Listener> listener_{std::in_place, loop_, kAnyPort};
  TaskHandle<void> acceptor_ = loop_.spawn(nothing(), "nobody");
  int accepted_ = 0;
};

TEST_F(ListenerTest, NothingIsAcceptedBeforeSomebodyAsks) {
  settle();
  EXPECT_TRUE(ring_.asked.empty());
}

TEST_F(ListenerTest, WhoWaitsAlreadyIsAcceptedAtOnce) {
  ring_.waiting = {1000, 1001};
  start();
  EXPECT_EQ(accepted_, 2);
  EXPECT_EQ(ring_.times("poll"), 1U) << "for the third";
}

TEST_F(ListenerTest, ManyConnectionsOfOnePassAreAllAccepted) {
  start();
  come({1000, 1001, 1002, 1003});
  EXPECT_EQ(accepted_, 4);
  EXPECT_EQ(ring_.times("poll"), 2U);
}

// Connections are cheaper to make than to serve.
TEST_F(ListenerTest, AFloodOfConnectionsLeavesTheOthersTheirTurn) {
  constexpr int kFlood = 10 * Listener::kAtOnce;
  start();
  for (int i = 0; i < kFlood; ++i) ring_.waiting.push_back(1000 + i);
  ring_.answer(ring_.newest("poll"), POLLIN);
  int most = 0;
  while (accepted_ < kFlood) {
    const int before = accepted_;
    loop_.post([] {});
    loop_.run_once();
    if (accepted_ == before && ring_.times("poll") > 1) {
      ring_.answer(ring_.newest("poll"), POLLIN);
    }
    most = std::max(most, accepted_ - before);
  }
  EXPECT_EQ(most, Listener::kAtOnce);
}

TEST_F(ListenerTest, ConnectionsThatEndedBeforehandTakeTurnsToo) {
  start();
  come(std::vector<int>(10 * Listener::kAtOnce, -ECONNABORTED));
  EXPECT_EQ(ring_.waiting.size(), 9U * Listener::kAtOnce);
  EXPECT_TRUE(reports_.all.empty());
}

TEST_F(ListenerTest, AReadinessThatWasNoneWaitsAgain) {
  start();
  come({});
  come({});
  EXPECT_EQ(accepted_, 0);
  come({1000});
  EXPECT_EQ(accepted_, 1);
}

TEST_F(ListenerTest, AConnectionThatEndedBeforeItWasAcceptedIsPassedOver) {
  start();
  for (const int error : {ECONNABORTED, EPROTO, EPERM, EINTR}) come({-error, 1000});
  EXPECT_EQ(accepted_, 4);
  EXPECT_TRUE(reports_.all.empty());
}

TEST_F(ListenerTest, WithoutResourcesAcceptingPausesAndIsReportedOnceAnEpisode) {
  start();
  const Time begin = loop_.now();
  for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
    const std::size_t asked = ring_.times("poll");
    come({-error});
    EXPECT_EQ(ring_.times("poll"), asked) << "not again at once";
    loop_.run_once();  // waits for the timer
    settle();
    EXPECT_EQ(ring_.times("poll"), asked + 1);
  }
  EXPECT_EQ(loop_.now() - begin, 4 * Listener::kBackoff);
  ASSERT_EQ(reports_.all.size(), 1U);
  EXPECT_NE(reports_.all[0].describe().find("Too many open files"), std::string::npos);
  EXPECT_NE(reports_.all[0].describe().find(listener_->address().to_string()), std::string::npos);

  come({1000});
  EXPECT_EQ(accepted_, 1);
  ASSERT_EQ(reports_.all.size(), 2U) << "and that it is over";
  EXPECT_FALSE(reports_.all[1].exception);

  come({-EMFILE});
  EXPECT_EQ(reports_.all.size(), 3U) << "another episode";
}

TEST_F(ListenerTest, AnErrorThatNobodyExpectsIsReportedAndDoesNotSpin) {
  start();
  come({-EINVAL});
  EXPECT_EQ(ring_.times("poll"), 1U);
  EXPECT_EQ(reports_.all.size(), 1U);
  loop_.run_once();
  settle();
  EXPECT_EQ(ring_.times("poll"), 2U);
}

TEST_F(ListenerTest, APollThatFailsPausesToo) {
  start();
  ring_.answer(ring_.newest("poll"), -ENOMEM);
  settle();
  EXPECT_EQ(ring_.times("poll"), 1U);
  EXPECT_EQ(reports_.all.size(), 1U);
  loop_.run_once();
  settle();
  come({1000});
  EXPECT_EQ(accepted_, 1);
}

TEST_F(ListenerTest, WhoIsToldMayWriteToAStreamThatJustSentAPart) {
  auto stream = std::make_unique<Stream>(loop_, 7, Address());
  loop_.set_exception_handler(
      [&](const ErrorContext& context) { stream->outflow().append(context.message); });
  start();
  const Token waits = ring_.newest("poll");
  ring_.room[7] = 4;
  stream->outflow().append("[a record]");
  loop_.run_once();  // offers it
  ring_.waiting = {-EMFILE};
  ring_.answer(waits, POLLIN);
  settle();
  ring_.room.clear();
  ring_.answer(ring_.newest("poll"), POLLOUT);
  settle();
  EXPECT_EQ(ring_.wire[7].find("[a record]cannot accept"), 0U) << ring_.wire[7];
  stream.reset();
}

TEST_F(ListenerTest, WhoIsToldMayEndTheListener) {
  loop_.set_exception_handler([&](const ErrorContext&) {
    acceptor_.cancel();
    loop_.call_soon([&] { listener_.reset(); });
  });
  start();
  come({-EMFILE});
  EXPECT_EQ(ring_.closed.size(), 1U);
  EXPECT_EQ(loop_.timers().size(), 0U);
}

// It would be armed for nobody, and run() wait for that.
TEST_F(ListenerTest, APauseThatEndsWhenNobodyAcceptsArmsNothing) {
  start();
  come({-EMFILE});
  acceptor_.cancel();
  settle();
  const std::size_t asked = ring_.times("poll");
  ring_.advance(Listener::kBackoff);
  settle();
  EXPECT_EQ(ring_.times("poll"), asked);
  start();
  EXPECT_EQ(ring_.times("poll"), asked + 1);
}

TEST_F(ListenerTest, WhoAcceptsDuringAPauseWaitsForItsEnd) {
  start();
  come({-EMFILE});
  acceptor_.cancel();
  settle();
  ring_.waiting = {1000};
  start();
  EXPECT_EQ(accepted_, 0);
  loop_.run_once();
  settle();
  come({});
  EXPECT_EQ(accepted_, 1);
}

TEST_F(ListenerTest, AListenerThatGoesWhileItPausesLeavesNoTimer) {
  start();
  come({-EMFILE});
  EXPECT_EQ(loop_.timers().size(), 1U);
  acceptor_.cancel();
  settle();
  listener_.reset();
  EXPECT_EQ(loop_.timers().size(), 0U);
  EXPECT_EQ(ring_.closed.size(), 1U);
}

TEST_F(ListenerTest, WhoComesWhileNobodyAcceptsWaitsInTheKernel) {
  start();
  acceptor_.cancel();
  settle();
  come({1000, 1001});
  EXPECT_EQ(ring_.waiting.size(), 2U);
  start();
  EXPECT_EQ(accepted_, 2);
}

// It is the task's next suspension that is cancelled.
TEST_F(ListenerTest, AConnectionThatComesTogetherWithACancelIsAccepted) {
  start();
  ring_.waiting = {1000, 1001};
  ring_.answer(ring_.newest("poll"), POLLIN);
  loop_.call_soon([&] { acceptor_.cancel(); });
  settle();
  EXPECT_EQ(accepted_, 1);
  EXPECT_TRUE(acceptor_.done());
  EXPECT_EQ(ring_.waiting.size(), 1U);
  start();
  EXPECT_EQ(accepted_, 2);
}

TEST_F(ListenerTest, AListenerThatGoesIsClosedOnceItsPollHasEnded) {
  start();
  acceptor_.cancel();
  settle();
  ring_.answers_cancels = false;
  listener_.reset();
  settle();
  EXPECT_TRUE(ring_.closed.empty());
  ring_.answer(ring_.newest("poll"), POLLIN);  // which had come before the cancel
  settle();
  EXPECT_EQ(ring_.closed.size(), 1U);
}

TEST_F(ListenerTest, AListenerMayMoveWhileSomebodyAccepts) {
  constexpr auto accept_one = [](Listener& listener, int& accepted) -> Task<void> {
    const Stream stream = co_await listener.accept();
    ++accepted;
  };
  acceptor_ = loop_.spawn(accept_one(*listener_, accepted_), "acceptor");
  settle();
  Listener moved = std::move(*listener_);
  come({1000});
  EXPECT_EQ(accepted_, 1);
  listener_.emplace(std::move(moved));
}

using ListenerDeathTest = ListenerTest;

TEST_F(ListenerDeathTest, TwoAcceptorsAtOnceAreAProgrammingError) {
  EXPECT_DEATH(
      {
        int accepted = 0;
        loop_.spawn(accept_all(*listener_, accepted), "first").detach();
        loop_.spawn(accept_all(*listener_, accepted), "second").detach();
        settle();
      },
      "assertion failed");
}

// --- On the kernel ------------------------------------------------------------------------------

class ListenerRingTest : public support::EveryRingTest {};
INSTANTIATE_TEST_SUITE_P(Rings, ListenerRingTest, support::kEveryRing, support::ring_name);

TEST_P(ListenerRingTest, PortZeroPicksOneAndTellsIt) {
  World world(make_ring());
  const Listener first(world.loop, kAnyPort);
  const Listener second(world.loop, kAnyPort);
  EXPECT_NE(first.address().port(), 0);
  EXPECT_NE(first.address().port(), second.address().port());
  EXPECT_TRUE(first.address().is_loopback());
}

TEST_P(ListenerRingTest, AnAddressSomebodyListensOnIsRefusedByName) {
  World world(make_ring());
  const Listener listener(world.loop, kAnyPort);
  const std::size_t descriptors = support::open_descriptors();
  std::string said;
  try {
    const Listener second(world.loop, listener.address());
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::address_in_use);
    said = error.what();
  }
  EXPECT_NE(said.find(listener.address().to_string()), std::string::npos) << said;
  EXPECT_EQ(support::open_descriptors(), descriptors);
}

TEST_P(ListenerRingTest, AnAddressOfSomebodyElseIsRefusedByName) {
  World world(make_ring());
  std::string said;
  try {
    const Listener listener(world.loop, *Address::parse("192.0.2.1:80"));
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::address_not_available);
    said = error.what();
  }
  EXPECT_NE(said.find("192.0.2.1:80"), std::string::npos) << said;
}

TEST_P(ListenerRingTest, ConnectionsMadeBeforeAnybodyAcceptsAreAllAccepted) {
  constexpr auto body = [](Listener listener, std::vector<Socket>& clients) -> Task<void> {
    for (std::size_t i = 0; i < clients.size(); ++i) {
      Stream stream = co_await listener.accept();
      EXPECT_TRUE(stream.peer().is_loopback());
      stream.outflow().append("welcome");
      co_await stream.outflow().drain(0);
    }
    for (const Socket& client : clients) EXPECT_EQ(client.take(), "welcome");
  };
  World world(make_ring());
  Listener listener(world.loop, kAnyPort);
  std::vector<Socket> clients;
  for (int i = 0; i < 100; ++i) clients.push_back(connect_to(listener.address()));
  world.run(body(std::move(listener), clients));
}

TEST_P(ListenerRingTest, AnAcceptedSocketSendsAtOnceKeepsAliveAndHoldsLittleUnsent) {
  if (GetParam() == "io_uring_direct") GTEST_SKIP() << "it has no descriptor to look at";
  constexpr auto option = [](int socket, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    ::getsockopt(socket, level, name, &value, &size);
    return value;
  };
  constexpr auto body = [](Listener listener) -> Task<Stream> {
    co_return co_await listener.accept();
  };
  World world(make_ring());
  Listener listener(world.loop, kAnyPort);
  const Socket client = connect_to(listener.address());
  const int before = ::dup(0);
  ::close(before);  // the lowest free descriptor: the one the accepted socket gets
  Stream stream = world.run(body(std::move(listener)));
  EXPECT_EQ(option(before, IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(before, SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(before, IPPROTO_TCP, TCP_USER_TIMEOUT), 300'000);  // five minutes, as said
  EXPECT_EQ(option(before, IPPROTO_TCP, TCP_KEEPIDLE), 100);
  EXPECT_EQ(option(before, IPPROTO_TCP, TCP_KEEPINTVL), 100);
  EXPECT_EQ(option(before, IPPROTO_TCP, TCP_NOTSENT_LOWAT), ListeningSocket::kUnsentMost);
  EXPECT_NE(::fcntl(before, F_GETFD) & FD_CLOEXEC, 0);
}

TEST_P(ListenerRingTest, AnAddressIsFreeAgainRightAfterItsListenerHasGone) {
  constexpr auto serve_one = [](Listener listener, Socket client) -> Task<void> {
    { const Stream stream = co_await listener.accept(); }  // we close first: TIME_WAIT is ours
    while (!is_over(client)) co_await sleep(1ms);
  };
  World world(make_ring());
  Listener listener(world.loop, kAnyPort);
  const Address address = listener.address();
  Socket client = connect_to(address);
  world.run(serve_one(std::move(listener), std::move(client)));
  const Listener again(world.loop, address);
  EXPECT_EQ(again.address(), address);
}

TEST_P(ListenerRingTest, AListenerThatGoesEndsTheConnectionsNobodyTook) {
  constexpr auto body = [](Listener listener, std::vector<Socket>& clients) -> Task<void> {
    for (int i = 0; i < 10; ++i) clients.push_back(connect_to(listener.address()));
    const Stream stream = co_await listener.accept();
    co_await sleep(5ms);
  };
  World world(make_ring());
  const std::size_t descriptors = support::open_descriptors();
  std::vector<Socket> clients;
  world.run(body(Listener(world.loop, kAnyPort), clients));
  EXPECT_EQ(support::open_descriptors(), descriptors + clients.size());
  for (const Socket& client : clients) EXPECT_TRUE(is_over(client));
}

TEST_P(ListenerRingTest, WithoutDescriptorsItPausesWithoutSpinningAndRecovers) {
  if (!support::NoMoreDescriptors::is_possible()) GTEST_SKIP() << "the sanitizer needs some";
  constexpr auto body = [](Listener listener, const Passes& passes, const Reports& reports,
                           Socket /*client*/) -> Task<void> {
    int accepted = 0;
    TaskHandle<void> acceptor = current_loop().spawn(accept_all(listener, accepted), "acceptor");
    {
      const support::NoMoreDescriptors limit;
      co_await sleep(10ms);
      const int before = passes.count();
      co_await sleep(100ms);
      EXPECT_LT(passes.count() - before, support::kFewPasses) << "it spins";
      EXPECT_EQ(accepted, 0);
      EXPECT_EQ(reports.all.size(), 1U);
    }
    while (accepted == 0) co_await sleep(10ms);
    EXPECT_EQ(accepted, 1);
    const Socket another = connect_to(listener.address());
    while (accepted == 1) co_await sleep(1ms);
    acceptor.cancel();
    try {
      co_await acceptor;
    } catch (const Cancelled&) {
    }
  };
  World world(make_ring());
  const Passes passes(world.loop);
  const Reports reports(world.loop);
  Listener listener(world.loop, kAnyPort);
  Socket client = connect_to(listener.address());
  const Time begin = Clock::now();
  world.run(body(std::move(listener), passes, reports, std::move(client)));
  EXPECT_GE(Clock::now() - begin, Listener::kBackoff * 9 / 10);
}

TEST_P(ListenerRingTest, ConnectionsOverIPv6AreAcceptedToo) {
  constexpr auto body = [](Listener listener) -> Task<void> {
    const Stream near = co_await Stream::connect(listener.address());
    const Stream far = co_await listener.accept();
    EXPECT_EQ(far.peer().family(), AF_INET6);
  };
  World world(make_ring());
  std::optional<Listener> listener;
  try {
    listener.emplace(world.loop, *Address::parse("[::1]:0"));
  } catch (const std::system_error&) {
    GTEST_SKIP() << "no IPv6 here";
  }
  world.run(body(std::move(*listener)));
}

}  // namespace
}  // namespace core
