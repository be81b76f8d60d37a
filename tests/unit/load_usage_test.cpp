// What processes use, also of those that are about to end.
#include <csignal>
#include <cstdint>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/load/scenario.hpp"
#include "client/load/usage.hpp"
#include "client/load/watched_process.hpp"

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

// A thread that has ended has used what it used.
TEST(Usage, OfAProcessCountsThreadsThatHaveEnded) {
  const auto before = cpu_of(::getpid());
  std::int64_t used_ns = 0;
  std::jthread([&] {
    while (used_ns < 20'000'000) used_ns = own_thread_cpu().total_ns;
  }).join();
  const auto after = cpu_of(::getpid());
  ASSERT_TRUE(before && after);
  EXPECT_GE(after->total_ns - before->total_ns, 20'000'000);
}

TEST(Usage, OfAProcessThatHasEndedThereIsNoneBeforeItsParentHeardOfIt) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(cpu_of(child));
  EXPECT_FALSE(memory_of(child));
  try {
    WatchedProcess watched(child);
    ADD_FAILURE() << "it was taken for a server";
  } catch (const CannotRun& refused) {
    EXPECT_EQ(refused.what(), fmt::format("process {} (--server-pid) has ended", child));
  }
  ::waitpid(child, nullptr, 0);
  try {
    WatchedProcess watched(child);
    ADD_FAILURE() << "it was taken for a server";
  } catch (const CannotRun& refused) {
    EXPECT_EQ(refused.what(), fmt::format("there is no process {} (--server-pid)", child));
  }
}

TEST(Usage, OfOneThatHasEndedThereIsNoneWhoeverComesAfterIt) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (;;) ::pause();
  }
  WatchedProcess watched(child);
  EXPECT_TRUE(watched.is_there() && watched.cpu() && watched.memory());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(watched.is_there());
  EXPECT_FALSE(watched.cpu());
  EXPECT_FALSE(watched.memory());
}

// The kernel's own are children of number 2.
TEST(Usage, OneOfTheKernelsIsNoServer) {
  if (!beginning_of(2) || memory_of(2)) GTEST_SKIP() << "number 2 is not the kernel's here";
  EXPECT_THROW(WatchedProcess{2}, CannotRun);
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
