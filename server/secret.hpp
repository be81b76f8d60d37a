// A secret: text that is wiped from memory as soon as nobody needs it any more.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace server {

// Move-only, so that there is one copy; moving leaves none behind. Plain data for any thread, one
// at a time. There is no way to print it but text(): never in a log, an answer or an exception.
class Secret {
 public:
  Secret() = default;  // nothing

  // Takes the text from the buffer that it came in, which is wiped: the buffer must be writable
  // memory and nobody's but the caller's. What of it stood in other buffers on its way here (a line
  // that came in pieces) is overwritten by what comes next, and not before.
  static Secret take(std::string_view text);

  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  std::string_view text() const {
    return bytes_ ? std::string_view(bytes_.get(), size_) : std::string_view("");
  }
  bool empty() const { return size_ == 0; }

 private:
  void wipe() noexcept;

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace server
