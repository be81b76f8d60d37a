// The examples of core/README.md, compiled and run. They stand between markers; a test compares
// them with the README's, so that neither can be changed without the other.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/executor.hpp"
#include "core/gather.hpp"
#include "core/listener.hpp"
#include "core/run.hpp"
#include "core/spawn.hpp"
#include "core/task_group.hpp"
#include "core/timeout.hpp"
#include "tests/unit/scripted_test.hpp"

namespace {

using namespace std::chrono_literals;
using core::Address;
using core::support::ScriptedTest;
using core::support::World;

// What it is that the examples fetch.
core::Task<std::string> fetch(std::string name) {
  if (name == "slow") co_await core::sleep(1h);
  co_await core::sleep(1s);
  if (name == "broken") throw std::runtime_error("it is broken");
  co_return name + "!";
}

// [echo]
core::Task<void> echo(core::Stream peer) {
  while (const auto line = co_await peer.read_line()) co_await peer.write(*line + "\n");
}

core::Task<void> serve(core::Listener listener) {
  for (;;) {
    core::Stream peer = co_await listener.accept();
    core::spawn("echo", echo, std::move(peer)).detach();
  }
}
// [end]

// [run]
core::Task<void> serve_at(core::Address address) {
  core::Listener listener(core::current_loop(), address);
  co_await serve(std::move(listener));
}

void serve_for(core::Duration time, const core::Address& address) {
  try {
    core::run(core::timeout(time, serve_at(address)));
  } catch (const core::TimeoutError&) {
    std::cout << "closing time\n";
  }
}
// [end]

// [impatient]
core::Task<void> echo_impatiently(core::Stream peer) {
  try {
    while (const auto line = co_await core::timeout(30s, peer.read_line())) {
      co_await peer.write(*line + "\n");
    }
  } catch (const core::TimeoutError&) {
    peer.write("Are you still there?\n");  // not awaited: a handler cannot
  }
  co_await peer.finish(5s);  // sends what is owed
}
// [end]

// [cancel]
core::Task<void> tick(std::vector<std::string>& log) {
  try {
    for (;;) {
      log.push_back("tick");
      co_await core::sleep(1s);
    }
  } catch (const core::Cancelled&) {
    log.push_back("stopped");
    throw;
  }
}

core::Task<void> tick_for_a_while(std::vector<std::string>& log) {
  core::TaskHandle<void> clock = core::spawn("clock", tick, std::ref(log));
  co_await core::sleep(2500ms);
  clock.cancel();
  log.push_back("asked it to stop");
}
// [end]

// [gather]
core::Task<std::string> fetch_both() {
  const auto both = co_await core::gather(fetch("one"), fetch("two"));
  co_return std::get<0>(both) + " " + std::get<1>(both);
}
// [end]

// [group]
core::Task<void> fetch_into(std::vector<std::string>& pages, std::string name) {
  pages.push_back(co_await fetch(std::move(name)));
}

core::Task<std::vector<std::string>> fetch_all(std::vector<std::string> names) {
  std::vector<std::string> pages;
  auto body = [&](core::TaskGroup& group) -> core::Task<void> {
    for (const std::string& name : names) group.spawn(fetch_into(pages, name), name).detach();
    co_return;
  };
  co_await core::with_group(std::move(body));
  co_return pages;
}

core::Task<std::string> fetch_all_in_time(std::vector<std::string> names) {
  try {
    const auto pages = co_await core::timeout(10s, fetch_all(std::move(names)));
    co_return std::to_string(pages.size()) + " pages";
  } catch (const core::TimeoutError&) {
    co_return "too slow";
  } catch (const core::ExceptionGroup& errors) {
    co_return errors.what();
  }
}
// [end]

// [thread]
core::Task<std::uintmax_t> size_on_disk(core::Executor& executor, std::filesystem::path path) {
  auto ask = [path] { return std::filesystem::file_size(path); };
  co_return co_await core::to_thread(executor, std::move(ask));
}
// [end]

class ExamplesTest : public ScriptedTest {};

core::Task<std::string> say_hello(Address server) {
  core::Stream stream = co_await core::Stream::connect(server);
  co_await stream.write("hello\nagain\n");
  std::string heard;
  for (int i = 0; i < 2; ++i) heard += (co_await stream.read_line()).value_or("nothing") + ";";
  co_return heard;
}

TEST(ExamplesRingTest, TheEchoServerEchoes) {
  World world;
  core::Listener listener(world.loop, *Address::parse("127.0.0.1:0"));
  const Address address = listener.address();
  const core::TaskHandle<void> server = world.loop.spawn(serve(std::move(listener)), "server");
  EXPECT_EQ(world.run(say_hello(address)), "hello;again;");
}

TEST(ExamplesRingTest, TheServerRunsForATime) {
  ::testing::internal::CaptureStdout();
  serve_for(20ms, *Address::parse("127.0.0.1:0"));
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "closing time\n");
}

TEST_F(ExamplesTest, ThePatienceWithAPeerEnds) {
  const core::TaskHandle<void> task =
      loop_.spawn(echo_impatiently(core::Stream(loop_, 7, Address())), "echo");
  settle();
  ring_.bring(ring_.newest("receive"), "hello\n");
  let_pass(29s);
  EXPECT_EQ(ring_.wire[7], "hello\n");
  let_pass(30s);
  EXPECT_EQ(ring_.wire[7], "hello\nAre you still there?\n");
  let_pass(5s);
  EXPECT_TRUE(task.done());
}

TEST_F(ExamplesTest, TheClockStopsWhenItIsAskedTo) {
  loop_.run(tick_for_a_while(events_));
  EXPECT_EQ(events_,
            (core::support::Events{"tick", "tick", "tick", "asked it to stop", "stopped"}));
}

TEST_F(ExamplesTest, BothAreFetchedAtTheSameTime) {
  const core::Time begin = ring_.now();
  EXPECT_EQ(loop_.run(fetch_both()), "one! two!");
  EXPECT_EQ(ring_.now() - begin, 1s);
}

TEST_F(ExamplesTest, AGroupSucceedsTimesOutOrFailsAsOne) {
  EXPECT_EQ(loop_.run(fetch_all_in_time({"one", "two"})), "2 pages");
  EXPECT_EQ(loop_.run(fetch_all_in_time({"one", "slow"})), "too slow");
  EXPECT_EQ(loop_.run(fetch_all_in_time({"broken", "slow"})),
            "1 error in a task group: it is broken");
}

TEST(ExamplesRingTest, WhatMayBlockRunsInAThread) {
  World world;
  core::Executor executor(1);
  EXPECT_GT(world.run(size_on_disk(executor, HUBBUB_SOURCE_DIR "/core/README.md")), 0U);
}

// The pieces of a text between a line that begins with `begin` and one that is `end`.
std::vector<std::string> pieces(const std::string& path, const std::string& begin,
                                const std::string& end) {
  std::ifstream file(std::string(HUBBUB_SOURCE_DIR) + path);
  EXPECT_TRUE(file.is_open()) << path;
  std::vector<std::string> all;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (inside && line == end) {
      inside = false;
    } else if (inside) {
      all.back() += line + "\n";
    } else if (line.starts_with(begin)) {
      inside = true;
      all.emplace_back();
    }
  }
  return all;
}

TEST(ExamplesReadmeTest, TheReadmeShowsWhatIsTestedHere) {
  const auto shown = pieces("/core/README.md", "```cpp", "```");
  EXPECT_FALSE(shown.empty());
  EXPECT_EQ(shown, pieces("/tests/unit/examples_test.cpp", "// [", "// [end]"));
}

}  // namespace
