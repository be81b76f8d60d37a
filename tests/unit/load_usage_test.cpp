// What processes use, also of those that are about to end.
#include <thread>

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/load/usage.hpp"

namespace load {
namespace {

TEST(Usage, OfARunningProcessThereIsTimeAndMemory) {
  const auto time = cpu_of(::getpid());
  ASSERT_TRUE(time);
  EXPECT_GT(time->total_ns, 0);
  const auto memory = memory_of(::getpid());
  ASSERT_TRUE(memory);
  EXPECT_GT(memory->resident_bytes, 0u);
}

TEST(Usage, OfAProcessThatIsNotThereThereIsNone) {
  EXPECT_FALSE(cpu_of(-1));
  EXPECT_FALSE(memory_of(-1));
}

// The end falls between opening a file of /proc and reading it, now and then.
TEST(Usage, TheEndOfAProcessWhileItIsLookedAtIsNoError) {
  for (int i = 0; i < 200; ++i) {
    char name[] = "true";
    char* const arguments[] = {name, nullptr};
    pid_t child = 0;
    ASSERT_EQ(::posix_spawnp(&child, name, nullptr, nullptr, arguments, ::environ), 0);
    const std::jthread reaper([child] { ::waitpid(child, nullptr, 0); });
    ASSERT_NO_THROW({
      while (cpu_of(child) && memory_of(child)) continue;
    });
  }
}

}  // namespace
}  // namespace load
