// The rings themselves: what each operation answers, when enter() returns, and the kernel's
// behaviour that the runtime relies on. What must be so on every ring is asked of each.
#include "core/uring_ring.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/unit/support.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::Socket;
using support::Sockets;

constexpr Time kNow = Time::min();  // a deadline that does not wait

// A ring, and all that it ever answered.
class Driver {
 public:
  explicit Driver(std::unique_ptr<Ring> of) : ring(std::move(of)) {}

  // Enters and reaps once; how many answers came.
  std::size_t pass(Time deadline = kNow) {
    std::vector<Completion> now;
    ring->enter(deadline);
    ring->reap(now);
    all.insert(all.end(), now.begin(), now.end());
    return now.size();
  }
  // Passes until there are `count` answers in all, or patience is over.
  void wait_for(std::size_t count) {
    const Time patience = ring->now() + 10s;
    while (all.size() < count && ring->now() < patience) pass(patience);
    EXPECT_GE(all.size(), count);
  }
  // The bytes of all answers so far, whose buffers are given back.
  std::string take_bytes() {
    std::string bytes;
    for (Completion& completion : all) {
      if (completion.buffer == kNoBuffer) continue;
      if (completion.result > 0) {
        bytes += ring->buffer(completion.buffer, static_cast<std::size_t>(completion.result));
      }
      ring->give_back(std::exchange(completion.buffer, kNoBuffer));
    }
    return bytes;
  }

  std::unique_ptr<Ring> ring;
  std::vector<Completion> all;
};

class RingTest : public support::EveryRingTest {
 protected:
  Driver driver_{make_ring()};
  Ring& ring_{*driver_.ring};
  std::vector<Completion>& all_{driver_.all};
};
INSTANTIATE_TEST_SUITE_P(Rings, RingTest, support::kEveryRing, support::ring_name);

constexpr Token kToken = (Token{3} << 32) | 5;
constexpr Token kOther = (Token{4} << 32) | 6;

// --- Waiting and waking -------------------------------------------------------------------------

TEST_P(RingTest, APastDeadlineDoesNotWait) {
  const Time begin = ring_.now();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(driver_.pass(kNow), 0U);
  EXPECT_LT(ring_.now() - begin, 1s);
}

TEST_P(RingTest, WhatArrivesIsSeenThoughNoPassWaitsOrAsksForAnything) {
  const Sockets sockets = support::unix_sockets();
  ring_.receive(kToken, sockets.near.get());
  driver_.pass(kNow);
  const Time patience = ring_.now() + 10s;
  for (std::size_t count = 1; count <= 100; ++count) {
    sockets.far.send("x");
    while (all_.size() < count && ring_.now() < patience) driver_.pass(kNow);
    ASSERT_EQ(all_.size(), count);
    EXPECT_EQ(driver_.take_bytes(), "x");
  }
}

TEST_P(RingTest, EnterReturnsAtItsDeadlineAndNotMuchBefore) {
  const Time begin = ring_.now();
  const Time deadline = begin + 30ms;
  int passes = 0;
  while (ring_.now() < deadline) {
    driver_.pass(deadline);
    ++passes;
  }
  EXPECT_LT(passes, support::kFewPasses);
  EXPECT_LT(ring_.now() - begin, 5s);
}

TEST_P(RingTest, AWakeBeforeEnterIsNotLost) {
  ring_.wake();
  const Time begin = ring_.now();
  driver_.pass(begin + 10s);
  EXPECT_LT(ring_.now() - begin, 5s);
  EXPECT_TRUE(all_.empty()) << "a wake is nobody's answer";
}

TEST_P(RingTest, AWakeFromAnotherThreadEndsAWaitWithoutDeadline) {
  for (int i = 0; i < 20; ++i) {
    std::thread other([&] {
      if (i % 2 == 0) std::this_thread::sleep_for(1ms);
      ring_.wake();
    });
    driver_.pass(kNever);
    other.join();
  }
}

TEST_P(RingTest, AThousandWakesAreOne) {
  for (int i = 0; i < 1000; ++i) ring_.wake();
  driver_.pass(kNever);
  const Time deadline = ring_.now() + 30ms;
  int passes = 0;
  while (ring_.now() < deadline) {
    driver_.pass(deadline);
    ++passes;
  }
  EXPECT_LT(passes, support::kFewPasses);
}

TEST_P(RingTest, WakesThatComeWhileItRunsAreNotLost) {
  constexpr int kRounds = 2000;
  std::atomic<int> asked = 0;
  std::atomic<int> answered = 0;
  std::thread other([&] {
    for (int i = 1; i <= kRounds; ++i) {
      asked = i;
      ring_.wake();
      while (answered < i) std::this_thread::yield();
    }
  });
  while (answered < kRounds) {
    driver_.pass(kNever);
    answered = asked.load();
  }
  other.join();
}

// --- Sending ------------------------------------------------------------------------------------

class SendTest : public RingTest {
 protected:
  void send(std::span<const iovec> pieces) { ring_.send(kToken, sockets_.near.get(), pieces); }
  void send(std::string_view bytes) {
    pieces_.push_back({.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()});
    send(std::span(pieces_).last(1));
  }
  // Sends until nothing goes in any more.
  void fill() {
    sockets_ = support::unix_sockets();  // what TCP takes depends on the moment
    const std::string bytes(100'000, 'x');
    while (all_.empty() || all_.back().result != -EAGAIN) {
      send(bytes);
      driver_.pass();
    }
    all_.clear();
  }

  Sockets sockets_ = support::tcp_sockets(8192);
  std::vector<iovec> pieces_;
};
INSTANTIATE_TEST_SUITE_P(Rings, SendTest, support::kEveryRing, support::ring_name);

TEST_P(SendTest, ASendThatGoesOutWholeIsOverWithEnterAndAnswersNothing) {
  std::string bytes = "whole";
  send(bytes);
  driver_.pass();
  bytes.assign(bytes.size(), '?');  // its memory is ours again
  EXPECT_TRUE(all_.empty());
  EXPECT_EQ(sockets_.far.take(), "whole");
  for (int i = 0; i < 3; ++i) driver_.pass(ring_.now() + 1ms);
  EXPECT_TRUE(all_.empty());
}

TEST_P(SendTest, ASendOfSeveralPiecesKeepsTheirOrder) {
  std::string first = "one,";
  std::string second = "two,";
  std::string third = "three";
  const std::array<iovec, 3> pieces{{{.iov_base = first.data(), .iov_len = first.size()},
                                     {.iov_base = second.data(), .iov_len = second.size()},
                                     {.iov_base = third.data(), .iov_len = third.size()}}};
  send(pieces);
  driver_.pass();
  EXPECT_TRUE(all_.empty());
  EXPECT_EQ(sockets_.far.take(), "one,two,three");
}

TEST_P(SendTest, APartialSendAnswersItsCount) {
  const std::string bytes = support::numbered_bytes(3'000'000);
  send(bytes);
  driver_.pass();
  ASSERT_EQ(all_.size(), 1U);
  EXPECT_EQ(all_[0].token, kToken);
  EXPECT_FALSE(all_[0].more);
  ASSERT_GT(all_[0].result, 0);
  ASSERT_LT(all_[0].result, 3'000'000);
  const auto count = static_cast<std::size_t>(all_[0].result);
  std::string arrived;
  while (arrived.size() < count) {
    arrived += sockets_.far.take();
    driver_.pass();
  }
  EXPECT_EQ(sockets_.far.take(), "");
  EXPECT_TRUE(arrived == bytes.substr(0, count));
  EXPECT_EQ(all_.size(), 1U) << "the rest is nobody's but the caller's";
}

TEST_P(SendTest, APartialSendOfSeveralPiecesAnswersItsCount) {
  std::vector<std::string> parts;
  std::vector<iovec> pieces;
  std::string bytes;
  for (int i = 0; i < 16; ++i) {
    parts.push_back(support::numbered_bytes(200'000 + static_cast<std::size_t>(i)));
    bytes += parts.back();
  }
  for (std::string& part : parts)
    pieces.push_back({.iov_base = part.data(), .iov_len = part.size()});
  send(pieces);
  driver_.pass();
  ASSERT_EQ(all_.size(), 1U);
  ASSERT_GT(all_[0].result, 0);
  const auto count = static_cast<std::size_t>(all_[0].result);
  ASSERT_LT(count, bytes.size());
  std::string arrived;
  while (arrived.size() < count) {
    arrived += sockets_.far.take();
    driver_.pass();
  }
  EXPECT_TRUE(arrived == bytes.substr(0, count));
}

TEST_P(SendTest, ABlockedSendAnswersEagain) {
  fill();
  send("more");
  driver_.pass();
  ASSERT_EQ(all_.size(), 1U);
  EXPECT_EQ(all_[0].result, -EAGAIN);
  EXPECT_FALSE(all_[0].more);
}

TEST_P(SendTest, ASocketThatCanBeWrittenToAgainAnswersItsPoll) {
  fill();
  ring_.poll(kOther, sockets_.near.get(), POLLOUT);
  for (int i = 0; i < 3; ++i) driver_.pass(ring_.now() + 1ms);
  EXPECT_TRUE(all_.empty());
  for (int i = 0; i < 1000 && all_.empty(); ++i) {
    sockets_.far.take();
    driver_.pass(ring_.now() + 1ms);
  }
  ASSERT_EQ(all_.size(), 1U);
  EXPECT_EQ(all_[0].token, kOther);
  EXPECT_NE(all_[0].result & POLLOUT, 0);
  EXPECT_FALSE(all_[0].more);
}

TEST_P(SendTest, ASendToAClosedPeerAnswersItsErrorAndRaisesNoSignal) {
  sockets_.far.reset();
  send("one");  // the reset may still be on its way
  driver_.pass();
  for (int i = 0; i < 1000 && all_.empty(); ++i) {
    send("more");
    driver_.pass(ring_.now() + 1ms);
  }
  ASSERT_FALSE(all_.empty());
  EXPECT_TRUE(all_[0].result == -EPIPE || all_[0].result == -ECONNRESET) << all_[0].result;
}

TEST_P(SendTest, ABlockedPeerThatResetsAnswersThePoll) {
  fill();
  ring_.poll(kOther, sockets_.near.get(), POLLOUT);
  driver_.pass();
  sockets_.far.reset();
  driver_.wait_for(1);
  EXPECT_EQ(all_[0].token, kOther);
  EXPECT_GT(all_[0].result, 0);
}

// --- Receiving ----------------------------------------------------------------------------------

class ReceiveRingTest : public RingTest {
 protected:
  // Passes until `bytes` have arrived.
  std::string take(std::size_t bytes) {
    std::string taken;
    const Time patience = ring_.now() + 10s;
    while (taken.size() < bytes && ring_.now() < patience) {
      driver_.pass(patience);
      taken += driver_.take_bytes();
    }
    return taken;
  }

  Sockets sockets_ = support::tcp_sockets();
};
INSTANTIATE_TEST_SUITE_P(Rings, ReceiveRingTest, support::kEveryRing, support::ring_name);

TEST_P(ReceiveRingTest, OneReceiveAnswersAgainAndAgain) {
  ring_.receive(kToken, sockets_.near.get());
  for (int i = 0; i < 200; ++i) {
    sockets_.far.send("bytes");
    ASSERT_EQ(take(5), "bytes");
  }
  for (const Completion& completion : all_) {
    EXPECT_EQ(completion.token, kToken);
    EXPECT_TRUE(completion.more);
  }
}

TEST_P(ReceiveRingTest, TheEndIsAnAnswerOfZeroAndTheLast) {
  ring_.receive(kToken, sockets_.near.get());
  sockets_.far.send("last");
  sockets_.far.close();
  EXPECT_EQ(take(4), "last");
  if (all_.back().more) driver_.wait_for(all_.size() + 1);
  EXPECT_EQ(all_.back().result, 0);
  EXPECT_FALSE(all_.back().more);
  driver_.take_bytes();
}

TEST_P(ReceiveRingTest, AResetIsAnAnswerOfItsErrorAndTheLast) {
  ring_.receive(kToken, sockets_.near.get());
  driver_.pass();
  sockets_.far.reset();
  driver_.wait_for(1);
  EXPECT_EQ(all_[0].result, -ECONNRESET);
  EXPECT_FALSE(all_[0].more);
  driver_.take_bytes();
}

TEST_P(ReceiveRingTest, ACancelledReceiveAnswersEcanceledAndLeavesTheBytesInTheSocket) {
  ring_.receive(kToken, sockets_.near.get());
  driver_.pass();
  ring_.cancel(kToken);
  driver_.wait_for(1);
  EXPECT_EQ(all_[0].result, -ECANCELED);
  EXPECT_FALSE(all_[0].more);
  sockets_.far.send("later");
  for (int i = 0; i < 3; ++i) driver_.pass(ring_.now() + 1ms);
  EXPECT_EQ(all_.size(), 1U);
  ring_.receive(kOther, sockets_.near.get());
  EXPECT_EQ(take(5), "later");
}

TEST_P(ReceiveRingTest, AReceiveMayBeCancelledBeforeItWasHandedOver) {
  sockets_.far.send("bytes");
  ring_.receive(kToken, sockets_.near.get());
  ring_.cancel(kToken);
  // Its bytes, or none of them; but an end, and no byte is lost.
  std::string bytes;
  while (all_.empty() || all_.back().more) {
    driver_.wait_for(all_.size() + 1);
    bytes += driver_.take_bytes();
  }
  EXPECT_EQ(all_.back().result, -ECANCELED);
  ring_.receive(kOther, sockets_.near.get());
  if (bytes.empty()) bytes = take(5);
  EXPECT_EQ(bytes, "bytes");
}

TEST_P(ReceiveRingTest, CancellingWhatIsNotThereAnswersNothing) {
  ring_.cancel(kToken);
  for (int i = 0; i < 3; ++i) driver_.pass(ring_.now() + 1ms);
  EXPECT_TRUE(all_.empty());
}

TEST_P(ReceiveRingTest, BuffersThatAreOutKeepTheirBytesWhileOthersArrive) {
  ring_.receive(kToken, sockets_.near.get());
  std::map<int, std::string> held;
  for (int i = 0; i < 20; ++i) {
    const std::string bytes = "piece " + std::to_string(i);
    sockets_.far.send(bytes);
    const std::size_t before = all_.size();
    driver_.wait_for(before + 1);
    EXPECT_TRUE(held.emplace(all_.back().buffer, bytes).second) << "a buffer was given out twice";
  }
  for (const auto& [id, bytes] : held) {
    EXPECT_EQ(ring_.buffer(id, bytes.size()), bytes);
    ring_.give_back(id);
  }
}

// --- Connecting and accepting -------------------------------------------------------------------

class AcceptTest : public RingTest {
 protected:
  AcceptTest() {
    const Address any = *Address::parse("127.0.0.1:0");
    EXPECT_EQ(::bind(listener_.get(), any.data(), any.size()), 0);
    EXPECT_EQ(::listen(listener_.get(), 100), 0);
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&storage), &size);
    address_ = Address::from(reinterpret_cast<sockaddr*>(&storage), size);
  }

  static Socket new_socket(int flags = 0) {
    return Socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  }

  Socket listener_ = new_socket(SOCK_NONBLOCK);
  Address address_;
};
INSTANTIATE_TEST_SUITE_P(Rings, AcceptTest, support::kEveryRing, support::ring_name);

TEST_P(AcceptTest, APollSaysThatSomebodyWaitsAndEachAcceptTakesOne) {
  Address peer;
  EXPECT_EQ(ring_.accept(listener_.get(), peer), -EAGAIN);
  ring_.poll(kToken, listener_.get(), POLLIN);
  std::vector<Socket> clients;
  std::set<std::uint16_t> ports;
  for (int i = 0; i < 30; ++i) {
    clients.push_back(new_socket());
    ASSERT_EQ(::connect(clients.back().get(), address_.data(), address_.size()), 0);
    ports.insert(Address::of_local(clients.back().get()).port());
  }
  driver_.wait_for(1);
  EXPECT_NE(all_[0].result & POLLIN, 0);
  std::set<int> sockets;
  for (int socket = 0; (socket = ring_.accept(listener_.get(), peer)) >= 0;) {
    if (GetParam() != "io_uring_direct") {
      EXPECT_EQ(::fcntl(socket, F_GETFD), FD_CLOEXEC);
    }
    EXPECT_TRUE(peer.is_loopback());
    EXPECT_TRUE(ports.erase(peer.port()) == 1) << peer.to_string();
    sockets.insert(socket);
  }
  EXPECT_EQ(sockets.size(), clients.size());
  for (const int socket : sockets) ring_.close(socket);
}

// The kernel may be late with a shutdown, and whoever comes next may have the same number.
TEST_P(AcceptTest, AShutdownThatIsFollowedByACloseIsNobodyElses) {
  constexpr int kRounds = 200;
  Address peer;
  const auto come = [&] {
    Socket client = new_socket();
    EXPECT_EQ(::connect(client.get(), address_.data(), address_.size()), 0);
    return client;
  };
  for (int round = 0; round < kRounds; ++round) {
    const Socket leaving = come();
    const int first = ring_.accept(listener_.get(), peer);
    ASSERT_GE(first, 0);
    ring_.shutdown(first, SHUT_WR);
    ring_.close(first);
    const Socket coming = come();
    const int second = ring_.accept(listener_.get(), peer);
    ASSERT_GE(second, 0);
    ring_.enter(Clock::now() + 1ms);
    ring_.reap(all_);
    char byte = 0;
    ASSERT_EQ(::recv(coming.get(), &byte, 1, MSG_DONTWAIT), -1) << "cut off in round " << round;
    ring_.close(second);
    ASSERT_EQ(::recv(leaving.get(), &byte, 1, 0), 0) << "it was not shut down";
  }
}

TEST_P(AcceptTest, AConnectAnswersZeroWhenItIsThrough) {
  const Socket client = new_socket();
  ring_.connect(kToken, client.get(), address_);
  driver_.wait_for(1);
  EXPECT_EQ(all_[0].token, kToken);
  EXPECT_EQ(all_[0].result, 0);
}

TEST_P(AcceptTest, ARefusedConnectAnswersItsError) {
  listener_.close();
  const Socket client = new_socket();
  ring_.connect(kToken, client.get(), address_);
  driver_.wait_for(1);
  EXPECT_EQ(all_[0].result, -ECONNREFUSED);
}

// --- Sizes of io_uring --------------------------------------------------------------------------

TEST(UringRingTest, MoreOperationsThanTheQueueHoldsAreAllCarriedOut) {
  Driver driver(std::make_unique<UringRing>(UringOptions{.submissions = 4, .buffers = 4}));
  const Sockets sockets = support::unix_sockets();
  for (Token token = 1; token <= 100; ++token) {
    driver.ring->poll(token, sockets.near.get(), POLLOUT);
  }
  driver.wait_for(100);
  std::set<Token> answered;
  for (const Completion& completion : driver.all) answered.insert(completion.token);
  EXPECT_EQ(answered.size(), 100U);
}

TEST(UringRingTest, MoreAnswersThanTheQueueHoldsAreAllGivenAndWakingStillWorks) {
  Driver driver(std::make_unique<UringRing>(UringOptions{.submissions = 4, .buffers = 4}));
  std::vector<Sockets> all;
  for (Token token = 1; token <= 100; ++token) {
    all.push_back(support::unix_sockets());
    driver.ring->poll(token, all.back().near.get(), POLLIN);
  }
  for (int round = 0; round < 3; ++round) {
    driver.pass();
    driver.all.clear();
    for (const Sockets& sockets : all) sockets.far.send("x");
    driver.ring->wake();
    driver.wait_for(100);
    for (Token token = 1; token <= 100; ++token) {
      all[token - 1].near.take();
      driver.ring->poll(token, all[token - 1].near.get(), POLLIN);
    }
    driver.pass();
    std::thread other([&] { driver.ring->wake(); });
    const std::size_t before = driver.all.size();
    driver.pass(driver.ring->now() + 10s);
    EXPECT_EQ(driver.all.size(), before);
    other.join();
  }
}

// A send that does not answer counts as gone out whole: none may answer late.
TEST(UringRingTest, MoreBlockedSendsThanTheQueuesHoldAllAnswerInTheirPass) {
  Driver driver(std::make_unique<UringRing>(UringOptions{.submissions = 4, .buffers = 4}));
  const std::string bytes(1'000'000, 'x');
  const iovec piece{.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
  std::vector<Sockets> all;
  for (int i = 0; i < 100; ++i) all.push_back(support::unix_sockets());
  for (int round = 0; round < 3; ++round) {
    driver.all.clear();
    for (Token token = 1; token <= 100; ++token) {
      driver.ring->send(token, all[token - 1].near.get(), {&piece, 1});
    }
    driver.pass();
    std::set<Token> answered;
    for (const Completion& completion : driver.all) {
      EXPECT_LT(completion.result, 1'000'000);
      answered.insert(completion.token);
    }
    EXPECT_EQ(answered.size(), 100U);
  }
}

TEST(UringRingTest, SendsOfSeveralPiecesLeaveNothingBehind) {
  Driver driver(std::make_unique<UringRing>(support::kSmallRing));
  const Sockets sockets = support::unix_sockets();
  char bytes[] = {'a', 'b'};
  const std::array<iovec, 2> pieces{
      {{.iov_base = &bytes[0], .iov_len = 1}, {.iov_base = &bytes[1], .iov_len = 1}}};
  const std::size_t before = support::allocated_bytes();
  for (int i = 0; i < 20'000; ++i) {
    driver.ring->send(kToken, sockets.near.get(), pieces);
    driver.pass();
    if (i % 50 == 0) sockets.far.take(1000);
  }
  EXPECT_TRUE(driver.all.empty());
  EXPECT_LT(support::allocated_bytes(), before + 200'000);
}

TEST(UringRingTest, AReceiveThatFindsNoBufferAnswersEnobufsAndOnlyThenIsOver) {
  Driver driver(std::make_unique<UringRing>(UringOptions{.submissions = 64, .buffers = 2}));
  Ring& ring = *driver.ring;
  const Sockets sockets = support::unix_sockets();
  ring.receive(kToken, sockets.near.get());
  driver.pass();
  for (int i = 0; i < 3; ++i) {
    sockets.far.send("x");
    driver.pass();
  }
  ASSERT_EQ(driver.all.size(), 3U);
  EXPECT_EQ(driver.all[1].result, 1);
  EXPECT_EQ(driver.all[2].result, -ENOBUFS);
  EXPECT_FALSE(driver.all[2].more);
}

TEST(UringRingTest, AReceiveWithoutABufferWaitsForOneAndNotInACircle) {
  Driver driver(std::make_unique<UringRing>(UringOptions{.submissions = 64, .buffers = 1}));
  Ring& ring = *driver.ring;
  const Sockets first = support::unix_sockets();
  const Sockets second = support::unix_sockets();
  ring.receive(kToken, first.near.get());
  first.far.send("held");
  driver.wait_for(1);
  second.far.send("waits");
  ring.receive(kOther, second.near.get());
  const Time deadline = ring.now() + 30ms;
  int passes = 0;
  for (; ring.now() < deadline; ++passes) driver.pass(deadline);
  EXPECT_LT(passes, support::kFewPasses);
  EXPECT_EQ(driver.all.size(), 1U);
  EXPECT_EQ(driver.take_bytes(), "held");
  driver.wait_for(2);
  EXPECT_EQ(driver.all[1].token, kOther);
  EXPECT_EQ(driver.take_bytes(), "waits");
}

TEST(UringRingTest, AReceiveThatWaitsForABufferCanBeCancelled) {
  Driver driver(std::make_unique<UringRing>(UringOptions{.submissions = 64, .buffers = 1}));
  Ring& ring = *driver.ring;
  const Sockets first = support::unix_sockets();
  const Sockets second = support::unix_sockets();
  ring.receive(kToken, first.near.get());
  first.far.send("held");
  driver.wait_for(1);
  ring.receive(kOther, second.near.get());
  driver.pass();
  ring.cancel(kOther);
  driver.wait_for(2);
  EXPECT_EQ(driver.all[1].token, kOther);
  EXPECT_EQ(driver.all[1].result, -ECANCELED);
  driver.take_bytes();
}

TEST(UringRingTest, IdleReceivesThatWaitedForABufferKeepItFromNobody) {
  Driver driver(std::make_unique<UringRing>(UringOptions{.submissions = 8, .buffers = 2}));
  Ring& ring = *driver.ring;
  std::vector<Sockets> all;
  for (Token token = 1; token <= 40; ++token) {
    all.push_back(support::unix_sockets());
    ring.receive(token, all.back().near.get());
    if (token > 2) continue;
    all.back().far.send("held");  // and with these the buffers are out
    driver.wait_for(token);
  }
  for (int i = 0; i < 3; ++i) driver.pass();
  driver.take_bytes();
  for (int i = 0; i < 3; ++i) driver.pass();
  all.back().far.send("at last");
  driver.wait_for(3);
  EXPECT_EQ(driver.all[2].token, 40U);
  EXPECT_EQ(driver.take_bytes(), "at last");
}

// --- Being refused ------------------------------------------------------------------------------

bool has(const std::string& sentence, std::string_view part) {
  return sentence.find(part) != std::string::npos;
}

TEST(ExplainRefusalTest, ASentenceSaysWhyAndWhatWouldHelp) {
  EXPECT_TRUE(has(explain_refusal(ENOSYS, 0), "Linux 6.1"));
  EXPECT_TRUE(has(explain_refusal(ENOSYS, 0), "seccomp"));
  EXPECT_TRUE(has(explain_refusal(EINVAL, 0), "too old"));
  EXPECT_TRUE(has(explain_refusal(ENOMEM, 0), "ulimit -l"));
  EXPECT_TRUE(has(explain_refusal(EMFILE, 0), "ulimit -n"));
  EXPECT_TRUE(has(explain_refusal(ENFILE, 0), "ulimit -n"));
}

TEST(ExplainRefusalTest, AForbiddenRingIsTheSysctlsDoingOrTheContainers) {
  for (const int error : {EPERM, EACCES}) {
    EXPECT_TRUE(has(explain_refusal(error, 2), "kernel.io_uring_disabled=2"));
    EXPECT_FALSE(has(explain_refusal(error, 2), "seccomp"));
    EXPECT_TRUE(has(explain_refusal(error, 0), "seccomp"));
    EXPECT_FALSE(has(explain_refusal(error, 0), "sysctl"));
  }
}

TEST(ExplainRefusalTest, AnyOtherErrorIsNamed) {
  EXPECT_TRUE(has(explain_refusal(EFAULT, 0), "Bad address"));
}

TEST(ExplainRefusalTest, AnErrnoOfEitherSignMeansTheSame) {
  for (const int error : {ENOSYS, EINVAL, EPERM, ENOMEM, EMFILE, EFAULT}) {
    EXPECT_EQ(explain_refusal(-error, 1), explain_refusal(error, 1));
  }
}

TEST(ExplainRefusalTest, EverySentenceIsOneAndNamesIoUring) {
  for (const int error : {ENOSYS, EINVAL, EPERM, EACCES, ENOMEM, EMFILE, ENFILE, EFAULT}) {
    for (const int disabled : {0, 1, 2}) {
      const std::string sentence = explain_refusal(error, disabled);
      EXPECT_EQ(sentence.find("io_uring"), 0U) << sentence;
      EXPECT_EQ(sentence.find('\n'), std::string::npos) << sentence;
    }
  }
}

TEST(ExplainRefusalTest, WithoutADescriptorTheRingIsRefusedAndNothingIsLeftOpen) {
  if (!support::NoMoreDescriptors::is_possible()) GTEST_SKIP() << "the sanitizer needs some";
  const std::size_t descriptors = support::open_descriptors();
  {
    const support::NoMoreDescriptors limit;
    EXPECT_THROW(UringRing{support::kSmallRing}, RingRefused);
  }
  EXPECT_EQ(support::open_descriptors(), descriptors);
}

TEST(UringRingTest, ARingThatGoesLeavesNothingOpen) {
  const std::size_t descriptors = support::open_descriptors();
  { const UringRing ring(support::kSmallRing); }
  EXPECT_EQ(support::open_descriptors(), descriptors);
}

// --- A ring that fails
// ----------------------------------------------------------------------------

void deny_io_uring_enter() {
  sock_filter instructions[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_enter, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EBADF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{.len = 4, .filter = instructions};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

// Who queues an operation in the middle of a pass could make nothing of it, and would take it for
// an error of its own.
TEST(RingFailureTest, ARingThatFailsWhileOperationsAreQueuedSaysSoInEnter) {
  EXPECT_EXIT(
      {
        UringRing ring({.submissions = 8});
        const Sockets sockets = support::unix_sockets();
        deny_io_uring_enter();
        for (Token token = 1; token < 100; ++token) ring.poll(token, sockets.near.get(), POLLIN);
        try {
          ring.enter(Time::min());
        } catch (const std::system_error& error) {
          std::_Exit(error.code().value() == EBADF ? 7 : 8);
        }
        std::_Exit(9);
      },
      ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace core
