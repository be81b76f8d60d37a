// resolve(): numeric addresses at once, names by the system, failures with a sentence.
#include "core/resolve.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/support.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using support::World;

class ResolveTest : public ::testing::Test {
 protected:
  std::vector<Address> look_up(const std::string& host, std::uint16_t port = 7777) {
    return world_.run(resolve(executor_, host, port));
  }
  std::string failure(const std::string& host) {
    try {
      look_up(host);
    } catch (const ResolveError& error) {
      return error.what();
    }
    return "none";
  }

  World world_;
  Executor executor_{1};
};

TEST_F(ResolveTest, ANumericAddressIsTakenAsItIs) {
  EXPECT_EQ(look_up("10.1.2.3"), std::vector<Address>{*Address::parse("10.1.2.3:7777")});
  EXPECT_EQ(look_up("::1", 0), std::vector<Address>{*Address::parse("[::1]:0")});
  EXPECT_EQ(look_up("fe80::1%lo"), std::vector<Address>{*Address::parse("[fe80::1%lo]:7777")});
}

TEST_F(ResolveTest, ANumericAddressNeedsNoThread) {
  constexpr auto body = [](Executor& executor) -> Task<void> {
    const Time before = current_loop().now();
    co_await resolve(executor, "127.0.0.1", 1);
    EXPECT_EQ(current_loop().now(), before) << "not even a pass";
  };
  world_.run(body(executor_));
}

TEST_F(ResolveTest, LocalhostIsFoundByTheSystemWithThePort) {
  const std::vector<Address> addresses = look_up("localhost", 4711);
  ASSERT_FALSE(addresses.empty());
  for (const Address& address : addresses) {
    EXPECT_TRUE(address.is_loopback()) << address.to_string();
    EXPECT_EQ(address.port(), 4711);
  }
}

TEST_F(ResolveTest, AnAddressIsGivenOnce) {
  const std::vector<Address> addresses = look_up("localhost");
  for (const Address& address : addresses) {
    EXPECT_EQ(std::count(addresses.begin(), addresses.end(), address), 1);
  }
}

TEST_F(ResolveTest, AHostThatCannotBeFoundIsAnErrorThatNamesIt) {
  const std::string label(64, 'x');  // one more than a label may have
  EXPECT_EQ(failure(label).rfind("cannot find " + label + ": ", 0), 0U) << failure(label);
}

TEST_F(ResolveTest, WhatIsNoNameIsNotLookedUp) {
  EXPECT_EQ(failure(""), "cannot find : it is no name");
  EXPECT_NE(failure(std::string("localhost\0.example", 18)), "none");
}

TEST_F(ResolveTest, AWaitThatIsGivenUpEndsAtOnce) {
  constexpr auto body = [](Executor& executor) -> Task<bool> {
    TaskHandle<std::vector<Address>> handle =
        current_loop().spawn(resolve(executor, "localhost", 1), "look-up");
    while (handle.context().operation() == nullptr) co_await sleep(0s);
    EXPECT_STREQ(handle.context().operation(), "thread");
    handle.cancel();
    try {
      co_await handle;
    } catch (const Cancelled&) {
    }
    co_return handle.cancelled();
  };
  EXPECT_TRUE(world_.run(body(executor_)));
}

}  // namespace
}  // namespace core
