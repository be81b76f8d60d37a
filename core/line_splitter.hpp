// LineSplitter: bytes as they arrive, cut into lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace core {

// Memory: at most kLineMost bytes of an unfinished line. A longer one is handed on in pieces of
// that size, so that a server that never ends a line costs nothing.
class LineSplitter {
 public:
  static constexpr std::size_t kLineMost = 16 * 1024;

  // Calls take(std::string_view) for every line that ends here, without its LF or CR LF. The view
  // is valid during the call.
  template <class Take>
  void feed(std::string_view bytes, const Take& take) {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      const std::string_view part = bytes.substr(0, end);
      const std::size_t room = kLineMost - rest_.size();
      if (part.size() > room) {
        hand_on(part.substr(0, room), take);
        bytes.remove_prefix(room);
      } else if (end == std::string_view::npos) {
        rest_ += part;
        return;
      } else {
        hand_on(part, take);
        bytes.remove_prefix(end + 1);
      }
    }
  }

  // The line that has not ended yet.
  std::string_view rest() const { return rest_; }

 private:
  template <class Take>
  void hand_on(std::string_view part, const Take& take) {
    if (!rest_.empty()) part = rest_ += part;
    if (part.ends_with('\r')) part.remove_suffix(1);
    take(part);
    rest_.clear();
  }

  std::string rest_;
};

}  // namespace core
