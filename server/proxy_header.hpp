// ProxyHeader: what a gateway says of the connection that it hands on, before anything else: whose
// it is (HAProxy's PROXY protocol, versions 1 and 2, proxy-protocol.txt).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/address.hpp"
#include "core/units.hpp"

namespace server {

// A pure state machine; it comes to the same however the bytes are cut. Any thread.
// Memory: the longest header of version 1; of version 2 what follows the addresses (TLVs) is passed
// over and not kept.
class ProxyHeader {
 public:
  static constexpr std::size_t kTextMost = 107;               // version 1, with its CR LF
  static constexpr std::size_t kBinaryMost = 2 * core::kKiB;  // version 2, with its TLVs

  enum class State : std::uint8_t { kIncomplete, kComplete, kMalformed };

  // The next bytes, split anywhere; those of the header are taken off the front. What is left after
  // kComplete is the client's. Not to be called again once the state is another than kIncomplete.
  State feed(std::string_view& bytes);

  // Of a complete one: for whom the gateway speaks. No address where it speaks for itself (LOCAL,
  // as for a health check) or cannot say (UNKNOWN, UNSPEC, a UNIX socket): then the connection's
  // own counts.
  const core::Address& source() const { return source_; }

  // Of a malformed one: what is wrong, in a few words.
  std::string_view fault() const { return fault_; }

 private:
  void take(char byte);
  void take_text(char byte);
  void read_text();
  void take_binary(std::uint8_t byte);
  void begin_addresses();
  void read_addresses();
  bool is_relayed() const;
  std::uint8_t byte_at(std::size_t at) const { return static_cast<std::uint8_t>(head_[at]); }
  void fail(std::string_view fault);

  std::array<char, kTextMost> head_{};
  std::size_t size_ = 0;  // of all that came, of which head_ has the first
  std::size_t end_ = 0;   // of a header of version 2, once it has said so
  State state_ = State::kIncomplete;
  core::Address source_;
  std::string_view fault_;
};

}  // namespace server
