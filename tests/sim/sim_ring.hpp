// SimRing: a kernel in which chance decides what every operation answers, and when.
//
// Sockets are byte vectors, time jumps to the next thing that happens, and every turn that the
// contract of core::Ring allows is taken sooner or later. It watches the runtime meanwhile: what
// breaks the contract from the other side is a finding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/ring.hpp"
#include "tests/sim/choose.hpp"
#include "tests/sim/findings.hpp"
#include "tests/sim/link.hpp"
#include "tests/sim/odds.hpp"
#include "tests/sim/trace.hpp"

namespace sim {

// The rest of the world: it acts between two passes of the loop.
class Actor {
 public:
  virtual void act(core::Time now) = 0;
  // When it wants to act next; kNever: not by itself.
  virtual core::Time next() const = 0;

 protected:
  ~Actor() = default;
};

// Thread: one. Descriptors: sockets that it accepts have numbers that no real one has, none used
// twice. A real descriptor becomes known by its first use: a listening socket (nobody connects to
// it but connect_to()), a socket to connect, or one that is polled, whose real state counts.
// Oracles (findings): a descriptor is used while it is open, closed once and with nothing in flight
// on it; a token is used once at a time; one send per socket and pass; what a send refers to does
// not change until enter() returns; a buffer is given back once, and overwritten and freed then.
// Limits: a run that never ends, or that waits for what will never come, ends the program.
class SimRing final : public core::Ring {
 public:
  SimRing(Choose& choose, const Odds& odds, Findings& findings);
  ~SimRing() override;
  SimRing(const SimRing&) = delete;
  SimRing& operator=(const SimRing&) = delete;

  // --- For the rest of the world. ---

  void add(Actor& actor) { actors_.push_back(&actor); }
  // A connection to whoever listens, or will listen, on the address; the far end is the caller's.
  // `window`: bytes that the near end may have unread.
  std::shared_ptr<Link> connect_to(const core::Address& listener, std::size_t window);
  void set_odds(const Odds& odds) { odds_ = odds; }
  void limit_descriptors(std::size_t most) { odds_.descriptors = most; }
  // From now on nothing fails, is cut short or comes late.
  void calm_down();
  // The n-th operation from the start (1: the first) fails, with an error legal for it. An
  // operation on an end that is spared does not.
  void fail_operation(std::uint64_t n) { failing_operation_ = n; }
  // Connections that a failure was injected into.
  std::uint64_t injected() const { return injected_; }
  std::uint64_t operations() const { return operations_; }
  // Reports what is still open or in flight: nothing may be.
  void check_end();

  // Nanoseconds in which a program takes notice of what arrived, at most.
  std::uint64_t reaction() const { return static_cast<std::uint64_t>(odds_.reaction.count()); }
  Trace& trace() { return trace_; }
  Choose& choose() { return choose_; }
  std::uint64_t enters() const { return enters_; }

  // --- The ring. ---

  int accept(int listener, core::Address& peer) override;
  void connect(core::Token token, int socket, const core::Address& address) override;
  void receive(core::Token token, int socket) override;
  void send(core::Token token, int socket, std::span<const iovec> pieces) override;
  void poll(core::Token token, int descriptor, unsigned events) override;
  void cancel(core::Token token) override;
  void enter(core::Time deadline) override;
  void reap(std::vector<core::Completion>& completions) override;
  std::string_view buffer(int id, std::size_t size) const override;
  void give_back(int id) override;
  void shutdown(int socket, int how) override;
  void reset_on_close(int socket) override;
  void close(int descriptor) override;
  core::Time now() override { return now_; }
  // Begins a little before midnight, so that the days change too.
  std::time_t wall_clock() override {
    constexpr std::time_t kBegin = 1'699'999'190 - 3600;
    return kBegin +
           std::chrono::duration_cast<std::chrono::seconds>(now_.time_since_epoch()).count();
  }
  void wake() noexcept override { woken_ = true; }
  std::string_view name() const override { return "simulated"; }

 private:
  static constexpr int kFirstSocket = 1'000'000;
  static constexpr std::uint64_t kEntersMost = 5'000'000;

  enum class Kind : std::uint8_t { kConnect, kReceive, kPoll };
  struct Flight {
    core::Token token = 0;
    Kind kind{};
    unsigned events = 0;         // of a poll
    core::Address address = {};  // of a connect
    bool cancelled = false;
    bool failing = false;
  };
  struct Descriptor {
    int number = -1;
    std::uint64_t ordinal = 0;  // the same in every run with the same choices
    std::shared_ptr<Link> link;
    End* end = nullptr;                                    // of a socket that is connected
    std::deque<std::shared_ptr<Link>>* backlog = nullptr;  // of a listener
    bool is_foreign = false;                               // only polled
    bool sends_this_pass = false;
    bool resets_on_close = false;
    std::vector<Flight> flights;
  };
  struct Send {
    core::Token token;
    Descriptor* descriptor;
    std::span<const iovec> pieces;
    std::uint64_t checksum;
    bool failing;
    bool done;
  };

  Descriptor* find(int descriptor, const char* use);
  void stop_listening(int listener);
  Descriptor& adopt(int descriptor);
  void own_socket(Descriptor& descriptor, std::shared_ptr<Link> link, End& end);
  void begin(Descriptor& descriptor, Flight flight);
  bool counts_to_failure(const End* end);
  std::uint64_t checksum(const Send& send);
  void carry_out(Send& send);
  void act();
  core::Time actors_next() const;
  void wait(core::Time deadline);
  void complete_some(bool all);
  void progress(Descriptor& descriptor, bool all);
  // What became of a flight when it was looked at.
  enum class Step : std::uint8_t { kNothing, kGoesOn, kOver };
  Step advance(Descriptor& descriptor, Flight& flight, bool all);
  static core::Address address_of(const Descriptor& descriptor);
  int take_waiting(const Descriptor& listener);
  int fail_accept(std::deque<std::shared_ptr<Link>>& backlog);
  bool others_listen(const Descriptor& listener) const;
  Step advance_connect(Descriptor& descriptor, Flight& flight);
  Step advance_receive(Descriptor& descriptor, Flight& flight);
  Step advance_poll(Descriptor& descriptor, Flight& flight);
  bool is_ready(const Descriptor& descriptor, const Flight& flight) const;
  Step complete(const Descriptor& descriptor, const Flight& flight, int result, bool more,
                int buffer = core::kNoBuffer);
  int take_buffer(std::string_view bytes);
  int pick(std::initializer_list<int> errors);
  [[noreturn]] void give_up(const char* why);

  Choose& choose_;
  Odds odds_;
  Findings& findings_;
  Trace trace_;
  core::Time now_ = core::Time(std::chrono::hours(1));
  std::vector<Actor*> actors_;
  std::map<int, std::unique_ptr<Descriptor>> descriptors_;
  std::map<std::uint64_t, Descriptor*> active_;  // by ordinal: those that may have something to do
  std::map<core::Token, Descriptor*> in_flight_;
  std::map<std::string, std::deque<std::shared_ptr<Link>>> backlogs_;  // by the listener's address
  std::set<std::string> refusing_;  // addresses on which nobody listens any more
  std::set<int> parked_;            // sockets whose receive waits for a buffer
  std::vector<Send> sends_;
  std::vector<core::Completion> due_;
  std::map<int, std::string> buffers_out_;
  int next_buffer_ = 0;
  int next_socket_ = kFirstSocket;
  std::uint64_t next_ordinal_ = 1;
  std::uint64_t operations_ = 0;
  std::uint64_t failing_operation_ = 0;
  std::uint64_t injected_ = 0;
  std::uint64_t enters_ = 0;
  bool woken_ = false;
};

}  // namespace sim
