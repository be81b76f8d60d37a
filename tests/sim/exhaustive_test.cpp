// The three races that every runtime of this kind has lost once, in every order there is: a timeout
// against data, a cancel against data, a close against a send; and their kin on the way in.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "core/listener.hpp"
#include "core/stream.hpp"
#include "core/timeout.hpp"
#include "tests/sim/scripted_peer.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using core::Stream;
using core::Task;
using namespace std::chrono_literals;

constexpr std::size_t kWindow = 64;

core::Address any_port() {
  return *core::Address::parse("127.0.0.1:0");
}

// A kernel in which each of these may happen, as often as there are choices left.
Odds everything_about_receiving() {
  Odds odds;
  odds.postponed = odds.last_of_many = odds.cancel_late = odds.beaten_cancel = 0.5;
  odds.no_buffer = 0.5;
  return odds;
}

// 9, 10 or 11 ms: before, together with and after what happens at 10 ms.
core::Duration around(World& world) {
  return 9ms + world.ring.choose().below(3) * 1ms;
}

Task<std::string> receive_once(Stream& stream) {
  const core::Received received = co_await stream.receive();
  co_return std::string(received.bytes());
}

Task<std::string> receive_rest(Stream& stream) {
  std::string rest;
  for (;;) {
    const core::Received received = co_await stream.receive();
    if (received.empty()) co_return rest;
    rest += received.bytes();
  }
}

Task<void> receive_with_timeout(World& world) {
  core::Listener listener(core::current_loop(), any_port());
  world.crowd.add<ScriptedPeer>(
      listener.address(), kWindow,
      std::vector<ScriptedPeer::Line>{{10ms, [](ScriptedPeer& peer) { peer.send("a"); }},
                                      {11ms, [](ScriptedPeer& peer) { peer.send("b"); }},
                                      {12ms, [](ScriptedPeer& peer) { peer.half_close(); }}});
  Stream stream = co_await listener.accept();
  world.ring.set_odds(everything_about_receiving());
  std::string all;
  try {
    all = co_await core::timeout(around(world), receive_once(stream));
  } catch (const core::TimeoutError&) {
    // Then it is there for the next.
  }
  all += co_await receive_rest(stream);
  if (all != "ab") world.findings.add("received '" + all + "' and not 'ab'");
  if (core::current_task().cancelling() != 0) world.findings.add("a request to stop is left over");
}

TEST(EveryOrder, OfATimeoutAndDataLosesNoByte) {
  const auto runs =
      exhaust(12, {}, [](World& world) { world.run([&] { return receive_with_timeout(world); }); });
  EXPECT_GT(runs, 100U);
}

Task<void> receive_into(Stream& stream, std::string& all) {
  all += co_await receive_once(stream);
}

Task<void> receive_and_cancel(World& world) {
  core::Listener listener(core::current_loop(), any_port());
  world.crowd.add<ScriptedPeer>(
      listener.address(), kWindow,
      std::vector<ScriptedPeer::Line>{{10ms, [](ScriptedPeer& peer) { peer.send("a"); }},
                                      {10ms, [](ScriptedPeer& peer) { peer.send("b"); }},
                                      {11ms, [](ScriptedPeer& peer) { peer.hang_up(); }}});
  Stream stream = co_await listener.accept();
  world.ring.set_odds(everything_about_receiving());
  std::string all;
  core::TaskHandle<void> reader = core::current_loop().spawn(receive_into(stream, all), "reader");
  co_await core::sleep(around(world));
  if (world.ring.choose().chance(0.5)) co_await core::sleep(0ms);
  reader.cancel();
  try {
    co_await reader;
  } catch (const core::Cancelled&) {
    if (!all.empty()) world.findings.add("a result was lost to a cancel");
  }
  all += co_await receive_rest(stream);
  if (all != "ab") world.findings.add("received '" + all + "' and not 'ab'");
}

TEST(EveryOrder, OfACancelAndDataLosesNoByte) {
  const auto runs =
      exhaust(12, {}, [](World& world) { world.run([&] { return receive_and_cancel(world); }); });
  EXPECT_GT(runs, 100U);
}

Task<void> send_and_close(World& world, ScriptedPeer*& peer) {
  core::Listener listener(core::current_loop(), any_port());
  const auto reads = [](ScriptedPeer& one) { one.read(3); };
  peer = &world.crowd.add<ScriptedPeer>(
      listener.address(), 4,
      std::vector<ScriptedPeer::Line>{{9ms, reads}, {10ms, reads}, {11ms, reads}, {20ms, reads}});
  auto stream = std::make_unique<Stream>(co_await listener.accept());
  Odds odds;
  odds.postponed = odds.short_send = odds.flushed = odds.cancel_late = odds.beaten_cancel = 0.5;
  world.ring.set_odds(odds);
  stream->outflow().append("0123456789");
  co_await core::sleep(around(world));
  if (world.ring.choose().chance(0.5)) stream->outflow().append("abc");
  if (world.ring.choose().chance(0.5)) co_await core::sleep(0ms);
  stream.reset();
  co_await core::sleep(20ms);
}

TEST(EveryOrder, OfACloseAndASendKeepsThePrefix) {
  const auto runs = exhaust(11, {}, [](World& world) {
    ScriptedPeer* peer = nullptr;
    world.run([&] { return send_and_close(world, peer); });
    if (!std::string("0123456789abc").starts_with(peer->received)) {
      world.findings.add("'" + peer->received + "' is no prefix");
    }
  });
  EXPECT_GT(runs, 100U);
}

Task<void> send_while_the_peer_vanishes(World& world) {
  core::Listener listener(core::current_loop(), any_port());
  world.crowd.add<ScriptedPeer>(
      listener.address(), kWindow,
      std::vector<ScriptedPeer::Line>{{9ms, [](ScriptedPeer& peer) { peer.send("half a l"); }},
                                      {10ms, [](ScriptedPeer& peer) { peer.vanish(); }}});
  Stream stream = co_await listener.accept();
  Odds odds = everything_about_receiving();
  odds.flushed = 0.5;
  world.ring.set_odds(odds);
  core::TaskHandle<std::string> reader = core::current_loop().spawn(receive_rest(stream), "reader");
  co_await core::sleep(around(world));
  stream.outflow().append("x");
  if (world.ring.choose().chance(0.5)) co_await core::sleep(0ms);
  stream.outflow().append("y");
  co_await reader;
  if (stream.end_error() == 0) world.findings.add("a reset passed for an orderly end");
}

TEST(EveryOrder, OfAResetAndASendIsNoOrderlyEnd) {
  const auto runs = exhaust(
      12, {}, [](World& world) { world.run([&] { return send_while_the_peer_vanishes(world); }); });
  EXPECT_GT(runs, 100U);
}

Task<void> finish_within_a_time(World& world, ScriptedPeer*& peer) {
  core::Listener listener(core::current_loop(), any_port());
  const auto reads = [](ScriptedPeer& one) { one.read(8); };
  peer = &world.crowd.add<ScriptedPeer>(
      listener.address(), 4,
      std::vector<ScriptedPeer::Line>{{9ms, reads}, {10ms, reads}, {11ms, reads}, {12ms, reads}});
  Stream stream = co_await listener.accept();
  Odds odds;
  odds.postponed = odds.short_send = odds.cancel_late = odds.beaten_cancel = 0.5;
  world.ring.set_odds(odds);
  stream.outflow().append("0123456789");
  co_await stream.finish(around(world));
}

TEST(EveryOrder, OfAFinishAndItsLimitKeepsThePrefix) {
  const auto runs = exhaust(10, {}, [](World& world) {
    ScriptedPeer* peer = nullptr;
    world.run([&] { return finish_within_a_time(world, peer); });
    if (!std::string("0123456789").starts_with(peer->received)) {
      world.findings.add("'" + peer->received + "' is no prefix");
    }
  });
  EXPECT_GT(runs, 100U);
}

Task<Stream> accept_once(core::Listener& listener) {
  co_return co_await listener.accept();
}

Task<void> accept_with_timeout(World& world) {
  core::Listener listener(core::current_loop(), any_port());
  Odds odds;
  odds.postponed = odds.last_of_many = odds.cancel_late = odds.beaten_cancel = 0.5;
  odds.accept_fails = 0.5;
  world.ring.set_odds(odds);
  for (int i = 0; i < 2; ++i) {
    world.crowd.add<ScriptedPeer>(listener.address(), kWindow,
                                  std::vector<ScriptedPeer::Line>{{2ms, [](ScriptedPeer&) {}}});
  }
  try {
    const Stream stream =
        co_await core::timeout(world.ring.choose().below(2) * 1ms, accept_once(listener));
  } catch (const core::TimeoutError&) {
    // The listener closes what was accepted meanwhile.
  }
}

TEST(EveryOrder, OfATimeoutAndAnAcceptLeaksNoDescriptor) {
  const auto runs = exhaust(11, {}, [](World& world) {
    world.expects = {"cannot accept", "accepting again"};
    world.run([&] { return accept_with_timeout(world); });
  });
  EXPECT_GT(runs, 100U);
}

Task<void> connect_with_timeout(World& world) {
  core::Listener listener(core::current_loop(), any_port());
  Odds odds;
  odds.postponed = odds.cancel_late = odds.beaten_cancel = odds.accept_fails = 0.5;
  odds.early_return = 0.5;
  world.ring.set_odds(odds);
  try {
    const Stream stream = co_await core::timeout(world.ring.choose().below(2) * 1ms,
                                                 Stream::connect(listener.address()));
  } catch (const core::TimeoutError&) {
  } catch (const std::system_error&) {
  }
}

TEST(EveryOrder, OfATimeoutAndAConnectLeaksNoDescriptor) {
  const auto runs =
      exhaust(10, {}, [](World& world) { world.run([&] { return connect_with_timeout(world); }); });
  EXPECT_GT(runs, 20U);
}

}  // namespace
}  // namespace sim
