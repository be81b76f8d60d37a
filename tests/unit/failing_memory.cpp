// The whole program's operator new, which counts where it is asked to.
#include "tests/unit/failing_memory.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

constexpr int kEnough = -1;
thread_local int allocations_left = kEnough;  // before one fails, once
thread_local std::size_t asked_for = 0;

bool fails() {
  if (allocations_left == kEnough) return false;
  return allocations_left-- == 0;
}

}  // namespace

void* operator new(std::size_t size) {
  asked_for += size;
  void* const memory = fails() ? nullptr : std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace core::support {

void fail_an_allocation_after(int spared) {
  allocations_left = spared;
}

void fail_no_allocation() {
  allocations_left = kEnough;
}

std::size_t bytes_asked_for() {
  return asked_for;
}

}  // namespace core::support
