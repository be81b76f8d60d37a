// Folding a run into a number.
#include "tests/sim/trace.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace sim {

namespace {

std::uint64_t fold(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15;
  return hash ^ (hash >> 32);
}

}  // namespace

std::uint64_t hash_of(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t hash = fold(seed, bytes.size());
  while (bytes.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    hash = fold(hash, word);
    bytes.remove_prefix(sizeof word);
  }
  for (const char byte : bytes) hash = fold(hash, static_cast<unsigned char>(byte));
  return hash;
}

void Trace::note(const char* what, core::Time when, std::uint64_t where, std::int64_t value) {
  entries_[length_++ % kTail] = {what, when, where, value};
  hash_ = hash_of(what, hash_);
  hash_ = fold(hash_, static_cast<std::uint64_t>(when.time_since_epoch().count()));
  hash_ = fold(fold(hash_, where), static_cast<std::uint64_t>(value));
}

std::string Trace::tail() const {
  std::string text;
  for (std::size_t i = length_ - std::min(length_, kTail); i < length_; ++i) {
    const Entry& entry = entries_[i % kTail];
    const auto micros =
        std::chrono::duration_cast<std::chrono::microseconds>(entry.when.time_since_epoch());
    text += fmt::format("  {:>12} us  #{:<6} {} {}\n", micros.count(), entry.where, entry.what,
                        entry.value);
  }
  return text;
}

}  // namespace sim
