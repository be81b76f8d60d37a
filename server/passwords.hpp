// Passwords: which are accepted, and their hashes (Argon2id, RFC 9106, by libsodium).
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/executor.hpp"
#include "core/task.hpp"
#include "server/secret.hpp"

namespace server {

inline constexpr std::size_t kPasswordMinBytes = 8;
inline constexpr std::size_t kPasswordMaxBytes = 128;

enum class PasswordFault : std::uint8_t {
  kTooShort,
  kTooLong,
  kBadCharacter,  // what could not be typed into a command as well: controls, blanks at its ends
  kIsNick,
};

// Why `password` cannot be that of `nick`, or nothing if it can.
[[nodiscard]] std::optional<PasswordFault> check_password(std::string_view password,
                                                          std::string_view nick);
// One sentence that says what would be accepted. It quotes nothing of what was typed.
[[nodiscard]] std::string explain_password(PasswordFault fault);

// A hash of a password, with its salt and its cost: printable text that begins with $argon2id$.
// Takes some tenths of a second of a core and kHashingBytes of memory. Throws std::bad_alloc where
// that memory cannot be had.
inline constexpr std::size_t kHashingBytes = 64 * 1024 * 1024;
[[nodiscard]] std::string hash_password(const Secret& password);
// Whether text has the form of such a hash.
[[nodiscard]] bool is_password_hash(std::string_view text);

// Hashes in threads of its own, never on a loop, and only so many at once, since each takes
// kHashingBytes; what waits for its turn is bounded too.
// Thread: any. Its destructor waits for the hashes that were begun.
class Passwords {
 public:
  Passwords(std::size_t threads, std::size_t waiting_most);

  // Nothing: too many wait already.
  core::Task<std::optional<std::string>> hash(Secret password);

  struct Verdict {
    bool right = false;
    std::string better_hash;  // of the same password, where `hash` is not as costly as one made now
  };
  // Whether `hash` is that of the password. Without a hash it answers "no" after as much work, so
  // that nobody can tell by the clock whether there is one. Nothing: too many wait already.
  core::Task<std::optional<Verdict>> verify(std::optional<std::string> hash, Secret password);

  // Those that are hashed now, or wait for that.
  std::size_t waiting() const { return taken_.load(); }
  // The most that one has taken so far, waiting included.
  std::chrono::nanoseconds longest() const { return std::chrono::nanoseconds(longest_.load()); }

 private:
  class Place;
  std::optional<Place> take_place();

  const std::size_t most_;  // at work and waiting
  std::atomic<std::size_t> taken_ = 0;
  std::atomic<std::int64_t> longest_ = 0;  // nanoseconds
  core::Executor executor_;                // the last member: its threads end before what they use
};

}  // namespace server
