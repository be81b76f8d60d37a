// The trace of a run: a hash of everything that happened, and the last of it in words.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace sim {

// Two runs with the same hash did the same. Thread: one. `what` must be a literal.
class Trace {
 public:
  void note(const char* what, core::Time when, std::uint64_t where, std::int64_t value);
  std::uint64_t hash() const { return hash_; }
  std::size_t length() const { return length_; }
  // The last entries, one per line, oldest first.
  std::string tail() const;

 private:
  static constexpr std::size_t kTail = 256;

  struct Entry {
    const char* what = "";
    core::Time when;
    std::uint64_t where = 0;  // a descriptor's ordinal, a program's number
    std::int64_t value = 0;
  };

  std::array<Entry, kTail> entries_;
  std::size_t length_ = 0;
  std::uint64_t hash_ = 0;
};

// Of bytes, for a trace and for memory that must not change.
std::uint64_t hash_of(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace sim
