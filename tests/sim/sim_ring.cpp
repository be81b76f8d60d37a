// The simulated kernel: its side of the contract with all the freedom it leaves, and the checks of
// the other side. What each operation answers is in sim_operations.cpp.
#include "tests/sim/sim_ring.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sim {

using core::Time;
using core::Token;

SimRing::SimRing(Choose& choose, const Odds& odds, Findings& findings)
    : choose_(choose), odds_(odds), findings_(findings) {}

SimRing::~SimRing() {
  for (const auto& [number, descriptor] : descriptors_) {
    if (descriptor->end != nullptr) descriptor->end->changed = nullptr;
    if (number < kFirstSocket && !descriptor->is_foreign) ::close(number);
  }
}

// --- The rest of the world. ---

std::shared_ptr<Link> SimRing::connect_to(const core::Address& listener, std::size_t window) {
  auto link = std::make_shared<Link>();
  link->near.capacity = window;
  if (refusing_.contains(listener.to_string())) {
    link->near.vanish(ECONNREFUSED, false);
    return link;
  }
  backlogs_[listener.to_string()].push_back(link);
  for (auto& [number, descriptor] : descriptors_) {
    if (descriptor->backlog != nullptr) active_[descriptor->ordinal] = descriptor.get();
  }
  return link;
}

void SimRing::calm_down() {
  Odds calm;
  calm.buffers = odds_.buffers;
  calm.buffer_bytes = odds_.buffer_bytes;
  calm.drift = odds_.drift;
  calm.reaction = odds_.reaction;
  odds_ = calm;
}

void SimRing::check_end() {
  for (const auto& [token, descriptor] : in_flight_) {
    findings_.add(fmt::format("operation {:x} on #{} is left", token, descriptor->ordinal));
  }
  for (const auto& [number, descriptor] : descriptors_) {
    if (descriptor->is_foreign) continue;
    findings_.add(fmt::format("descriptor #{} was never closed", descriptor->ordinal));
  }
  for (const auto& [id, bytes] : buffers_out_) {
    findings_.add(fmt::format("buffer {} was never given back", id));
  }
}

void SimRing::act() {
  for (Actor* const actor : actors_) {
    if (actor->next() <= now_) actor->act(now_);
  }
}

Time SimRing::actors_next() const {
  Time next = core::kNever;
  for (const Actor* const actor : actors_) next = std::min(next, actor->next());
  return next;
}

void SimRing::give_up(const char* why) {
  std::fprintf(stderr, "%s\n%sfindings:\n%s", why, trace_.tail().c_str(), findings_.text().c_str());
  std::abort();
}

// --- Descriptors. ---

SimRing::Descriptor* SimRing::find(int descriptor, const char* use) {
  const auto found = descriptors_.find(descriptor);
  if (found != descriptors_.end()) return found->second.get();
  const bool was = descriptor >= kFirstSocket && descriptor < next_socket_;
  findings_.add(fmt::format("{} on a descriptor that {}", use,
                            was ? "is closed already" : "was never opened"));
  return nullptr;
}

SimRing::Descriptor& SimRing::adopt(int descriptor) {
  auto& slot = descriptors_[descriptor];
  if (!slot) {
    slot = std::make_unique<Descriptor>();
    slot->number = descriptor;
    slot->ordinal = next_ordinal_++;
  }
  return *slot;
}

void SimRing::own_socket(Descriptor& descriptor, std::shared_ptr<Link> link, End& end) {
  descriptor.link = std::move(link);
  descriptor.end = &end;
  end.changed = [this, &descriptor] { active_[descriptor.ordinal] = &descriptor; };
  active_[descriptor.ordinal] = &descriptor;
}

void SimRing::shutdown(int socket, int how) {
  Descriptor* const descriptor = find(socket, "shutdown");
  if (descriptor == nullptr || descriptor->end == nullptr) return;
  trace_.note("shutdown", now_, descriptor->ordinal, how);
  if (how != SHUT_RD) descriptor->end->end();
}

void SimRing::reset_on_close(int socket) {
  Descriptor* const descriptor = find(socket, "reset_on_close");
  if (descriptor != nullptr) descriptor->resets_on_close = true;
}

// Unless others listen on the same address.
void SimRing::stop_listening(int listener) {
  const std::string address = core::Address::of_local(listener).to_string();
  const auto backlog = backlogs_.find(address);
  for (const auto& [number, descriptor] : descriptors_) {
    if (backlog != backlogs_.end() && descriptor->backlog == &backlog->second) return;
  }
  refusing_.insert(address);
  for (const auto& link : backlogs_[address]) link->near.vanish(ECONNRESET, false);
  backlogs_.erase(address);
}

void SimRing::close(int number) {
  if (number < kFirstSocket && !descriptors_.contains(number)) {  // it was opened and never used
    stop_listening(number);
    if (::close(number) != 0) findings_.add("close on a descriptor that is not open");
    return;
  }
  Descriptor* const descriptor = find(number, "close");
  if (descriptor == nullptr) return;
  trace_.note("close", now_, descriptor->ordinal, 0);
  if (!descriptor->flights.empty() || descriptor->sends_this_pass) {
    findings_.add(fmt::format("#{} is closed with an operation in flight", descriptor->ordinal));
    for (const Flight& flight : descriptor->flights) in_flight_.erase(flight.token);
  }
  if (descriptor->end != nullptr) {
    const bool drops = choose_.chance(odds_.dropped);
    if (descriptor->resets_on_close) {
      descriptor->end->vanish(ECONNRESET, drops);
    } else {
      descriptor->end->close(drops);
    }
  }
  active_.erase(descriptor->ordinal);
  parked_.erase(number);
  const bool listened = descriptor->backlog != nullptr;
  descriptors_.erase(number);
  if (listened) stop_listening(number);
  if (number < kFirstSocket) ::close(number);
}

// --- Asking for operations. ---

bool SimRing::counts_to_failure(const End* end) {
  return ++operations_ == failing_operation_ && (end == nullptr || !end->spared);
}

void SimRing::begin(Descriptor& descriptor, Flight flight) {
  flight.failing = counts_to_failure(descriptor.end);
  if (!in_flight_.emplace(flight.token, &descriptor).second) {
    findings_.add(fmt::format("token {:x} is in flight twice", flight.token));
  }
  descriptor.flights.push_back(std::move(flight));
  active_[descriptor.ordinal] = &descriptor;
}

void SimRing::connect(Token token, int socket, const core::Address& address) {
  Descriptor& descriptor = adopt(socket);
  trace_.note("connect", now_, descriptor.ordinal, 0);
  begin(descriptor, {.token = token, .kind = Kind::kConnect, .address = address});
}

void SimRing::receive(Token token, int socket) {
  Descriptor* const descriptor = find(socket, "receive");
  if (descriptor == nullptr) return due_.push_back({.token = token, .result = -EBADF});
  trace_.note("receive", now_, descriptor->ordinal, 0);
  begin(*descriptor, {.token = token, .kind = Kind::kReceive});
}

void SimRing::poll(Token token, int number, unsigned events) {
  Descriptor* descriptor = nullptr;
  if (number < kFirstSocket && !descriptors_.contains(number)) {
    descriptor = &adopt(number);
    descriptor->is_foreign = true;
  } else {
    descriptor = find(number, "poll");
  }
  if (descriptor == nullptr) return due_.push_back({.token = token, .result = -EBADF});
  trace_.note("poll", now_, descriptor->ordinal, events);
  begin(*descriptor, {.token = token, .kind = Kind::kPoll, .events = events});
}

void SimRing::send(Token token, int socket, std::span<const iovec> pieces) {
  Descriptor* const descriptor = find(socket, "send");
  if (descriptor == nullptr || descriptor->end == nullptr) {
    return due_.push_back({.token = token, .result = -EBADF});
  }
  if (std::exchange(descriptor->sends_this_pass, true)) {
    findings_.add(fmt::format("#{} has two sends in one pass", descriptor->ordinal));
  }
  Send send{.token = token,
            .descriptor = descriptor,
            .pieces = pieces,
            .checksum = 0,
            .failing = counts_to_failure(descriptor->end),
            .done = false};
  send.checksum = checksum(send);
  if (choose_.chance(odds_.flushed)) carry_out(send);
  sends_.push_back(send);
}

std::uint64_t SimRing::checksum(const Send& send) {
  std::uint64_t hash =
      hash_of({reinterpret_cast<const char*>(send.pieces.data()), send.pieces.size_bytes()});
  for (const iovec& piece : send.pieces) {
    hash = hash_of({static_cast<const char*>(piece.iov_base), piece.iov_len}, hash);
  }
  return hash;
}

void SimRing::cancel(Token token) {
  const auto found = in_flight_.find(token);
  if (found == in_flight_.end()) return;  // it is over, or was never
  Descriptor& descriptor = *found->second;
  trace_.note("cancel", now_, descriptor.ordinal, 0);
  for (Flight& flight : descriptor.flights) {
    if (flight.token == token) flight.cancelled = true;
  }
  active_[descriptor.ordinal] = &descriptor;
}

// --- Entering and leaving the kernel. ---

void SimRing::enter(Time deadline) {
  if (++enters_ > kEntersMost) give_up("the loop runs without end");
  for (Send& send : sends_) {
    if (!send.done) carry_out(send);
    if (checksum(send) != send.checksum) {
      findings_.add(fmt::format("what #{} sends changed meanwhile", send.descriptor->ordinal));
    }
    send.descriptor->sends_this_pass = false;
  }
  sends_.clear();
  now_ += core::Duration(choose_.below(static_cast<std::uint64_t>(odds_.drift.count()) + 1));
  act();
  complete_some(false);
  const bool waits = !std::exchange(woken_, false) && due_.empty() && deadline > now_;
  if (waits && !choose_.chance(odds_.early_return)) wait(deadline);
}

// Nothing is held back any more: else the run might wait for what stands in its own way.
void SimRing::wait(Time deadline) {
  for (;;) {
    complete_some(true);
    if (!due_.empty() || woken_ || now_ >= deadline) break;
    const Time next = std::min(deadline, actors_next());
    if (next == core::kNever) give_up("the loop waits for ever");
    now_ = std::max(now_, next);
    act();
    complete_some(false);
  }
  woken_ = false;
}

void SimRing::reap(std::vector<core::Completion>& completions) {
  completions.swap(due_);
  due_.clear();
}

// --- Buffers. ---

int SimRing::take_buffer(std::string_view bytes) {
  const int id = next_buffer_++;
  std::string& buffer = buffers_out_[id];
  buffer.reserve(64);  // on the heap, so that a sanitizer sees a late look at it
  buffer = bytes;
  return id;
}

std::string_view SimRing::buffer(int id, std::size_t size) const {
  const auto found = buffers_out_.find(id);
  if (found == buffers_out_.end() || size > found->second.size()) {
    findings_.add(fmt::format("buffer {} is read, which is not out", id));
    return {};
  }
  return std::string_view(found->second).substr(0, size);
}

void SimRing::give_back(int id) {
  const auto found = buffers_out_.find(id);
  if (found == buffers_out_.end()) {
    return findings_.add(fmt::format("buffer {} is given back, which is not out", id));
  }
  found->second.assign(found->second.size(), '\xDB');
  buffers_out_.erase(found);
  for (const int number : std::exchange(parked_, {})) {
    Descriptor* const descriptor = descriptors_.at(number).get();
    active_[descriptor->ordinal] = descriptor;
  }
}

}  // namespace sim
