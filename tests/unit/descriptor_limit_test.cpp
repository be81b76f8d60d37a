// The limit on descriptors, raised from one that a test lowered.
#include "core/descriptor_limit.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace core {
namespace {

TEST(DescriptorLimit, TheSoftLimitIsRaisedToTheHardOne) {
  rlimit original{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &original), 0);
  rlimit lowered = original;
  lowered.rlim_cur = 64;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &lowered), 0);

  const DescriptorLimit limit = raise_descriptor_limit();
  EXPECT_EQ(limit.before, 64u);
  EXPECT_EQ(limit.now, original.rlim_max);
  rlimit now{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &now), 0);
  EXPECT_EQ(now.rlim_cur, original.rlim_max);

  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &original), 0);
}

}  // namespace
}  // namespace core
