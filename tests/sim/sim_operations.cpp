// What each operation of the simulated kernel answers.
#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <poll.h>

#include "tests/sim/sim_ring.hpp"

namespace sim {

int SimRing::pick(std::initializer_list<int> errors) {
  return errors.begin()[choose_.below(errors.size())];
}

SimRing::Step SimRing::complete(const Descriptor& descriptor, const Flight& flight, int result,
                                bool more, int buffer) {
  constexpr const char* kWords[] = {"connected", "received", "polled"};
  trace_.note(kWords[static_cast<std::size_t>(flight.kind)], now_, descriptor.ordinal, result);
  due_.push_back({.token = flight.token, .result = result, .buffer = buffer, .more = more});
  return more ? Step::kGoesOn : Step::kOver;
}

// In the order of descriptors, but for those that chance leaves for later. `all`: none is left.
void SimRing::complete_some(bool all) {
  std::vector<Descriptor*> candidates;
  for (auto& [number, descriptor] : active_) candidates.push_back(descriptor);
  for (Descriptor* const descriptor : candidates) {
    if (!all && choose_.chance(odds_.postponed)) continue;
    active_.erase(descriptor->ordinal);
    progress(*descriptor, all);
  }
}

void SimRing::progress(Descriptor& descriptor, bool all) {
  for (std::size_t i = 0; i < descriptor.flights.size();) {
    Step step = Step::kNothing;
    do {
      step = advance(descriptor, descriptor.flights[i], all);
    } while (step == Step::kGoesOn);
    if (step == Step::kOver) {
      in_flight_.erase(descriptor.flights[i].token);
      descriptor.flights.erase(descriptor.flights.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
  // The real state of a real descriptor changes without a word.
  if (descriptor.is_foreign && !descriptor.flights.empty()) {
    active_[descriptor.ordinal] = &descriptor;
  } else if (descriptor.is_foreign) {
    descriptors_.erase(descriptor.number);
  }
}

SimRing::Step SimRing::advance(Descriptor& descriptor, Flight& flight, bool all) {
  const bool deceives = flight.kind == Kind::kPoll && choose_.chance(odds_.spurious_poll);
  const bool ready = flight.failing || deceives || is_ready(descriptor, flight);
  if (flight.cancelled) {
    if (!ready || !choose_.chance(odds_.beaten_cancel)) {
      if (!all && choose_.chance(odds_.cancel_late)) {
        active_[descriptor.ordinal] = &descriptor;
        return Step::kNothing;
      }
      return complete(descriptor, flight, -ECANCELED, false);
    }
  } else if (!ready) {
    return Step::kNothing;
  }
  switch (flight.kind) {
    case Kind::kConnect:
      return advance_connect(descriptor, flight);
    case Kind::kReceive:
      return advance_receive(descriptor, flight);
    case Kind::kPoll:
      return advance_poll(descriptor, flight);
  }
  return Step::kNothing;
}

bool SimRing::is_ready(const Descriptor& descriptor, const Flight& flight) const {
  const End* const end = descriptor.end;
  switch (flight.kind) {
    case Kind::kConnect:
      return true;
    case Kind::kReceive:
      return end->unread() > 0 || end->finished();
    case Kind::kPoll:
      if (descriptor.backlog != nullptr) return !descriptor.backlog->empty();
      if (descriptor.is_foreign) {
        pollfd real{
            .fd = descriptor.number, .events = static_cast<short>(flight.events), .revents = 0};
        return ::poll(&real, 1, 0) > 0;
      }
      return ((flight.events & POLLOUT) != 0 && end->space() > 0) || end->reset() ||
             ((flight.events & POLLIN) != 0 && (end->unread() > 0 || end->finished()));
  }
  return false;
}

// --- Accepting. ---

core::Address SimRing::address_of(const Descriptor& descriptor) {
  const std::uint64_t n = descriptor.ordinal;
  const auto text = fmt::format("10.{}.{}.{}:{}", n >> 16 & 255, n >> 8 & 255, n & 255, 40000);
  return *core::Address::parse(text);
}

int SimRing::accept(int listener, core::Address& peer) {
  Descriptor& descriptor = adopt(listener);
  if (descriptor.backlog == nullptr) {
    const std::string address = core::Address::of_local(listener).to_string();
    refusing_.erase(address);
    descriptor.backlog = &backlogs_[address];
  }
  const int result = take_waiting(descriptor);
  if (result >= kFirstSocket) peer = address_of(*descriptors_.at(result));
  trace_.note("accept", now_, descriptor.ordinal, result >= kFirstSocket ? 1 : result);
  return result;
}

int SimRing::take_waiting(const Descriptor& listener) {
  auto& backlog = *listener.backlog;
  if (backlog.empty()) return -EAGAIN;
  if (counts_to_failure(nullptr) || choose_.chance(odds_.accept_fails)) return fail_accept(backlog);
  if (descriptors_.size() >= odds_.descriptors) return -pick({EMFILE, ENFILE});
  if (others_listen(listener) && choose_.chance(0.5)) return -EAGAIN;  // another was faster
  std::shared_ptr<Link> link = std::move(backlog.front());
  backlog.pop_front();
  if (link->near.reset() && choose_.chance(0.5)) return -ECONNABORTED;
  Descriptor& socket = adopt(next_socket_++);
  End& end = link->near;
  own_socket(socket, std::move(link), end);
  return socket.number;
}

int SimRing::fail_accept(std::deque<std::shared_ptr<Link>>& backlog) {
  const int error = pick({EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED, EPROTO, EPERM});
  const bool loses_one = error == ECONNABORTED || error == EPROTO || error == EPERM;
  const auto lost = std::find_if(backlog.begin(), backlog.end(),
                                 [](const auto& link) { return !link->far.spared; });
  if (loses_one && lost != backlog.end()) {
    ++injected_;
    (*lost)->far.hit = true;
    (*lost)->near.vanish(ECONNRESET, false);
    backlog.erase(lost);
  }
  return -error;
}

bool SimRing::others_listen(const Descriptor& listener) const {
  return std::any_of(descriptors_.begin(), descriptors_.end(), [&](const auto& one) {
    return one.second.get() != &listener && one.second->backlog == listener.backlog;
  });
}

SimRing::Step SimRing::advance_connect(Descriptor& descriptor, Flight& flight) {
  if (flight.failing || choose_.chance(odds_.accept_fails)) {
    return complete(descriptor, flight, -pick({ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH}),
                    false);
  }
  const auto backlog = backlogs_.find(flight.address.to_string());
  if (backlog == backlogs_.end()) return complete(descriptor, flight, -ECONNREFUSED, false);
  auto link = std::make_shared<Link>();
  link->near.capacity = choose_.magnitude(16, 65536);
  link->far.capacity = choose_.magnitude(16, 65536);
  backlog->second.push_back(link);
  for (auto& [number, one] : descriptors_) {
    if (one->backlog == &backlog->second) active_[one->ordinal] = one.get();
  }
  End& end = link->far;
  own_socket(descriptor, std::move(link), end);
  return complete(descriptor, flight, 0, false);
}

SimRing::Step SimRing::advance_receive(Descriptor& descriptor, Flight& flight) {
  End& end = *descriptor.end;
  if (flight.failing || (!end.spared && choose_.chance(odds_.receive_fails))) {
    const int error = pick({ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENOMEM});
    ++injected_;
    end.hit = true;
    if (error != ENOMEM) end.break_off(choose_.chance(odds_.dropped));
    return complete(descriptor, flight, -error, false);
  }
  const bool has_buffer = buffers_out_.size() < odds_.buffers;
  if (end.unread() > 0) {
    if (!has_buffer && choose_.chance(0.5)) {
      parked_.insert(descriptor.number);
      return Step::kNothing;
    }
    if (!has_buffer || choose_.chance(odds_.no_buffer)) {
      return complete(descriptor, flight, -ENOBUFS, false);
    }
    std::size_t size = std::min(end.unread(), odds_.buffer_bytes);
    if (choose_.chance(odds_.short_receive)) size = choose_.between(1, size);
    const std::string bytes = end.read(size);
    trace_.note("bytes in", now_, descriptor.ordinal, static_cast<std::int64_t>(hash_of(bytes)));
    const bool more = !choose_.chance(odds_.last_of_many);
    const int buffer = take_buffer(bytes);
    return complete(descriptor, flight, static_cast<int>(bytes.size()), more, buffer);
  }
  const int buffer =
      has_buffer && choose_.chance(odds_.buffer_at_end) ? take_buffer({}) : core::kNoBuffer;
  return complete(descriptor, flight, -end.end_error(), false, buffer);
}

SimRing::Step SimRing::advance_poll(Descriptor& descriptor, Flight& flight) {
  if (flight.failing || choose_.chance(odds_.poll_fails)) {
    return complete(descriptor, flight, -ENOMEM, false);
  }
  if (descriptor.end == nullptr) return complete(descriptor, flight, POLLIN, false);
  const End& end = *descriptor.end;
  unsigned mask = end.reset() ? POLLERR | POLLHUP : 0;
  if (end.space() > 0 || end.reset()) mask |= flight.events & POLLOUT;
  if (end.unread() > 0 || end.finished()) mask |= flight.events & POLLIN;
  if (mask == 0) mask = flight.events;  // not so
  return complete(descriptor, flight, static_cast<int>(mask), false);
}

// What went out whole says nothing.
void SimRing::carry_out(Send& send) {
  send.done = true;
  Descriptor& descriptor = *send.descriptor;
  End& end = *descriptor.end;
  const auto answer = [&](std::int64_t result) {
    trace_.note("sent", now_, descriptor.ordinal, result);
    due_.push_back({.token = send.token, .result = static_cast<std::int32_t>(result)});
  };
  if (send.failing || (!end.spared && choose_.chance(odds_.send_fails))) {
    const int error = pick({ECONNRESET, EPIPE, ETIMEDOUT, EHOSTUNREACH, EAGAIN, ENOBUFS, ENOMEM});
    if (error != EAGAIN && error != ENOBUFS && error != ENOMEM) {
      ++injected_;
      end.hit = true;
      end.break_off(choose_.chance(odds_.dropped));
    }
    return answer(-error);
  }
  if (const int error = end.send_error(); error != 0) return answer(-error);

  std::string bytes;
  for (const iovec& piece : send.pieces) {
    bytes.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  }
  if (bytes.empty()) findings_.add(fmt::format("#{} sends nothing", descriptor.ordinal));
  std::size_t taken = std::min(bytes.size(), end.space());
  if (!end.spared && choose_.chance(odds_.short_send)) taken = choose_.below(taken + 1);
  taken = end.send(std::string_view(bytes).substr(0, taken));
  trace_.note("bytes out", now_, descriptor.ordinal, static_cast<std::int64_t>(hash_of(bytes)));
  if (taken == bytes.size()) return;
  answer(taken > 0 ? static_cast<std::int64_t>(taken) : -pick({EAGAIN, EAGAIN, ENOBUFS, ENOMEM}));
}

}  // namespace sim
