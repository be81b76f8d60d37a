// A connection: what every session has in common, whatever it speaks. It lives in one coroutine,
// whatever happens there ends this connection and nothing else, and it can be told to end.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/assert.hpp"
#include "core/event.hpp"
#include "core/loop.hpp"
#include "core/stream.hpp"
#include "server/admission.hpp"
#include "server/parting.hpp"

namespace server {

class Connections;

// Thread: the loop's. Errors: what the service throws is reported, with who and where, to the
// loop's exception handler.
class Connection : private core::TaskSubject {
 public:
  // How long a peer may take none of what it is owed: at its own end, when it may be busy with what
  // it has, and when it is put out.
  static constexpr core::Duration kPatience = std::chrono::seconds(30);
  static constexpr core::Duration kLinger = std::chrono::seconds(2);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection();

  // Spawns the coroutine that owns the connection. It counts as living from its construction on.
  // Its seat is free again when it ends.
  static void start(core::Loop& loop, std::unique_ptr<Connection> connection, Admission::Seat seat,
                    core::Label task);

  // Ends the connection in an orderly way: says why where the protocol can, sends what is owed
  // until the peer takes none of it for `linger`. One that is told so already is given the new
  // `linger`; one whose farewell has begun goes on as it is, unless `linger` is zero, which ends it
  // at once. The object lives on until its coroutine ends.
  void close(Parting parting, core::Duration linger);
  // Its address is banned from now on.
  virtual void end_banned(const ServerBan& /*ban*/) { close({.why = Departure::kBanned}, kLinger); }

 protected:
  Connection(Connections& connections, core::Stream stream);

  // The service, in parts, so that a connection that waits for its peer has one coroutine, and in
  // that nothing but the wait: tens of thousands do.
  // Before anything is received; need not be overridden.
  virtual core::Task<void> begin();
  // What arrived. True: no more is received until catch_up() has ended.
  virtual bool take(core::Received received) = 0;
  virtual core::Task<void> catch_up() = 0;
  // The peer has ended. True: catch_up() has something to do before the service is over.
  virtual bool end_input() { return false; }
  // The last thing before what is owed is sent, however the service ended. What it throws is
  // reported.
  virtual void farewell() {}
  std::string describe_connection() const override;

  core::Stream& stream() { return stream_; }
  const core::Stream& stream() const { return stream_; }

  // The service is to end because of what this side decided.
  void leave(Parting parting);
  // The service is to end because nothing is left to do.
  void end_service() { served_ = true; }
  bool leaving() const { return leaving_; }
  // Whether it comes from one of limits.trusted.
  bool trusted() const { return seat_.trusted(); }
  // Why the connection ends.
  Parting parting() const { return {why_, words_ ? std::string_view(*words_) : ""}; }
  // That this side sends it away, for the log and the metrics (see Refusals).
  void note_refusal(Cause cause, std::string_view why) const;
  void set_parting(Parting parting);

 private:
  friend class Connections;
  // In seconds of the clock, enough for a century, and in milliseconds, enough for a month.
  using Seconds = std::chrono::duration<std::uint32_t>;
  using Linger = std::chrono::duration<std::uint32_t, std::milli>;
  // What the coroutine is to await besides bytes.
  enum class Work : std::uint8_t { kNone, kBegin, kCatchUp, kFinish };

  static core::Task<void> run(std::unique_ptr<Connection> connection);
  core::Task<void> work();
  bool listens() const;
  void arrived();
  bool goes_on();
  void failed(const std::exception_ptr& why);
  void end_serving();
  void say_farewell();
  void report_failure();

  Connections& connections_;
  core::Stream stream_;
  core::TaskContext* task_ = nullptr;
  Admission::Seat seat_;
  std::unique_ptr<std::string> words_;  // of the parting
  Linger linger_ = std::chrono::duration_cast<Linger>(kPatience);
  std::uint32_t index_;  // in the list of all
  Seconds heard_{};      // when it said something last, or came
  Departure why_ = Departure::kQuit;
  Work work_ = Work::kBegin;
  bool leaving_ : 1 = false;
  bool served_ : 1 = false;     // nothing is left to do
  bool finishing_ : 1 = false;  // the service has ended
};

// The connections that live. Thread: the loop's.
class Connections {
 public:
  Connections() = default;
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;
  ~Connections() { HUBBUB_ASSERT(all_.empty()); }

  std::size_t size() const { return all_.size(); }

  // None of them goes while this runs: a connection ends in its own coroutine.
  void close_all(Parting parting, core::Duration linger) const {
    for (Connection* const connection : all_) connection->close(parting, linger);
  }

  // Ends those that have said nothing for so long.
  void close_idle(core::Time now, core::Duration most) const;

  // Ends those that a ban concerns.
  void close_banned(const ServerBan& ban) const;

  // Those that are owed something still.
  std::size_t owed() const {
    return static_cast<std::size_t>(std::count_if(all_.begin(), all_.end(), [](Connection* one) {
      return !one->stream_.outflow().drained();
    }));
  }

  // Set whenever the last one has ended; who waits for it clears it first.
  core::Event& none_left() { return none_left_; }

 private:
  friend class Connection;
  std::vector<Connection*> all_;
  core::Event none_left_;
};

}  // namespace server
