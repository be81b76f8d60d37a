// Streams and listeners under every turn of a kernel: nothing is lost, doubled or swapped, and
// nothing is left.
#include "core/stream.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/listener.hpp"
#include "core/timeout.hpp"
#include "tests/sim/random_peer.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using core::Stream;
using core::Task;
using namespace std::chrono_literals;

// A service: what is done with one connection. The third is where it may leave what it read.
using Service = Task<void> (*)(World&, Stream, std::string&);

core::Address any_port() {
  return *core::Address::parse("127.0.0.1:0");
}

core::Duration short_time(Choose& choose) {
  return std::chrono::microseconds(choose.magnitude(10, 100'000));
}

// One after another, whatever the network does to some.
Task<void> accept_all(World& world, core::Listener& listener, Service service,
                      std::vector<std::unique_ptr<std::string>>& read) {
  for (;;) {
    Stream stream = co_await listener.accept();
    read.push_back(std::make_unique<std::string>());
    core::current_loop().spawn(service(world, std::move(stream), *read.back()), "service").detach();
  }
}

struct Outcome {
  std::vector<RandomPeer*> peers;
  std::vector<std::unique_ptr<std::string>> read;
};

// Bytes that each peer sends.
struct Bytes {
  std::size_t least = 1, most = 5000;
};

Task<void> serve(World& world, std::size_t peers, Bytes bytes, Service service, Outcome& outcome) {
  core::Listener listener(core::current_loop(), any_port());
  Choose& choose = world.ring.choose();
  for (std::size_t i = 0; i < peers; ++i) {
    outcome.peers.push_back(&world.crowd.add<RandomPeer>(
        listener.address(), numbered_lines(choose, choose.magnitude(bytes.least, bytes.most))));
  }
  core::TaskHandle<void> acceptor =
      core::current_loop().spawn(accept_all(world, listener, service, outcome.read), "accept");
  while (!world.crowd.finished()) co_await core::sleep(10ms);
  acceptor.cancel();
  try {
    co_await acceptor;
  } catch (const core::Cancelled&) {
    // As asked.
  }
}

Outcome run(World& world, Service service, std::size_t peers = 4, Bytes bytes = {}) {
  Outcome outcome;
  world.expects = {"cannot accept", "accepting again"};
  world.run([&] { return serve(world, peers, bytes, service, outcome); });
  for (const RandomPeer* const peer : outcome.peers) {
    if (peer->gave_up()) world.findings.add("a peer was never served to its end");
  }
  return outcome;
}

void expect_echo(World& world, const Outcome& outcome) {
  for (const RandomPeer* const peer : outcome.peers) {
    const std::string_view sent = std::string_view(peer->bytes()).substr(0, peer->sent());
    if (!sent.starts_with(peer->received())) {
      world.findings.add("what came back is no prefix of what was sent");
    }
    const bool whole = peer->clean() && peer->ending() == RandomPeer::Ending::kOrderly;
    if (whole && peer->received() != peer->bytes()) {
      world.findings.add(fmt::format("of {} bytes {} came back after an orderly end",
                                     peer->bytes().size(), peer->received().size()));
    }
  }
}

// Every connection was read up to some point of what one of the peers sent; all of it, where the
// peer ended in order.
void expect_read(World& world, const Outcome& outcome) {
  const auto stems_from = [](const std::string& read, const RandomPeer* peer) {
    return std::string_view(peer->bytes()).substr(0, peer->sent()).starts_with(read);
  };
  for (const auto& read : outcome.read) {
    if (std::none_of(outcome.peers.begin(), outcome.peers.end(),
                     [&](const RandomPeer* peer) { return stems_from(*read, peer); })) {
      world.findings.add("what was read was sent by nobody");
    }
  }
  for (const RandomPeer* const peer : outcome.peers) {
    if (!peer->clean() || peer->ending() != RandomPeer::Ending::kOrderly) continue;
    if (std::none_of(outcome.read.begin(), outcome.read.end(),
                     [&](const auto& read) { return *read == peer->bytes(); })) {
      world.findings.add("what was sent in full was not read in full");
    }
  }
}

// --- Echo, in each way of reading. ---

Task<void> echo_bytes(World&, Stream stream, std::string&) {
  for (;;) {
    core::Received received = co_await stream.receive();
    if (received.empty()) break;
    const std::string bytes(received.bytes());
    received.release();
    co_await stream.write(bytes);
  }
  co_await stream.finish(20min);
}

Task<void> echo_by_count(World& world, Stream stream, std::string&) {
  try {
    for (;;) {
      const std::size_t count = world.ring.choose().magnitude(1, 3000);
      const std::string bytes = co_await stream.read_exactly(count);
      co_await stream.write(bytes);
    }
  } catch (const core::IncompleteRead& end) {
    stream.outflow().append(end.partial);
  }
  co_await stream.finish(20min);
}

TEST(SimulatedStream, EchoesWhatItIsSent) {
  for_each_seed([](World& world) { expect_echo(world, run(world, echo_bytes)); });
}

TEST(SimulatedStream, EchoesWhatIsReadByCount) {
  for_each_seed([](World& world) { expect_echo(world, run(world, echo_by_count)); });
}

// --- Reading that is interrupted loses nothing. ---

// Each attempt at reading is given up after a while, and made again.
template <class T>
Task<std::optional<T>> patiently(World& world, Task<T> (*attempt)(Stream&), Stream& stream) {
  for (;;) {
    try {
      co_return co_await core::timeout(short_time(world.ring.choose()), attempt(stream));
    } catch (const core::TimeoutError&) {
      continue;
    }
  }
}

Task<std::string> receive_once(Stream& stream) {
  const core::Received received = co_await stream.receive();
  co_return std::string(received.bytes());
}

Task<std::optional<std::string>> line_once(Stream& stream) {
  return stream.read_line();
}

Task<void> receive_under_timeouts(World& world, Stream stream, std::string& read) {
  for (;;) {
    const std::optional<std::string> bytes = co_await patiently(world, receive_once, stream);
    if (bytes->empty()) co_return;
    read += *bytes;
  }
}

// Keeps no line ends: compares lines.
Task<void> lines_under_timeouts(World& world, Stream stream, std::string& read) {
  for (;;) {
    const auto line = co_await patiently(world, line_once, stream);
    if (!*line) co_return;
    read += **line + "\n";
  }
}

std::string with_plain_line_ends(std::string_view bytes) {
  std::string plain;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != '\r' || i + 1 == bytes.size() || bytes[i + 1] != '\n') plain += bytes[i];
  }
  if (!plain.empty() && plain.back() != '\n') plain += '\n';
  return plain;
}

TEST(SimulatedStream, ReceivingUnderTimeoutsLosesNothing) {
  for_each_seed([](World& world) { expect_read(world, run(world, receive_under_timeouts)); });
}

TEST(SimulatedStream, ReadingLinesUnderTimeoutsLosesNone) {
  for_each_seed([](World& world) {
    const Outcome outcome = run(world, lines_under_timeouts);
    for (const RandomPeer* const peer : outcome.peers) {
      if (!peer->clean() || peer->ending() != RandomPeer::Ending::kOrderly) continue;
      const std::string sent = with_plain_line_ends(peer->bytes());
      if (std::none_of(outcome.read.begin(), outcome.read.end(),
                       [&](const auto& read) { return *read == sent; })) {
        world.findings.add("lines that were sent in full were not read in full");
      }
    }
  });
}

Task<void> read_by_count(Stream& stream, std::string& read) {
  try {
    for (;;) {
      // At once: a cancel comes at the next suspension.
      const std::string some = co_await stream.read_exactly(7);
      read += some;
    }
  } catch (const core::IncompleteRead& end) {
    read += end.partial;
  }
}

Task<void> read_to_end(Stream& stream, std::string& read) {
  for (;;) {
    const core::Received received = co_await stream.receive();
    if (received.empty()) co_return;
    read += received.bytes();
  }
}

// A reader that is cancelled again and again, and begun anew.
Task<void> read_under_cancels(World& world, Stream stream, std::string& read) {
  Choose& choose = world.ring.choose();
  for (;;) {
    core::TaskHandle<void> reader = core::current_loop().spawn(
        choose.chance(0.5) ? read_by_count(stream, read) : read_to_end(stream, read), "reader");
    co_await core::sleep(short_time(choose));
    if (choose.chance(0.5)) co_await core::sleep(0ms);
    reader.cancel();
    try {
      co_await reader;
      co_return;
    } catch (const core::Cancelled&) {
      if (core::current_task().cancelling() > 0) throw;
    }
  }
}

TEST(SimulatedStream, ReadingUnderCancelsLosesNothing) {
  for_each_seed([](World& world) { expect_read(world, run(world, read_under_cancels)); });
}

// Looks away for so long that more has come than is kept, a few times.
Task<void> read_now_and_then(World& world, Stream stream, std::string& read) {
  Choose& choose = world.ring.choose();
  for (int looks = 20;;) {
    core::Received received = co_await stream.receive();
    if (received.empty()) co_return;
    read += received.bytes();
    received.release();
    if (looks > 0 && choose.chance(0.1)) {
      --looks;
      co_await core::sleep(choose.magnitude(1, 5000) * 1ms);
    }
  }
}

TEST(SimulatedStream, AReaderThatLooksAwayLosesNothing) {
  constexpr Bytes kMoreThanIsKept{.least = Stream::kUnreadMost, .most = 4 * Stream::kUnreadMost};
  for_each_seed(
      [](World& world) {
        // A receive that ends by itself while nobody reads never brings too much.
        if (world.ring.choose().chance(0.5)) world.ring.calm_down();
        expect_read(world, run(world, read_now_and_then, 3, kMoreThanIsKept));
      },
      4);
}

// --- Writing. ---

std::string a_lot(Choose& choose) {
  return numbered_lines(choose, choose.magnitude(1, 20'000));
}

// Writes with all the means there are and leaves at some point, with or without an end in order.
Task<void> write_and_leave(World& world, Stream stream, std::string& written) {
  Choose& choose = world.ring.choose();
  const std::string bytes = a_lot(choose);
  const bool finishes = choose.chance(0.5);
  const std::size_t leaves_at = finishes ? bytes.size() : choose.below(bytes.size() + 1);
  while (written.size() < leaves_at) {
    const std::size_t size = choose.magnitude(1, 10'000);
    const std::string_view piece = std::string_view(bytes).substr(written.size(), size);
    written += piece;
    if (choose.chance(0.5)) {
      stream.outflow().append(piece);
      continue;
    }
    try {
      co_await core::timeout(short_time(choose),
                             [](Stream& to, std::string_view what) -> Task<void> {
                               co_await to.write(what);
                             }(stream, piece));
    } catch (const core::TimeoutError&) {
      // It is owed all the same.
    }
  }
  if (finishes) {
    co_await stream.finish(20min);
  } else if (choose.chance(0.5)) {
    co_await stream.finish(short_time(choose));
  }
}

TEST(SimulatedStream, WhatArrivesIsAPrefixOfWhatWasWrittenHoweverTheWriterLeaves) {
  for_each_seed([](World& world) {
    const Outcome outcome = run(world, write_and_leave);
    for (const RandomPeer* const peer : outcome.peers) {
      if (std::none_of(
              outcome.read.begin(), outcome.read.end(),
              [&](const auto& written) { return written->starts_with(peer->received()); }) &&
          !peer->received().empty()) {
        world.findings.add("what arrived is no prefix of what was written");
      }
    }
  });
}

// --- Connecting: both ends are streams of one loop. ---

Task<void> call(World& world, core::Address to, std::size_t& done) {
  Choose& choose = world.ring.choose();
  const std::string bytes = numbered_lines(choose, choose.magnitude(1, 5000));
  try {
    Stream stream = co_await core::timeout(short_time(choose), Stream::connect(to));
    stream.outflow().append(bytes);
    std::string back;
    while (back.size() < bytes.size()) {
      const core::Received received = co_await stream.receive();
      if (received.empty()) break;
      back += received.bytes();
    }
    if (!bytes.starts_with(back)) world.findings.add("what came back was not sent");
    if (back != bytes && stream.end_error() == 0 && world.ring.injected() == 0)
      world.findings.add("the echo ended early");
    if (choose.chance(0.5)) co_await stream.finish(1s);
  } catch (const core::TimeoutError&) {
    // It took too long to connect.
  } catch (const std::system_error&) {
    // It was refused.
  }
  ++done;
}

Task<void> call_each_other(World& world) {
  core::Listener listener(core::current_loop(), any_port());
  std::vector<std::unique_ptr<std::string>> ignored;
  core::TaskHandle<void> acceptor =
      core::current_loop().spawn(accept_all(world, listener, echo_bytes, ignored), "accept");
  constexpr std::size_t kCalls = 8;
  std::size_t done = 0;
  for (std::size_t i = 0; i < kCalls; ++i) {
    core::current_loop().spawn(call(world, listener.address(), done), "call").detach();
  }
  while (done < kCalls) co_await core::sleep(10ms);
  acceptor.cancel();
  try {
    co_await acceptor;
  } catch (const core::Cancelled&) {
    // As asked.
  }
}

TEST(SimulatedStream, CallsOfOneLoopToItselfComeBackWholeOrFail) {
  for_each_seed([](World& world) {
    world.expects = {"cannot accept", "accepting again"};
    world.run([&] { return call_each_other(world); });
  });
}

// --- Listening. ---

Task<void> hang_up(World&, Stream, std::string&) {
  co_return;
}

Task<void> accept_under_timeouts(World& world, core::Listener& listener) {
  for (;;) {
    try {
      const Stream stream = co_await core::timeout(
          short_time(world.ring.choose()),
          [](core::Listener& at) -> Task<Stream> { co_return co_await at.accept(); }(listener));
    } catch (const core::TimeoutError&) {
      continue;
    }
  }
}

// The listener may go while connections are waiting in it, or are just being accepted.
Task<void> listen_for_a_while(World& world, std::size_t peers) {
  auto listener = std::make_unique<core::Listener>(core::current_loop(), any_port());
  for (std::size_t i = 0; i < peers; ++i) {
    world.crowd.add<RandomPeer>(listener->address(), "hello");
  }
  core::TaskHandle<void> acceptor =
      core::current_loop().spawn(accept_under_timeouts(world, *listener), "accept");
  co_await core::sleep(short_time(world.ring.choose()));
  acceptor.cancel();
  try {
    co_await acceptor;
  } catch (const core::Cancelled&) {
    // As asked.
  }
  if (world.ring.choose().chance(0.5)) co_await core::sleep(short_time(world.ring.choose()));
  listener.reset();
  while (!world.crowd.finished()) co_await core::sleep(10ms);
}

TEST(SimulatedListener, LosesNoDescriptorHoweverItsAcceptsEnd) {
  for_each_seed([](World& world) {
    world.expects = {"cannot accept", "accepting again"};
    world.run([&] { return listen_for_a_while(world, 20); });
  });
}

TEST(SimulatedListener, ServesEverybodyWithFewDescriptors) {
  for_each_seed([](World& world) {
    world.ring.limit_descriptors(world.ring.choose().between(2, 6));
    expect_echo(world, run(world, echo_bytes, 12, {.least = 1, .most = 500}));
  });
}

TEST(SimulatedListener, HangingUpAtOnceLeavesNothing) {
  for_each_seed([](World& world) { run(world, hang_up, 20); });
}

}  // namespace
}  // namespace sim
