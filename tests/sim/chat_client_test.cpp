// The simulated people themselves: they do what people can do, and nothing else.
#include "tests/sim/chat_client.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "core/listener.hpp"
#include "core/stream.hpp"
#include "core/timeout.hpp"
#include "tests/sim/scribe.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using core::Task;
using namespace std::chrono_literals;

core::Listener listen_for(Evening& evening) {
  core::Listener listener(core::current_loop(), *core::Address::parse("127.0.0.1:0"));
  evening.chat = listener.address();
  return listener;
}

// A server that never reads, says a lot, and resets the connection.
Task<void> be_reset_while_there_is_much_to_read(World& world, Evening& evening) {
  core::Listener listener = listen_for(evening);
  evening.open = true;
  constexpr std::size_t kActions = 1'000'000;  // more than it will come to
  world.crowd.add<ChatClient>(evening, 0U, kActions);
  std::optional<core::Stream> stream = co_await listener.accept();
  for (int i = 0; i < 10'000; ++i) stream->outflow().append("-- hello\r\n");
  co_await core::sleep(100ms);
  evening.shutting_down = true;  // so it has been disconnected for a reason
  stream.reset();
  co_await core::sleep(1ms);
  const std::size_t said = evening.ledger.messages();
  co_await core::sleep(60s);
  if (evening.ledger.messages() != said) evening.findings.add("it talks to nobody");
}

TEST(SimulatedPerson, WhoseConnectionIsGoneSaysNoMore) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    SeededChoose choose(seed);
    World world(choose, {});
    Evening evening(world.findings);
    evening.rooms = {"#lobby"};
    world.run([&] { return be_reset_while_there_is_much_to_read(world, evening); });
    EXPECT_TRUE(world.findings.empty()) << world.findings.text();
  }
}

Task<void> welcome_the_scribe(World& world, Evening& evening) {
  core::Listener listener = listen_for(evening);
  world.crowd.add<Scribe>(evening);
  core::Stream stream = co_await listener.accept();
  stream.write("-- you are now in #lobby (1 here)\r\n-- you are now in #attic (1 here)\r\n");
  co_await core::sleep(1s);
  EXPECT_FALSE(evening.open);
  stream.write("-- you are now known as scribe\r\n");
  co_await core::sleep(1s);
  EXPECT_TRUE(evening.open);
  evening.shutting_down = true;
}

TEST(SimulatedScribe, LetsOthersComeWhenItIsInEveryRoomAndHasItsName) {
  SeededChoose choose(1);
  World world(choose, {});
  Evening evening(world.findings);
  evening.rooms = {"#lobby", "#attic"};
  world.run([&] { return welcome_the_scribe(world, evening); });
  EXPECT_TRUE(world.findings.empty()) << world.findings.text();
}

}  // namespace
}  // namespace sim
