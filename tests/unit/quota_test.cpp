#include "server/quota.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "server/config.hpp"

namespace server {
namespace {

core::Address address(const std::string& host) {
  return core::Address::parse(host + ":4000").value();
}

TEST(Quota, IsOfAnAddressAndOfAllTogether) {
  Quota quota;
  const std::vector<core::Network> trusted = Config().limits.trusted;
  const Quota::Limits limits{5, 2, trusted};
  std::vector<Quota::Share> shares;
  for (int i = 0; i < 2; ++i) shares.push_back(quota.take(address("192.0.2.1"), limits));
  EXPECT_FALSE(quota.take(address("192.0.2.1"), limits));
  EXPECT_FALSE(quota.is_full(limits));
  for (int i = 0; i < 3; ++i) shares.push_back(quota.take(address("127.0.0.1"), limits));
  for (const auto& share : shares) EXPECT_TRUE(share) << "those who are trusted have any number";
  EXPECT_TRUE(quota.is_full(limits));
  EXPECT_FALSE(quota.take(address("127.0.0.1"), limits)) << "but all together have so many";
  shares.erase(shares.begin());
  EXPECT_EQ(quota.taken(), 4u);
  EXPECT_TRUE(quota.take(address("192.0.2.1"), limits)) << "what was given back is there again";
  shares.clear();
  EXPECT_EQ(quota.taken(), 0u);
}

}  // namespace
}  // namespace server
