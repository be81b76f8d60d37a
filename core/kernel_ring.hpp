// KernelRing: what the rings on the real kernel do alike, by system calls that never wait.
#pragma once

#include "core/ring.hpp"

namespace core {

// Thread: as Ring. Ownership: the eventfd(2) through which other threads wake it.
class KernelRing : public Ring {
 public:
  ~KernelRing() override;
  KernelRing(const KernelRing&) = delete;
  KernelRing& operator=(const KernelRing&) = delete;

  int accept(int listener, Address& peer) override;
  void shutdown(int socket, int how) override;
  void reset_on_close(int socket) override;
  void close(int descriptor) override;
  Time now() override { return Clock::now(); }
  void wake() noexcept override;

 protected:
  // Throws std::system_error where there is no eventfd to be had.
  KernelRing();

  // Readable once somebody has called wake(), until forget_wakes().
  int wake_descriptor() const { return wake_descriptor_; }
  void forget_wakes() noexcept;

 private:
  int wake_descriptor_;
};

}  // namespace core
