// A simulated connection: two ends, each a bounded vector of bytes that arrived and were not read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sim {

// One end. What a real socket does on each call, without the waiting. Errors are those of Linux:
// bytes that arrived before a reset can still be read, then the error is told once, then the end.
class End {
 public:
  // Takes what the far end has space for; the count. After a reset: nothing.
  std::size_t send(std::string_view bytes);
  // The error that send() would fail with; told once if it came from the network.
  int send_error();
  std::size_t space() const;

  // Bytes that arrived, at most so many.
  std::string read(std::size_t most);
  std::size_t unread() const { return arrived_.size() - read_; }
  // Nothing more will arrive.
  bool finished() const { return reset_ || far_->ended_ || far_->closed_; }
  // What read() ends with once nothing is left: 0 or an errno, told once.
  int end_error();
  bool reset() const { return reset_; }

  // Sends no more.
  void end();
  bool ended() const { return ended_; }
  // Lets go of it. With unread bytes that is a reset for the far end. `drops`: what the far end had
  // not read by then is lost on the way.
  void close(bool drops);
  // The same, but always a reset that the far end learns of as `error`.
  void vanish(int error, bool drops);
  bool closed() const { return closed_; }
  // The network breaks the connection; this end has been told already.
  void break_off(bool drops);

  std::size_t capacity = 64 * 1024;  // bytes that arrive and are not read, at most
  bool spared = false;               // no failure is injected here, and nothing is cut short
  bool hit = false;                  // a failure was injected here
  // Called when bytes, space or the end came.
  std::function<void()> changed;

 private:
  friend struct Link;

  void notify() {
    if (changed) changed();
  }
  void be_reset(int error, bool drops);

  End* far_ = nullptr;
  std::string arrived_;
  std::size_t read_ = 0;
  int error_ = 0;
  bool ended_ = false;
  bool closed_ = false;
  bool reset_ = false;
};

struct Link {
  Link() {
    near.far_ = &far;
    far.far_ = &near;
  }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  End near, far;
};

}  // namespace sim
