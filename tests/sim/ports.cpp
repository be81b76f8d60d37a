// Sorting what the kernel answers, and whose turn it is.
#include "tests/sim/ports.hpp"

#include <algorithm>
#include <utility>

namespace sim {

Ports::Ports(SimRing& kernel, std::size_t count) : kernel_(kernel) {
  while (all_.size() < count) all_.push_back(std::make_unique<Port>(*this));
  for (const auto& port : all_) present_.push_back(port.get());
}

bool Ports::idle(const Port& port) const {
  return port.due_.empty() && !port.woken_ && port.waits_until_ > kernel_.now();
}

std::size_t Ports::next() {
  std::vector<std::size_t> busy;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (!idle(*all_[i])) busy.push_back(i);
  }
  constexpr double kOddsOfAnyOther = 0.05;
  if (busy.empty() || kernel_.choose().chance(kOddsOfAnyOther)) {
    return kernel_.choose().below(all_.size());
  }
  return busy[kernel_.choose().below(busy.size())];
}

void Ports::leave_alone(std::size_t index) {
  present_ = {all_[index].get()};
}

void Ports::enter_kernel(core::Time deadline) {
  kernel_.enter(deadline);
  std::vector<core::Completion> completions;
  kernel_.reap(completions);
  for (core::Completion completion : completions) {
    const auto flight = flights_.find(completion.token);
    if (flight == flights_.end()) continue;
    Port& port = *flight->second.port;
    completion.token = flight->second.token;
    port.due_.push_back(completion);
    if (!completion.more) forget(port, completion.token);
  }
  for (const auto& port : all_) {
    for (const core::Token token : std::exchange(port->sends_, {})) forget(*port, token);
  }
}

void Ports::forget(Port& port, core::Token token) {
  const auto known = port.own_.find(token);
  if (known == port.own_.end()) return;
  flights_.erase(known->second);
  port.own_.erase(known);
}

core::Token Port::begin(core::Token token) {
  const core::Token known = ++ports_.last_;
  own_[token] = known;
  ports_.flights_[known] = {this, token};
  return known;
}

// Only when all wait does time jump. One that returned with nothing counts as waiting still.
void Port::enter(core::Time deadline) {
  waits_until_ = std::exchange(woken_, false) ? core::Time::min() : deadline;
  ports_.enter_kernel(core::Time::min());
  const auto& present = ports_.present_;
  const bool all_wait = std::all_of(present.begin(), present.end(),
                                    [this](const Port* port) { return ports_.idle(*port); });
  if (all_wait) {
    core::Time first = core::kNever;
    for (const Port* const port : present) first = std::min(first, port->waits_until_);
    ports_.enter_kernel(first);
  }
}

void Port::reap(std::vector<core::Completion>& completions) {
  if (!due_.empty()) waits_until_ = core::Time::min();  // what they bring about is not known
  completions.swap(due_);
  due_.clear();
}

int Port::accept(int listener, core::Address& peer) {
  return ports_.kernel_.accept(listener, peer);
}

void Port::connect(core::Token token, int socket, const core::Address& address) {
  ports_.kernel_.connect(begin(token), socket, address);
}

void Port::receive(core::Token token, int socket) {
  ports_.kernel_.receive(begin(token), socket);
}

void Port::send(core::Token token, int socket, std::span<const iovec> pieces) {
  sends_.push_back(token);
  ports_.kernel_.send(begin(token), socket, pieces);
}

void Port::poll(core::Token token, int descriptor, unsigned events) {
  ports_.kernel_.poll(begin(token), descriptor, events);
}

void Port::cancel(core::Token token) {
  if (const auto known = own_.find(token); known != own_.end()) {
    ports_.kernel_.cancel(known->second);
  }
}

std::string_view Port::buffer(int id, std::size_t size) const {
  return ports_.kernel_.buffer(id, size);
}

void Port::give_back(int id) {
  ports_.kernel_.give_back(id);
}

void Port::shutdown(int socket, int how) {
  ports_.kernel_.shutdown(socket, how);
}

void Port::reset_on_close(int socket) {
  ports_.kernel_.reset_on_close(socket);
}

void Port::close(int descriptor) {
  ports_.kernel_.close(descriptor);
}

core::Time Port::now() {
  return ports_.kernel_.now();
}

std::time_t Port::wall_clock() {
  return ports_.kernel_.wall_clock();
}

}  // namespace sim
