// The simulated kernel itself: it finds what it is there to find, and it can be replayed.
#include "tests/sim/sim_ring.hpp"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/listener.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

// A ring with one accepted socket.
class SimRingTest : public ::testing::Test {
 protected:
  static constexpr core::Token kReceive = 1, kSend = 2;

  SimRingTest() : choose_(1), ring_(choose_, {}, findings_) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const core::Address any = *core::Address::parse("127.0.0.1:0");
    EXPECT_EQ(::bind(listener_, any.data(), any.size()), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    core::Address peer;
    EXPECT_EQ(ring_.accept(listener_, peer), -EAGAIN);
    link_ = ring_.connect_to(core::Address::of_local(listener_), 64);
    pass();
    socket_ = ring_.accept(listener_, peer);
    EXPECT_TRUE(findings_.empty()) << findings_.text();
  }

  std::vector<core::Completion> pass() {
    std::vector<core::Completion> completions;
    ring_.enter(core::Time::min());
    ring_.reap(completions);
    return completions;
  }
  bool found(const std::string& what) const {
    return findings_.text().find(what) != std::string::npos;
  }

  Findings findings_;
  SeededChoose choose_;
  SimRing ring_;
  std::shared_ptr<Link> link_;
  int listener_ = -1;
  int socket_ = -1;
};

TEST_F(SimRingTest, FindsADescriptorThatIsClosedTwice) {
  ring_.close(socket_);
  EXPECT_TRUE(findings_.empty());
  ring_.close(socket_);
  EXPECT_TRUE(found("is closed already"));
}

TEST_F(SimRingTest, FindsADescriptorThatIsClosedUnderAnOperation) {
  ring_.receive(kReceive, socket_);
  ring_.close(socket_);
  EXPECT_TRUE(found("closed with an operation in flight"));
}

TEST_F(SimRingTest, FindsADescriptorThatIsUsedAfterItsClose) {
  ring_.close(socket_);
  ring_.receive(kReceive, socket_);
  EXPECT_TRUE(found("receive on a descriptor that is closed already"));
}

TEST_F(SimRingTest, FindsWhatIsLeftAtTheEnd) {
  ring_.receive(kReceive, socket_);
  link_->far.send("x");
  pass();
  ring_.check_end();
  EXPECT_TRUE(found("is left"));
  EXPECT_TRUE(found("was never closed"));
  EXPECT_TRUE(found("was never given back"));
}

TEST_F(SimRingTest, FindsABufferThatIsGivenBackTwice) {
  ring_.receive(kReceive, socket_);
  link_->far.send("x");
  const int buffer = pass().at(0).buffer;
  EXPECT_EQ(ring_.buffer(buffer, 1), "x");
  ring_.give_back(buffer);
  ring_.give_back(buffer);
  EXPECT_TRUE(found("is given back, which is not out"));
}

TEST_F(SimRingTest, FindsTwoSendsToOneSocketInOnePass) {
  char byte = 'x';
  const iovec piece{.iov_base = &byte, .iov_len = 1};
  ring_.send(kSend, socket_, {&piece, 1});
  ring_.send(kSend + 1, socket_, {&piece, 1});
  EXPECT_TRUE(found("two sends in one pass"));
}

TEST_F(SimRingTest, FindsMemoryThatChangesUnderASend) {
  std::array<char, 2> bytes = {'a', 'b'};
  const iovec piece{.iov_base = bytes.data(), .iov_len = 2};
  ring_.send(kSend, socket_, {&piece, 1});
  bytes[1] = 'c';
  pass();
  EXPECT_TRUE(found("changed meanwhile"));
}

TEST_F(SimRingTest, FailsTheOperationItIsToldTo) {
  ring_.fail_operation(ring_.operations() + 2);
  char byte = 'x';
  const iovec piece{.iov_base = &byte, .iov_len = 1};
  ring_.send(kSend, socket_, {&piece, 1});
  EXPECT_TRUE(pass().empty());
  ring_.send(kSend, socket_, {&piece, 1});
  EXPECT_LT(pass().at(0).result, 0);
}

TEST_F(SimRingTest, NothingArrivesAfterAReset) {
  link_->far.send("before");
  link_->far.break_off(false);
  EXPECT_EQ(link_->far.send("after"), 0U);
  EXPECT_EQ(link_->near.read(100), "before");
}

TEST(ExhaustiveChoice, GivesEverySequenceOnce) {
  ExhaustiveChoose choose(3);
  std::vector<std::string> sequences;
  do {
    std::string sequence = std::to_string(choose.below(2));
    if (sequence == "1") sequence += std::to_string(choose.below(3));
    sequence += choose.chance(0.5) ? "y" : "n";
    sequences.push_back(sequence);
  } while (choose.next_run());
  EXPECT_EQ(sequences,
            (std::vector<std::string>{"0n", "0y", "10n", "10y", "11n", "11y", "12n", "12y"}));
}

}  // namespace
}  // namespace sim
