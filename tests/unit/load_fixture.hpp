// Servers in the same loop that misbehave on purpose and write down how, and whole runs against
// them, in simulated time.
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
#include "tests/unit/load_speech.hpp"
#include "tests/unit/stepped_ring.hpp"

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
enum class Fate { kDeliver, kDrop, kRepeat, kDelay, kSpoil, kClaimGap };

// A server of one of the dialects. A delayed message is sent after the next one of the same author
// for the same member.
class FaultyChat final : public TestServer {
 public:
  static constexpr std::uint64_t kClaimed = 5;  // messages that a member is said to have missed

  std::function<Fate(std::size_t member, std::uint64_t delivery)> decide =
      [](std::size_t, std::uint64_t) { return Fate::kDeliver; };
  std::string dialect = "chat";
  std::optional<std::string> confirmation;  // instead of the usual one
  std::string replay;                       // said to who joins
  std::uint64_t throws_out_at = 0;          // the message at which its last hearer is thrown out
  std::uint64_t pauses_at = 0;              // the message at which it hangs...
  core::Duration pause{0};                  // ...for so long, as far as messages go
  std::uint64_t dropped = 0;
  std::uint64_t repeated = 0;
  std::uint64_t delayed = 0;
  std::uint64_t spoiled = 0;
  // Whether a connection is told that there is no room, and closed.
  std::function<bool(std::size_t connection)> turns_away = [](std::size_t) { return false; };
  std::uint64_t turned_away = 0;
  std::uint64_t accepted() const { return tasks.size(); }
  std::size_t present() const {
    return static_cast<std::size_t>(
        std::count_if(members_.begin(), members_.end(),
                      [](const Member& member) { return member.out != nullptr; }));
  }

  std::uint64_t still_held() const {
    std::uint64_t count = 0;
    for (const Member& member : members_) {
      for (const auto& [author, message] : member.held) count += message.empty() ? 0 : 1;
    }
    return count;
  }

 private:
  struct Member {
    core::Outflow* out = nullptr;
    std::unique_ptr<Speech> speech = {};
    std::uint64_t deliveries = 0;
    std::map<std::pair<std::size_t, std::string>, std::string> held = {};  // by author and room
    std::vector<std::string> rooms = {};  // the last is where it talks
  };

  core::Task<void> serve(core::Stream stream, std::size_t index) override {
    if (turns_away(index)) {
      ++turned_away;
      stream.outflow().append("-- error: there is no room\r\n");
      co_return co_await stream.finish(milliseconds(500));
    }
    if (members_.size() <= index) members_.resize(index + 1);
    members_[index].out = &stream.outflow();
    members_[index].speech = make_speech(dialect);
    stream.outflow().append(members_[index].speech->greeting(index));
    for (;;) {
      const std::optional<std::string> line = co_await stream.read_line();
      if (!line) break;
      std::string answer;
      const Request request = members_[index].speech->take(*line, answer);
      if (request.kind == Request::Kind::kSay) {
        if (++lines_ == pauses_at) hangs_until_ = core::current_loop().now() + pause;
        const core::Duration rest = hangs_until_ - core::current_loop().now();
        if (rest > core::Duration::zero()) co_await core::sleep(rest);
      }
      take(request, index);
      stream.outflow().append(answer);
    }
    members_[index].out = nullptr;
  }

  void take(const Request& request, std::size_t index) {
    Member& member = members_[index];
    switch (request.kind) {
      case Request::Kind::kNothing:
        return;
      case Request::Kind::kJoin:
        member.out->append(replay + confirmation.value_or(member.speech->joined(request.room)));
        std::erase(member.rooms, request.room);
        member.rooms.push_back(request.room);
        return;
      case Request::Kind::kLeave:
        std::erase(member.rooms, request.room);
        member.out->append(member.speech->left(request.room));
        return;
      case Request::Kind::kSay:
        if (!request.room.empty()) return say(request.room, request.text, index);
        if (!member.rooms.empty()) say(member.rooms.back(), request.text, index);
        return;
    }
  }

  void say(const std::string& room, const std::string& text, std::size_t from) {
    if (lines_ == throws_out_at) {
      const std::size_t last = members_.size() - 1;
      const std::size_t hearer = from == last ? last - 1 : last;
      members_[hearer].out = nullptr;
      tasks[hearer].cancel();
    }
    for (std::size_t to = 0; to < members_.size(); ++to) {
      Member& member = members_[to];
      const bool is_there =
          std::find(member.rooms.begin(), member.rooms.end(), room) != member.rooms.end();
      const bool is_for_it = to != from || member.speech->echoes();
      if (is_for_it && member.out != nullptr && is_there) deliver(to, from, room, text);
    }
  }

  void deliver(std::size_t to, std::size_t from, const std::string& room, const std::string& text) {
    Member& member = members_[to];
    std::string message = member.speech->message(room, text);
    std::string& held = member.held[{from, room}];
    switch (decide(to, member.deliveries++)) {
      case Fate::kDeliver:
        break;
      case Fate::kDrop:
        ++dropped;
        return;
      case Fate::kRepeat:
        ++repeated;
        member.out->append(message);
        break;
      case Fate::kDelay:
        if (!held.empty()) break;
        ++delayed;
        held = std::move(message);
        return;
      case Fate::kSpoil:
        ++spoiled;
        message[message.size() - 5] ^= 1;
        break;
      case Fate::kClaimGap:
        member.out->append("-- " + std::to_string(kClaimed) + " messages missed\r\n");
        break;
    }
    member.out->append(message);
    if (!held.empty()) member.out->append(std::exchange(held, {}));
  }

  std::vector<Member> members_;
  std::uint64_t lines_ = 0;
  core::Time hangs_until_;
};

// What is measured does not depend on what else the machine does. What has several threads, or
// measures this process, overrides make_ring() to live in real time.
class LoadRun : public testing::Test {
 protected:
  void SetUp() override {
    try {
      ring_ = make_ring();
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

  core::Loop& loop() { return *loop_; }

  Options options;
  Interruption interruption;

  virtual std::unique_ptr<core::Ring> make_ring() {
    auto ring = std::make_unique<core::SteppedRing>();
    ring->take_each_pass(std::chrono::microseconds(50));
    clock = ring.get();
    return ring;
  }

  core::SteppedRing* clock = nullptr;  // where time is simulated

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

  std::unique_ptr<core::Ring> ring_;
  std::unique_ptr<core::Loop> loop_;
  std::optional<Team> team_;
  std::optional<Progress> progress_;
  std::optional<load::Run> run_;
};

}  // namespace load
