// What the two ends of a connection do to each other.
#include "tests/sim/link.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sim {

std::size_t End::space() const {
  if (far_->closed_) return SIZE_MAX;  // the network takes it, and answers later
  return far_->capacity - std::min(far_->capacity, far_->unread());
}

std::size_t End::send(std::string_view bytes) {
  if (reset_) return 0;
  if (far_->closed_) {
    be_reset(ECONNRESET, false);
    return bytes.size();
  }
  const std::size_t taken = std::min(bytes.size(), space());
  if (taken == 0) return 0;
  far_->arrived_.append(bytes.substr(0, taken));
  far_->notify();
  return taken;
}

int End::send_error() {
  if (error_ != 0) return std::exchange(error_, 0);
  return reset_ || ended_ ? EPIPE : 0;
}

std::string End::read(std::size_t most) {
  std::string bytes = arrived_.substr(read_, most);
  read_ += bytes.size();
  if (read_ == arrived_.size()) {
    arrived_.clear();
    read_ = 0;
  } else if (read_ > arrived_.size() / 2) {
    arrived_.erase(0, std::exchange(read_, 0));
  }
  if (!bytes.empty()) far_->notify();
  return bytes;
}

int End::end_error() {
  return std::exchange(error_, 0);
}

void End::end() {
  if (std::exchange(ended_, true)) return;
  far_->notify();
}

void End::close(bool drops) {
  if (std::exchange(closed_, true)) return;
  changed = nullptr;
  if (unread() > 0) {
    far_->be_reset(ECONNRESET, drops);
  } else {
    far_->notify();
  }
}

void End::vanish(int error, bool drops) {
  closed_ = true;
  changed = nullptr;
  far_->be_reset(error, drops);
}

void End::break_off(bool drops) {
  be_reset(0, drops);
  far_->be_reset(ECONNRESET, drops);
}

void End::be_reset(int error, bool drops) {
  if (closed_ || std::exchange(reset_, true)) return;
  error_ = error;
  if (drops) {
    arrived_.clear();
    read_ = 0;
  }
  notify();
}

}  // namespace sim
