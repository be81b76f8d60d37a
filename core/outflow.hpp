// Outflow: everything that leaves a connection, from the logs it reads to its socket.
//
// Nothing else writes to a socket. An outflow queues no bytes; it has sources, each a cursor in a
// log: its mailbox (a log with this one reader) and whatever logs its owner adds. When a source
// falls behind its log's head the outflow lags, and the Sender offers the kernel once per pass all
// that it lags by.
#pragma once

#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/uio.h>

#include "core/log.hpp"
#include "core/operation.hpp"
#include "core/task_context.hpp"

namespace core {

class Loop;
class Sender;

// A cursor that an outflow sends from. Stays in place until it is removed or retired.
class Source {
 public:
  explicit Source(const Cursor& at) : cursor(at) {}
  explicit Source(Cursor&& at) : cursor(std::move(at)) {}
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

 private:
  friend class Outflow;
  Source* next_ = nullptr;

 public:
  [[no_unique_address]] Cursor cursor;  // last, so that what derives can use its padding
};

// Thread: the loop's. Ownership: a part of its stream, which derives from it; refers to the
// sources. Order: as everything was appended, as far as it can be known: a record of the mailbox
// goes after all that the sources were behind when it was appended, and before what they got since.
// Between two sources: the one added first. Records are never interleaved, and one that the kernel
// took in part is finished before anything else. Errors: a socket that refuses for good makes the
// outflow broken: from then on what is appended is dropped, nothing waits, and the stream's reader
// learns of the end. Being blocked is no error. Limits: the mailbox grows with append(); who
// appends looks at mailbox_bytes() or waits in drain().
class Outflow : private Operation {
 public:
  Outflow(const Outflow&) = delete;
  Outflow& operator=(const Outflow&) = delete;

  // Appends one record to the mailbox (copied), of at most Log::kRecordMost bytes.
  void append(std::string_view record);
  // The same, in the place of one that had been appended when the mark was taken, provided that
  // nothing was sent since. So a notice about a gap stands where the gap is, and yet can be told
  // when it is known how large it became.
  void append_at(std::uint64_t mark, std::string_view record);
  std::uint64_t mark() const { return mailbox() != nullptr ? mailbox()->log.head().byte : 0; }
  // Held for this peer alone: what was appended and is not sent, or was sealed, or cut.
  std::size_t mailbox_bytes() const;

  // From here on what is sent is sealed by the stream, kSealedMost bytes and up to a record more,
  // just before the kernel is offered it: so that what the kernel does not take stays in the logs,
  // where a slow reader can be skipped ahead. Nothing may be owed (asserted).
  static constexpr std::size_t kSealedMost = 64 * 1024;
  void set_sealed();
  // Appends bytes that are sealed already, or are meant to be read as they are.
  void append_sealed(std::string_view bytes);
  // Sealed and not sent yet.
  std::size_t sealed_bytes() const { return sealed_ ? committed_bytes() : 0; }
  // Drops what is owed and not sealed yet, and takes no more of that.
  void silence();

  // The source's log got more, or will: sends at the end of the pass unless blocked.
  void mark_lagging();
  void add(Source& source);
  // Takes a source away; what it has not sent is not sent, but a record begun is finished.
  void remove(Source& source);
  // Takes a source away once it has sent all that its log holds now. The log keeps what is left,
  // and all that comes after it, in memory that long: for a connection that is about to end.
  void retire(Source& source);

  bool blocked() const { return in_flight(); }
  bool broken() const { return broken_; }
  // Whether what is appended is dropped: it is broken, silenced or stopped.
  bool drops() const { return broken_ || silent_ || stopped_; }
  // Nothing is owed: every source is at its head, or the outflow is broken.
  bool drained() const;
  // Whether the kernel took anything since this was last asked.
  bool take_progress() { return std::exchange(progressed_, false); }

  // Waits until at most `low_water` bytes stand in the mailbox and, for 0, nothing is owed at all.
  // One waiter at a time (asserted).
  class Drain final : public Waiter {
   public:
    Drain(Outflow& outflow, std::size_t low_water) : outflow_(outflow), low_water_(low_water) {}
    const char* operation() const override { return "drain"; }
    bool await_ready() { return take_cancel() || satisfied(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      suspend(coroutine);
      HUBBUB_ASSERT(outflow_.drain_ == nullptr);
      outflow_.drain_ = this;
    }
    void await_resume() const { check_cancelled(); }

   private:
    friend class Outflow;
    void cancel_wait() override;
    bool satisfied() const;

    Outflow& outflow_;
    std::size_t low_water_;
  };
  Drain drain(std::size_t low_water) { return {*this, low_water}; }

  // No more sends, for the stream that closes; what is owed is dropped. An operation may still be
  // in flight (blocked()); outflow_idle() tells when it has ended.
  void stop();

 protected:
  Outflow(Loop& loop, int socket) : loop_(loop), socket_(socket) {}
  ~Outflow();

  Loop& loop() const { return loop_; }
  int socket() const { return socket_; }

 private:
  // For the stream that it is part of.
  // The socket refused for good, with this errno. Once.
  virtual void outflow_broken(int error) = 0;
  // After stop(): the last operation has ended.
  virtual void outflow_idle() = 0;
  // Where the outflow is sealed: appends to `wire` what carries the bytes of the pieces. False: the
  // handshake is not over, and the stream makes the outflow lag when it is; or it failed, and the
  // stream has silenced the outflow.
  virtual bool outflow_seal(std::span<const iovec> pieces, std::string& wire) = 0;

  friend class Sender;
  // The mailbox from `mail_byte` on goes after the source's bytes before `source_byte`.
  struct Precedence {
    std::uint64_t mail_byte;
    const Source* source;
    std::uint64_t source_byte;
  };
  struct Mailbox {
    Mailbox() : source(Cursor(log)) {}

    Log log;
    Source source;
    std::vector<Precedence> precedences;  // in the order of mail_byte
  };
  struct Retired {
    Retired(Cursor&& at, std::uint64_t before) : source(std::move(at)), end(before) {}
    Source source;
    std::uint64_t end;       // sends nothing from here on
    bool is_notice = false;  // of append_at(): its log is nobody else's
    std::unique_ptr<Retired> next;
  };
  // For this peer alone.
  struct Owed {
    std::optional<Mailbox> mailbox;    // exists while it holds bytes
    std::string committed;             // goes out before all else, as it is: cut, or sealed
    std::unique_ptr<Retired> retired;  // the first of a list
  };
  class Gathering;

  void complete(const Completion& completion) final;  // of the wait for a writable socket
  // For the Sender: the ranges to send now; whether there are more than those; what of them was
  // sent, piece by piece.
  std::size_t gather(std::span<iovec> pieces, std::span<Source*> sources);
  bool owes_more_than(std::size_t pieces) const;
  void sent(std::span<const iovec> pieces, std::span<Source* const> sources, std::size_t bytes);
  void gather_sources(Gathering& all) const;
  void advance(std::span<const iovec> pieces, std::span<Source* const> sources, std::size_t bytes);
  void seal();
  bool sources_owe() const;
  Owed& owed();
  const Mailbox* mailbox() const { return owed_ && owed_->mailbox ? &*owed_->mailbox : nullptr; }
  Mailbox* mailbox() { return owed_ && owed_->mailbox ? &*owed_->mailbox : nullptr; }
  Retired* retired() const { return owed_ ? owed_->retired.get() : nullptr; }
  std::size_t committed_bytes() const { return owed_ ? owed_->committed.size() : 0; }
  Retired& add_retired(Cursor&& cursor, std::uint64_t end);
  void forget_precedences_of(const Source& source);
  void let_go_of_sent();
  void break_off(int error);
  void wake_drain();

  Loop& loop_;
  std::unique_ptr<Owed> owed_;  // exists while there is any
  Source* sources_ = nullptr;
  Drain* drain_ = nullptr;
  Outflow* lagging_previous_ = nullptr;  // the Sender's list
  Outflow* lagging_next_ = nullptr;
  int socket_;
  bool lagging_ = false;
  bool offered_ = false;  // the Sender refers to it until the next enter
  bool sealed_ = false;
  bool silent_ = false;
  bool broken_ = false;
  bool progressed_ = false;
  bool stopped_ = false;
};

}  // namespace core
