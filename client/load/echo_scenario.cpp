// Sending, and recognising what comes back: in the usual case by building what must come next and
// comparing.
#include "client/load/echo_scenario.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "client/load/payload.hpp"

namespace load {
namespace {

constexpr std::size_t kUntakenMost = 256 * 1024;   // bytes a client may owe to the server
constexpr std::size_t kRememberedMost = 1U << 22;  // messages of all clients together
constexpr std::size_t kRememberedEach = 1U << 16;

std::size_t remembered(const Options& options) {
  if (!options.rate) return std::bit_ceil(options.window);
  return std::clamp(std::bit_floor(kRememberedMost / options.clients), std::size_t{1},
                    kRememberedEach);
}

}  // namespace

EchoScenario::EchoScenario(core::Loop& loop, const Options& options, Share share, Traffic& traffic)
    : loop_(loop),
      share_(share),
      all_(options.clients),
      traffic_(traffic),
      fleet_(loop, options, share, *this),
      clients_(share.size(options.clients)),
      proof_(clients_.size()),
      text_(blank_text(options.size)),
      window_(options.rate ? 0 : options.window),
      remembered_(remembered(options)),
      intended_(remembered_ * clients_.size()) {}

core::Task<Arrivals> EchoScenario::prepare(const Interruption& interruption) {
  Arrivals arrivals = co_await fleet_.connect_all(interruption);
  arrivals.confirmed = traffic_.counters.confirmed;
  co_return arrivals;
}

void EchoScenario::start(std::int64_t) {
  sending_ = true;
}

void EchoScenario::connected(std::size_t client, core::Outflow& out) {
  clients_[client].out = &out;
  ++traffic_.counters.connected;
  ++traffic_.counters.confirmed;
}

bool EchoScenario::closed(std::size_t client) {
  clients_[client].out = nullptr;
  const Deliveries deliveries = proof_.deliveries(client, clients_[client].sent);
  traffic_.counters.given_up += deliveries.lost;
  return false;
}

std::int64_t EchoScenario::intended_of(std::size_t client, std::uint32_t sequence) const {
  return intended_[client * remembered_ + (sequence & (remembered_ - 1))];
}

Sent EchoScenario::send(std::size_t sender, std::int64_t intended_ns) {
  Client& client = clients_[sender];
  if (!sending_ || client.out == nullptr || client.sent == kMessagesMost) return Sent::kNever;
  if (client.out->mailbox_bytes() > kUntakenMost) return Sent::kLater;
  write_stamp(text_.data(),
              {static_cast<std::uint32_t>(share_.number_of(sender)), client.sent, intended_ns});
  client.out->append(text_);
  intended_[sender * remembered_ + (client.sent & (remembered_ - 1))] = intended_ns;
  ++client.sent;
  ++client.outstanding;
  ++traffic_.counters.sent;
  ++traffic_.counters.expected;
  traffic_.counters.bytes_out += text_.size();
  return Sent::kYes;
}

void EchoScenario::write_off() {
  for (Client& client : clients_) client.outstanding = 0;
}

void EchoScenario::fill_windows() {
  const std::int64_t now_ns = in_ns(loop_.ring().now());
  for (std::size_t client = 0; client < clients_.size(); ++client) fill_window(client, now_ns);
}

Presence EchoScenario::presence() {
  const std::size_t open = clients_.size() - fleet_.closed();
  return {.present = open, .speaking = open};
}

void EchoScenario::fill_window(std::size_t client, std::int64_t intended_ns) {
  while (clients_[client].outstanding < window_) {
    if (send(client, intended_ns) != Sent::kYes) return;
  }
}

void EchoScenario::received(std::size_t client, std::string_view bytes) {
  traffic_.counters.bytes_in += bytes.size();
  std::string& unfinished = clients_[client].unfinished;
  if (unfinished.empty()) {
    bytes.remove_prefix(take(client, bytes));
    if (!bytes.empty()) unfinished = bytes;
  } else {
    unfinished += bytes;
    unfinished.erase(0, take(client, unfinished));
  }
  fill_window(client, in_ns(loop_.now()));  // due since the one before came back
}

std::size_t EchoScenario::take(std::size_t client, std::string_view bytes) {
  std::size_t taken = 0;
  while (bytes.size() - taken >= text_.size()) {
    const std::string_view message = bytes.substr(taken, text_.size());
    if (is_next(client, message)) [[likely]] {
      const std::uint32_t sequence = proof_.next(client);
      came_back(client, sequence, intended_of(client, sequence));
      taken += message.size();
    } else if (take_out_of_turn(client, message)) {
      taken += message.size();
    } else {
      bool& searching = clients_[client].searching;
      if (!searching) ++traffic_.counters.corrupted;
      const std::size_t next = bytes.find(kMarker, taken + 1);
      searching = next == std::string_view::npos;
      taken = std::min(next, bytes.size() - (kMarker.size() - 1));
    }
  }
  return taken;
}

bool EchoScenario::has_padding(std::string_view message) const {
  return message.substr(kStampBytes) == std::string_view(text_).substr(kStampBytes);
}

bool EchoScenario::is_next(std::size_t client, std::string_view message) const {
  const std::uint32_t sequence = proof_.next(client);
  if (clients_[client].sent - sequence - 1 >= remembered_) return false;  // also if none is missing
  std::array<char, kStampBytes> stamp;
  write_stamp(stamp.data(), {static_cast<std::uint32_t>(share_.number_of(client)), sequence,
                             intended_of(client, sequence)});
  return std::memcmp(message.data(), stamp.data(), stamp.size()) == 0 && has_padding(message);
}

// False: it is no message that this client sent.
bool EchoScenario::take_out_of_turn(std::size_t client, std::string_view message) {
  const std::optional<Stamp> stamp = read_stamp(message.data());
  if (!stamp || stamp->sender != share_.number_of(client) || !has_padding(message)) return false;
  const std::uint32_t sent = clients_[client].sent;
  if (stamp->sequence >= sent) return false;
  // Its time must be the right one; or, if it is too old to be remembered, before all that are.
  const bool remembered = sent - stamp->sequence <= remembered_;
  const auto oldest = static_cast<std::uint32_t>(sent - remembered_);
  if (remembered && intended_of(client, stamp->sequence) != stamp->intended_ns) return false;
  if (!remembered && intended_of(client, oldest) <= stamp->intended_ns) return false;
  came_back(client, stamp->sequence, stamp->intended_ns);
  return true;
}

void EchoScenario::came_back(std::size_t index, std::uint32_t sequence, std::int64_t intended_ns) {
  Client& client = clients_[index];
  client.searching = false;
  const std::uint32_t next = proof_.next(index);
  switch (proof_.arrived(index, sequence, client.sent)) {
    case Arrival::kInOrder:
    case Arrival::kAfterGap:
      // Those in a gap take no place in the window any more: it must not fill up with lost ones.
      client.outstanding -= std::min(client.outstanding, sequence + 1 - next);
      break;
    case Arrival::kReordered:
      break;
    case Arrival::kDuplicate:
    case Arrival::kEarly:      // nobody comes later here
    case Arrival::kNeverSent:  // is not let through
      return;
  }
  ++traffic_.counters.completed;
  traffic_.delivered(intended_ns, in_ns(loop_.now()));
}

void EchoScenario::conclude(Result& result) {
  result.dialect = "echo";
  result.closed = fleet_.closed();
  result.closings = fleet_.closings();
  for (std::size_t client = 0; client < clients_.size(); ++client) {
    const std::size_t number = share_.number_of(client);
    result.proof.add(number, number, proof_.deliveries(client, clients_[client].sent));
  }
}

}  // namespace load
