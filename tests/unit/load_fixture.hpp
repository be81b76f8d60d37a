// Servers in the same loop that misbehave on purpose and write down how, and whole runs against
// them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "client/load/run.hpp"
#include "client/load/team.hpp"
#include "core/listener.hpp"
#include "core/timeout.hpp"
#include "core/uring_ring.hpp"

namespace load {

using std::chrono::milliseconds;

// Accepts until it is cancelled. The listener lives in the task, which the loop ends.
class TestServer {
 public:
  virtual ~TestServer() = default;

  core::Task<void> accept(core::Loop& loop) {
    core::Listener listener(loop, *core::Address::parse("127.0.0.1:0"));
    address = listener.address();
    for (;;) {
      core::Stream stream = co_await listener.accept();
      ++peers[stream.peer().with_port(0).to_string()];
      tasks.push_back(loop.spawn(serve(std::move(stream), tasks.size()), "served"));
    }
  }

  std::optional<core::Address> address;
  std::map<std::string, std::uint64_t> peers;  // connections, by where they came from

 protected:
  virtual core::Task<void> serve(core::Stream stream, std::size_t index) = 0;

  std::vector<core::TaskHandle<>> tasks;
};

// What becomes of one delivery.
enum class Fate { kDeliver, kDrop, kRepeat, kDelay, kSpoil };

// A chat server. A line goes to the room that its author joined last. A delayed line is sent after
// the next one for the same member.
class FaultyChat final : public TestServer {
 public:
  std::function<Fate(std::size_t member, std::uint64_t delivery)> decide =
      [](std::size_t, std::uint64_t) { return Fate::kDeliver; };
  std::optional<std::string> confirmation;  // instead of the usual one
  std::string replay;                       // said to who joins
  std::uint64_t throws_out_at = 0;          // the line at which the last member is thrown out
  std::uint64_t dropped = 0;
  std::uint64_t repeated = 0;
  std::uint64_t delayed = 0;
  std::uint64_t spoiled = 0;
  std::uint64_t accepted() const { return tasks.size(); }

  std::uint64_t still_held() const {
    std::uint64_t count = 0;
    for (const Member& member : members_) count += member.held.empty() ? 0 : 1;
    return count;
  }

 private:
  struct Member {
    core::Outflow* out = nullptr;
    std::uint64_t deliveries = 0;
    std::string held = {};
    std::vector<std::string> rooms = {};  // the last is where it talks
  };

  core::Task<void> serve(core::Stream stream, std::size_t index) override {
    if (members_.size() <= index) members_.resize(index + 1);
    members_[index].out = &stream.outflow();
    stream.outflow().append("welcome\r\n-- you are guest-" + std::to_string(index) + "\r\n");
    for (;;) {
      const std::optional<std::string> line = co_await stream.read_line();
      if (!line) break;
      if (line->starts_with("/join ")) {
        join(members_[index], line->substr(6));
      } else if (line->starts_with("/leave ")) {
        std::erase(members_[index].rooms, line->substr(7));
        stream.outflow().append("-- you left " + line->substr(7) + "\r\n");
      } else if (!members_[index].rooms.empty()) {
        say(*line, index);
      }
    }
    members_[index].out = nullptr;
  }

  void join(Member& member, const std::string& room) {
    member.out->append(replay + confirmation.value_or("-- you are now in " + room + "\r\n"));
    std::erase(member.rooms, room);
    member.rooms.push_back(room);
  }

  void say(const std::string& text, std::size_t from) {
    if (++lines_ == throws_out_at) {
      members_.back().out = nullptr;
      tasks.back().cancel();
    }
    const std::string room = members_[from].rooms.back();
    for (std::size_t to = 0; to < members_.size(); ++to) {
      Member& member = members_[to];
      const bool is_there =
          std::find(member.rooms.begin(), member.rooms.end(), room) != member.rooms.end();
      if (to != from && member.out != nullptr && is_there) deliver(member, to, room, text);
    }
  }

  void deliver(Member& member, std::size_t index, const std::string& room,
               const std::string& text) {
    std::string line = "12:00 " + room + " <guest> " + text + "\r\n";
    switch (decide(index, member.deliveries++)) {
      case Fate::kDeliver:
        break;
      case Fate::kDrop:
        ++dropped;
        return;
      case Fate::kRepeat:
        ++repeated;
        member.out->append(line);
        break;
      case Fate::kDelay:
        if (!member.held.empty()) break;
        ++delayed;
        member.held = std::move(line);
        return;
      case Fate::kSpoil:
        ++spoiled;
        line[line.size() - 5] ^= 1;
        break;
    }
    member.out->append(line);
    if (!member.held.empty()) member.out->append(std::exchange(member.held, {}));
  }

  std::vector<Member> members_;
  std::uint64_t lines_ = 0;
};

class LoadRun : public testing::Test {
 protected:
  void SetUp() override {
    try {
      ring_ = std::make_unique<core::UringRing>();
    } catch (const core::RingRefused& refused) {
      GTEST_SKIP() << refused.what();
    }
    loop_ = std::make_unique<core::Loop>(*ring_);
    options.clients = 5;
    options.warmup = milliseconds(20);
    options.duration = milliseconds(150);
    options.drain = milliseconds(150);
    options.quiet = true;
  }

  Result run(TestServer& server, ScenarioKind kind) {
    options.scenario = kind;
    return loop_->run(drive(server));
  }

  Options options;
  Interruption interruption;

 private:
  core::Task<Result> drive(TestServer& server) {
    if (!options.address.port()) {
      loop_->spawn(server.accept(*loop_), "server").detach();
      while (!server.address) co_await core::sleep(core::Duration::zero());
      options.address = *server.address;
    }
    if (options.dialect.empty()) options.dialect = "chat";
    team_.emplace(*loop_, options, interruption);
    progress_.emplace(*loop_, options.clients, true);
    run_.emplace(*loop_, options, *team_, *progress_, interruption);
    co_return co_await run_->execute();
  }

  std::unique_ptr<core::UringRing> ring_;
  std::unique_ptr<core::Loop> loop_;
  std::optional<Team> team_;
  std::optional<Progress> progress_;
  std::optional<load::Run> run_;
};

}  // namespace load
