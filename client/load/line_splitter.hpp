// Cutting a stream of bytes into lines in bulk: lines are handed out where they lie in what was
// received; only one that is split between two pieces is copied.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace load {

// One per connection; holds the unfinished line, at most `most` bytes of it.
class LineSplitter {
 public:
  // Calls take(line) for every line that ends in `bytes`, without its LF or CR LF. The line is
  // valid during the call. False: a line grew beyond `most` bytes, and what there was of it is
  // dropped.
  template <class Take>
  bool feed(std::string_view bytes, std::size_t most, Take&& take) {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    if (!rest_.empty()) {
      const char* const stop = find_end(at, end);
      if (stop == nullptr) return keep(at, end, most);
      rest_.append(at, stop);
      take(without_cr(rest_.data(), rest_.data() + rest_.size()));
      rest_.clear();
      at = stop + 1;
    }
    for (;;) {
      const char* const stop = find_end(at, end);
      if (stop == nullptr) return keep(at, end, most);
      take(without_cr(at, stop));
      at = stop + 1;
    }
  }

 private:
  static const char* find_end(const char* at, const char* end) {
    if (at == end) return nullptr;
    return static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
  }
  static std::string_view without_cr(const char* begin, const char* end) {
    if (end != begin && end[-1] == '\r') --end;
    return {begin, static_cast<std::size_t>(end - begin)};
  }
  bool keep(const char* at, const char* end, std::size_t most) {
    rest_.append(at, end);
    if (rest_.size() <= most) return true;
    rest_ = {};
    return false;
  }

  std::string rest_;
};

}  // namespace load
