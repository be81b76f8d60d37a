// What the threads of a run have to know of each other so that a message which one sends can be
// proved at all others: how far each speaker is, who listens, and what became of a message
// elsewhere.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "client/load/assembly.hpp"
#include "client/load/share.hpp"
#include "core/loop.hpp"

namespace load {

// Nothing here is written for a delivery. Of a voice, `sent` is written once a message, by the
// share that sends it and before the message leaves; so who has received a message always finds
// that it was sent. Who takes `sent` for the first message that it must get, because it has just
// been let in, is right for the same reason: what the server had before is counted.
//
// Ownership: of nobody; must outlive all shares.
class Exchange {
 public:
  static constexpr std::size_t kSharesMost = 64;

  struct Voice {
    std::atomic<std::uint32_t> sent = 0;   // messages
    std::atomic<std::uint32_t> known = 0;  // so many are known to have been published
    // What is not known may have been lost with its speaker's connection.
    std::atomic<bool> cut_off = false;

    // Any thread.
    void raise_known(std::uint32_t count) {
      std::uint32_t before = known.load(std::memory_order_relaxed);
      while (before < count &&
             !known.compare_exchange_weak(before, count, std::memory_order_relaxed)) {
      }
    }
  };

  struct News {
    enum class Kind : std::uint8_t {
      kPartDone,    // of a message of the reader's: one part of its recipients is done with it
      kHeardAgain,  // a voice that was cut off will speak again; to be answered with kAccounted...
      kAccounted,   // ...when what may be lost of it is
    };
    Kind kind = Kind::kPartDone;
    std::uint32_t voice = 0;
    std::uint32_t sequence = 0;
    Assembly::PartEnd end = {};
  };
  class Reader {
   public:
    virtual void take_news(std::size_t from, const News& news) = 0;

   protected:
    ~Reader() = default;
  };

  Exchange(std::size_t shares, std::size_t voices, std::size_t rooms)
      : shares_(shares), voices_(voices), recipients_(rooms * shares), desks_(shares) {}

  Voice& voice(std::size_t number) { return voices_[number]; }
  const Voice& voice(std::size_t number) const { return voices_[number]; }

  // How many members of a room one share follows messages to. Written by that share.
  void set_recipients(std::size_t room, std::size_t share, std::uint32_t count) {
    recipients_[room * shares_ + share].store(count, std::memory_order_relaxed);
  }
  // The other shares that have some, a bit each.
  std::uint64_t listeners(std::size_t room, const Share& besides) const {
    std::uint64_t shares = 0;
    for (std::size_t share = 0; share < shares_; ++share) {
      const bool listens = share != besides.index &&
                           recipients_[room * shares_ + share].load(std::memory_order_relaxed) > 0;
      if (listens) shares |= std::uint64_t{1} << share;
    }
    return shares;
  }

  // The one place where a share hands on its news: all of a pass of its loop at once, so that the
  // others are woken no more than once a pass. Thread: the share's. Opened before anybody has news.
  class Desk final : private core::PassEnd {
   public:
    Desk(Exchange& exchange, Share share, core::Loop& loop, Reader& reader);
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;
    ~Desk();

    // To another share.
    void tell(std::size_t share, const News& news) { outgoing_[share].push_back(news); }

   private:
    bool pass_ended() override;

    Exchange& exchange_;
    Share share_;
    core::Loop& loop_;
    std::vector<std::vector<News>> outgoing_;  // per share
  };

 private:
  struct Open {
    core::Loop* loop = nullptr;
    Reader* reader = nullptr;
  };

  std::size_t shares_;
  std::vector<Voice> voices_;
  std::vector<std::atomic<std::uint32_t>> recipients_;  // per room and share
  std::vector<Open> desks_;                             // per share
};

}  // namespace load
