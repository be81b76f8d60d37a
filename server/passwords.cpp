// The cost is that of libsodium's "interactive" limits.
#include "server/passwords.hpp"

#include <array>
#include <cerrno>
#include <new>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <sodium.h>

#include "core/ascii.hpp"
#include "core/text.hpp"

namespace server {
namespace {

constexpr auto kOperations = crypto_pwhash_OPSLIMIT_INTERACTIVE;
constexpr auto kMemory = crypto_pwhash_MEMLIMIT_INTERACTIVE;
static_assert(kMemory == kHashingBytes);

// A hash of no password, as costly as any other: salt and sum are zeroes.
constexpr const char* kNobodysHash =
    "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

void prepare_library() {
  if (::sodium_init() < 0) throw std::runtime_error("libsodium cannot be used here");
}

// libsodium answers "no" to want of memory too, and tells them apart by errno.
bool matches(const std::string& hash, const Secret& password) {
  errno = 0;
  const std::string_view text = password.text();
  if (::crypto_pwhash_str_verify(hash.c_str(), text.data(), text.size()) == 0) return true;
  if (errno != EINVAL && is_password_hash(hash)) throw std::bad_alloc();
  return false;
}

}  // namespace

std::optional<PasswordFault> check_password(std::string_view password, std::string_view nick) {
  if (password.size() < kPasswordMinBytes) return PasswordFault::kTooShort;
  if (password.size() > kPasswordMaxBytes) return PasswordFault::kTooLong;
  if (password.front() == ' ' || password.back() == ' ') return PasswordFault::kBadCharacter;
  if (!core::is_plain(password)) {
    std::string safe;
    core::sanitize(password, safe);
    const bool is_safe = safe == password;
    ::sodium_memzero(safe.data(), safe.size());
    if (!is_safe) return PasswordFault::kBadCharacter;
  }
  if (core::equal_ignoring_case(password, nick)) return PasswordFault::kIsNick;
  return std::nullopt;
}

std::string explain_password(PasswordFault fault) {
  switch (fault) {
    case PasswordFault::kTooShort:
      return fmt::format("a password has at least {} bytes", kPasswordMinBytes);
    case PasswordFault::kTooLong:
      return fmt::format("a password has at most {} bytes", kPasswordMaxBytes);
    case PasswordFault::kBadCharacter:
      return "a password is UTF-8 text without control characters, and no blank at either end";
    case PasswordFault::kIsNick:
      return "a password is something else than the nick";
  }
  return {};
}

std::string hash_password(const Secret& password) {
  prepare_library();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  const std::string_view text = password.text();
  if (::crypto_pwhash_str(hash.data(), text.data(), text.size(), kOperations, kMemory) != 0) {
    throw std::bad_alloc();
  }
  return hash.data();
}

bool is_password_hash(std::string_view text) {
  if (!text.starts_with("$argon2") || text.size() >= crypto_pwhash_STRBYTES) return false;
  return ::crypto_pwhash_str_needs_rehash(std::string(text).c_str(), kOperations, kMemory) != -1;
}

// One of those that may be at work or wait; free again when this is destroyed.
class Passwords::Place {
 public:
  explicit Place(Passwords& in) : in_(&in) {}
  Place(Place&& other) noexcept : in_(std::exchange(other.in_, nullptr)), since_(other.since_) {}
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (in_ == nullptr) return;
    const std::int64_t time = std::chrono::nanoseconds(Clock::now() - since_).count();
    std::int64_t longest = in_->longest_.load();
    while (time > longest && !in_->longest_.compare_exchange_weak(longest, time)) {
    }
    in_->taken_.fetch_sub(1);
  }

 private:
  using Clock = std::chrono::steady_clock;

  Passwords* in_;
  Clock::time_point since_ = Clock::now();
};

Passwords::Passwords(std::size_t threads, std::size_t waiting_most)
    : most_(threads + waiting_most), executor_(threads) {
  prepare_library();
}

std::optional<Passwords::Place> Passwords::take_place() {
  std::size_t taken = taken_.load();
  do {
    if (taken >= most_) return std::nullopt;
  } while (!taken_.compare_exchange_weak(taken, taken + 1));
  return Place(*this);
}

// The place and the password belong to the call: they go when it has ended, or is dropped before it
// began, whether or not anybody still waits for it.
core::Task<std::optional<std::string>> Passwords::hash(Secret password) {
  auto place = take_place();
  if (!place) co_return std::nullopt;
  auto call = [place = std::move(*place), password = std::move(password)] {
    return hash_password(password);
  };
  co_return co_await core::to_thread(executor_, std::move(call));
}

core::Task<std::optional<Passwords::Verdict>> Passwords::verify(std::optional<std::string> hash,
                                                                Secret password) {
  auto place = take_place();
  if (!place) co_return std::nullopt;
  auto call = [place = std::move(*place), hash = std::move(hash), password = std::move(password)] {
    Verdict verdict;
    verdict.right = matches(hash.value_or(kNobodysHash), password) && hash.has_value();
    const bool outdated =
        verdict.right && ::crypto_pwhash_str_needs_rehash(hash->c_str(), kOperations, kMemory) != 0;
    if (outdated) verdict.better_hash = hash_password(password);
    return verdict;
  };
  co_return co_await core::to_thread(executor_, std::move(call));
}

}  // namespace server
