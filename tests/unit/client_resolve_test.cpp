// From a host to addresses, without a network.
#include <gtest/gtest.h>

#include "client/terminal/resolve.hpp"
#include "core/timeout.hpp"
#include "tests/unit/support.hpp"

namespace client {
namespace {

using namespace std::chrono_literals;

Resolution resolved(std::string_view host) {
  core::support::World world;
  return world.run(resolve({.host = std::string(host), .port = 7000}));
}

core::Task<bool> abandon_look_up() {
  const Endpoint endpoint{.host = "localhost", .port = 7000};
  try {
    co_await core::timeout(0ms, resolve(endpoint));
  } catch (const core::TimeoutError&) {
    co_return true;
  }
  co_return false;
}

TEST(ClientResolve, ANumericAddressIsTakenAsItIs) {
  const Resolution v4 = resolved("10.1.2.3");
  ASSERT_EQ(v4.addresses.size(), 1u);
  EXPECT_EQ(v4.addresses[0].to_string(), "10.1.2.3:7000");
  const Resolution v6 = resolved("::1");
  ASSERT_EQ(v6.addresses.size(), 1u);
  EXPECT_EQ(v6.addresses[0].to_string(), "[::1]:7000");
}

TEST(ClientResolve, ANameIsLookedUp) {
  const Resolution resolution = resolved("localhost");
  EXPECT_EQ(resolution.failure, "");
  ASSERT_FALSE(resolution.addresses.empty());
  for (const core::Address& address : resolution.addresses) {
    EXPECT_TRUE(address.is_loopback());
    EXPECT_EQ(address.port(), 7000);
  }
}

TEST(ClientResolve, ANameThatCannotBeFoundIsASentence) {
  const Resolution resolution = resolved("a..b");
  EXPECT_TRUE(resolution.addresses.empty());
  EXPECT_EQ(resolution.failure.find("cannot find a..b: "), 0u) << resolution.failure;
}

TEST(ClientResolve, ALookUpThatIsAbandonedOutlivesNothing) {
  for (int i = 0; i < 20; ++i) {
    core::support::World world;
    world.run(abandon_look_up());  // its thread may end before the loop does, or after
  }
}

}  // namespace
}  // namespace client
