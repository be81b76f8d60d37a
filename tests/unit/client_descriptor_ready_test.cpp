// Waiting for descriptors that are no connections, on every ring.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "client/terminal/descriptor_ready.hpp"
#include "core/timeout.hpp"
#include "tests/unit/support.hpp"

namespace client {
namespace {

using namespace std::chrono_literals;

class ClientDescriptorReady : public core::support::EveryRingTest {
 protected:
  ClientDescriptorReady() : world_(make_ring()) {}
  void SetUp() override { ASSERT_EQ(::pipe2(pipe_, O_CLOEXEC), 0); }
  void TearDown() override {
    for (const int end : pipe_) ::close(end);
  }

  core::support::World world_;
  int pipe_[2] = {-1, -1};
};

core::Task<int> await_events(int descriptor, unsigned events) {
  co_return co_await DescriptorReady(descriptor, events);
}

core::Task<void> write_later(int descriptor) {
  co_await core::sleep(1ms);
  EXPECT_EQ(::write(descriptor, "x", 1), 1);
}

core::Task<int> await_late_write(int reader, int writer) {
  core::TaskHandle<void> late = core::current_loop().spawn(write_later(writer), "writer");
  const int events = co_await DescriptorReady(reader, POLLIN);
  co_await late;
  co_return events;
}

core::Task<bool> times_out(int descriptor) {
  try {
    co_await core::timeout(5ms, await_events(descriptor, POLLIN));
  } catch (const core::TimeoutError&) {
    co_return true;
  }
  co_return false;
}

TEST_P(ClientDescriptorReady, APipeIsReadableOnceSomethingIsInIt) {
  EXPECT_EQ(world_.run(await_late_write(pipe_[0], pipe_[1])), POLLIN);
}

TEST_P(ClientDescriptorReady, AnEmptyPipeIsWritable) {
  EXPECT_EQ(world_.run(await_events(pipe_[1], POLLOUT)), POLLOUT);
}

TEST_P(ClientDescriptorReady, ARegularFileIsReadyAtOnce) {
  const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(world_.run(await_events(file, POLLIN)), POLLIN);
  ::close(file);
}

TEST_P(ClientDescriptorReady, AWriterThatWentAwayIsSeen) {
  ::close(std::exchange(pipe_[1], -1));
  EXPECT_TRUE(world_.run(await_events(pipe_[0], POLLIN)) & POLLHUP);
}

TEST_P(ClientDescriptorReady, ACancelEndsTheWait) {
  EXPECT_TRUE(world_.run(times_out(pipe_[0])));
}

TEST_P(ClientDescriptorReady, IsReadyTellsWhatHoldsNow) {
  EXPECT_FALSE(is_ready(pipe_[0], POLLIN));
  EXPECT_TRUE(is_ready(pipe_[1], POLLOUT));
  EXPECT_EQ(::write(pipe_[1], "x", 1), 1);
  EXPECT_TRUE(is_ready(pipe_[0], POLLIN));
}

INSTANTIATE_TEST_SUITE_P(Ring, ClientDescriptorReady, core::support::kEveryRing,
                         core::support::ring_name);

}  // namespace
}  // namespace client
