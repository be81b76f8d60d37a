// Descriptors: what happens when there are no more, and that a low soft limit is not the limit.
#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

bool is_greeted(Client& client, std::string& received) {
  received += client.read_arrived();
  return contains(received, "you are now in");
}

// Connects more clients than the server can take, until it says so.
class Crowd {
 public:
  Crowd(const Server& server, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) members_.push_back({Client(server.chat_port()), {}});
    server.wait_for_log("cannot accept");
  }

  // Of those who are still here.
  std::size_t greeted() {
    return static_cast<std::size_t>(
        std::count_if(members_.begin(), members_.end(),
                      [](Member& member) { return is_greeted(member.client, member.received); }));
  }
  std::size_t size() const { return members_.size(); }

  void dismiss_greeted(std::size_t most) {
    std::erase_if(members_, [&](Member& member) {
      return most > 0 && is_greeted(member.client, member.received) && most-- > 0;
    });
  }

 private:
  struct Member {
    Client client;
    std::string received;
  };
  std::vector<Member> members_;
};

// UndefinedBehaviorSanitizer looks at memory through a pipe(2). Without descriptors it cannot,
// takes every object for a wrong one, says so, and must not end the server for it.
constexpr const char* kSanitizerIsBlind = "UBSAN_OPTIONS=halt_on_error=0";
constexpr const char* kSanitizersMistake = "which does not point to an object of type";

class Descriptors : public ::testing::Test {
 protected:
  Descriptors() {
    server_.expect_error("cannot accept");
    server_.expect_error(kSanitizersMistake);
  }

  // One loop: each would speak for itself.
  Server server_{{"--loops", "1"}, {"env", kSanitizerIsBlind, "prlimit", "--nofile=40:40"}};
  Person alice_ = server_.person("alice");
  Person bob_ = server_.person("bob");
};

TEST_F(Descriptors, WithoutAnyLeftThoseWhoAreHereAreServed) {
  Crowd crowd(server_, 60);
  EXPECT_LT(crowd.greeted(), crowd.size());
  alice_.say("hello");
  bob_.sees("<alice> hello");
}

TEST_F(Descriptors, WaitingForOneCostsNoTimeAndIsLoggedOnce) {
  Crowd crowd(server_, 60);
  const Duration before = server_.process().cpu_time();
  std::this_thread::sleep_for(1500ms);  // the measurement itself
  EXPECT_LT(server_.process().cpu_time() - before, 500ms);
  EXPECT_EQ(count(server_.log(), "cannot accept"), 1u) << server_.log();
}

TEST_F(Descriptors, WhoWaitedIsServedWhenOthersLeave) {
  server_.expect_error("accepting again");
  Crowd crowd(server_, 60);
  std::size_t served = 0;
  ASSERT_TRUE(wait_until([&] {  // greetings come one after the other, up to a limit
    const std::size_t before = std::exchange(served, crowd.greeted());
    std::this_thread::sleep_for(300ms);
    return served > 0 && served == before;
  }));
  crowd.dismiss_greeted(served);
  EXPECT_TRUE(wait_until([&] { return crowd.greeted() == std::min(served, crowd.size()); }))
      << crowd.greeted() << " of " << crowd.size() << " served";
  alice_.say("and they hear us");
  bob_.sees("and they hear us");
}

TEST_F(Descriptors, RunningOutAgainLaterIsSaidAgain) {
  server_.expect_error("accepting again");
  {
    Crowd crowd(server_, 60);
    ASSERT_TRUE(wait_until([&] {  // the log may speak before the greetings have arrived
      crowd.dismiss_greeted(60);
      return contains(server_.log(), "accepting again");
    }));
  }
  EXPECT_TRUE(wait_until([&] { return contains(alice_.ask("/who"), "-- 2 in #lobby"); }));
  std::vector<Client> others;
  for (int i = 0; i < 60; ++i) others.emplace_back(server_.chat_port());
  EXPECT_TRUE(wait_until([&] { return count(server_.log(), "cannot accept") == 2; }));
}

TEST(SoftLimit, OfDescriptorsIsRaisedToTheHardOne) {
  Server server({}, {"prlimit", "--nofile=32:1000"});
  std::vector<Person> people;
  for (int i = 0; i < 200; ++i) people.push_back(server.guest());
  people.front().say("hello");
  people.back().sees("hello");
}

// Those beyond the table take descriptors as ever.
TEST(DirectSockets, HoldMorePeopleThanTheProcessMayOpenFiles) {
  Server server({"--ring", "io_uring", "--loops", "1", "--set", "direct_sockets=120", "--set",
                 "chat.digest_above=1000"},
                {"prlimit", "--nofile=120:120"});
  constexpr std::size_t kPeople = 150;
  const std::size_t before = server.process().descriptors();
  std::vector<Person> people;
  while (people.size() < kPeople) people.push_back(server.guest());
  EXPECT_EQ(server.process().descriptors() - before, kPeople - 120);
  people.front().say("hello");
  for (std::size_t i = 1; i < kPeople; ++i) people[i].sees("hello");
  const std::string last = people.back().ask("/who");
  EXPECT_TRUE(contains(last, "150 in #lobby")) << last;

  people.clear();  // their places are free again
  EXPECT_TRUE(wait_until([&] { return server.process().descriptors() == before; }));
  while (people.size() < 100) people.push_back(server.guest());
  EXPECT_EQ(server.process().descriptors(), before);
}

TEST(DirectSockets, BeyondWhatTheKernelAllowsAreRefusedAtTheStart) {
  const Outcome outcome =
      run({"prlimit", "--nofile=100:100", program("HUBBUBD"), "--ring", "io_uring", "--listen",
           "chat=127.0.0.1:0", "--set", "direct_sockets=101"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(contains(outcome.errors, "a table for 101 direct sockets: Too many open files"))
      << outcome.errors;
}

TEST(DirectSockets, AreNotToBeHadWithoutARingOfTheKernel) {
  Server server({"--ring", "epoll", "--set", "direct_sockets=10"});
  EXPECT_TRUE(contains(server.log(), "direct_sockets=10 is for io_uring")) << server.log();
  server.person("alice").say("hello");
}

}  // namespace
}  // namespace e2e
