// A ring whose kernel is the test.
//
// Operations are written down and answered when, and as, the test says; sends go to a string; time
// stands still until the loop waits, and then jumps to the deadline. So the orders of events that a
// real kernel shows once in a thousand runs happen every time.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/ring.hpp"

namespace core::support {

class ScriptedRing final : public Ring {
 public:
  struct Asked {
    std::string_view operation;  // by the name of the Ring's function
    Token token = 0;
    int descriptor = -1;
  };

  // What was asked for, how often, and the newest of its kind.
  std::vector<Asked> asked;
  std::size_t times(std::string_view operation) const {
    return static_cast<std::size_t>(std::count_if(
        asked.begin(), asked.end(), [&](const Asked& one) { return one.operation == operation; }));
  }
  Token newest(std::string_view operation) const {
    for (auto one = asked.rbegin(); one != asked.rend(); ++one) {
      if (one->operation == operation) return one->token;
    }
    ADD_FAILURE() << "no " << operation << " was asked for";
    return 0;
  }

  // Answers, for the next pass.
  void answer(Token token, std::int32_t result, bool more = false) {
    due_.push_back({.token = token, .result = result, .buffer = kNoBuffer, .more = more});
  }
  void bring(Token token, std::string bytes, bool more = true) {
    const auto size = static_cast<std::int32_t>(bytes.size());
    buffers_.push_back(std::move(bytes));
    ++buffers_out;
    due_.push_back({.token = token,
                    .result = size,
                    .buffer = static_cast<std::int32_t>(buffers_.size() - 1),
                    .more = more});
  }

  // Frees the memory of what was brought and given back; buffers get their numbers anew.
  void forget_buffers() {
    EXPECT_EQ(buffers_out, 0);
    buffers_.clear();
  }

  std::deque<int> waiting;          // what accept() answers; then that nobody waits
  std::map<int, std::string> wire;  // by socket, what went out
  std::map<int, std::size_t> room;  // how much more a socket takes; absent: everything
  std::map<int, int> refusal;       // the errno with which a socket refuses every send
  std::vector<int> closed;
  int buffers_out = 0;
  bool answers_cancels = true;  // at once, with -ECANCELED
  int wakes = 0;                // how often another thread woke it
  int enter_error = 0;          // what enter() fails with
  int idle_enters = 0;          // that would have waited for ever

  void advance(Duration time) { now_ += time; }

  int accept(int listener, Address& /*peer*/) override {
    ask("accept", 0, listener);
    if (waiting.empty()) return -EAGAIN;
    const int result = waiting.front();
    waiting.pop_front();
    return result;
  }
  void connect(Token token, int socket, const Address& /*address*/) override {
    ask("connect", token, socket);
  }
  void receive(Token token, int socket) override { ask("receive", token, socket); }
  void send(Token token, int socket, std::span<const iovec> pieces) override {
    ask("send", token, socket);
    sends_.push_back({token, socket, pieces});
  }
  void poll(Token token, int descriptor, unsigned /*events*/) override {
    ask("poll", token, descriptor);
  }
  void cancel(Token token) override {
    ask("cancel", token, -1);
    if (answers_cancels) answer(token, -ECANCELED);
  }

  void enter(Time deadline) override {
    if (enter_error != 0) throw std::system_error(enter_error, std::generic_category(), "enter");
    for (const Send& send : std::exchange(sends_, {})) carry_out(send);
    if (!due_.empty() || std::exchange(woken_, false)) {
      idle_enters = 0;
    } else if (deadline == kNever) {
      // Nothing will ever happen by itself. A test that makes single passes may ask for some.
      if (++idle_enters < kIdleMost) return;
      std::fprintf(stderr, "the loop waits for ever\n");
      std::abort();
    } else {
      now_ = std::max(now_, deadline);
    }
  }
  void reap(std::vector<Completion>& completions) override {
    completions.insert(completions.end(), due_.begin(), due_.end());
    due_.clear();
  }

  std::string_view buffer(int id, std::size_t size) const override {
    return std::string_view(buffers_.at(static_cast<std::size_t>(id))).substr(0, size);
  }
  void give_back(int id) override {
    std::string& bytes = buffers_.at(static_cast<std::size_t>(id));
    bytes.assign(bytes.size(), '?');  // whoever still looks at it sees no sense
    --buffers_out;
  }

  void shutdown(int socket, int /*how*/) override { ask("shutdown", 0, socket); }
  void reset_on_close(int socket) override { ask("reset", 0, socket); }
  void close(int descriptor) override { closed.push_back(descriptor); }
  Time now() override { return now_; }
  // As if the epoch had been when the clock began.
  std::time_t wall_clock() override {
    return std::chrono::duration_cast<std::chrono::seconds>(now_.time_since_epoch()).count();
  }
  void wake() noexcept override {
    woken_ = true;
    ++wakes;
  }
  std::string_view name() const override { return "scripted"; }

 private:
  static constexpr int kIdleMost = 1000;

  struct Send {
    Token token;
    int socket;
    std::span<const iovec> pieces;
  };

  void ask(std::string_view operation, Token token, int descriptor) {
    asked.push_back({operation, token, descriptor});
  }

  void carry_out(const Send& send) {
    if (const auto refused = refusal.find(send.socket); refused != refusal.end()) {
      return answer(send.token, -refused->second);
    }
    std::string bytes;
    for (const iovec& piece : send.pieces) {
      bytes.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    }
    const auto limit = room.find(send.socket);
    const std::size_t taken =
        limit == room.end() ? bytes.size() : std::min(bytes.size(), limit->second);
    if (limit != room.end()) limit->second -= taken;
    wire[send.socket].append(bytes, 0, taken);
    if (taken == bytes.size()) return;
    answer(send.token, taken == 0 ? -EAGAIN : static_cast<std::int32_t>(taken));
  }

  Time now_ = Time(std::chrono::hours(1));
  std::vector<Completion> due_;
  std::vector<Send> sends_;
  std::deque<std::string> buffers_;
  bool woken_ = false;
};

}  // namespace core::support
