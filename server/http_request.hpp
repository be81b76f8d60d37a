// HttpRequest: the head of one HTTP/1 request, as far as pages for monitoring need it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/units.hpp"

namespace server {

// RFC 9112, sections 2 to 5: the request line is read, header fields are passed over, a body is
// not expected. Lines end with CR LF or LF. Memory: at most kHeadMost bytes of the head.
class HttpRequest {
 public:
  static constexpr std::size_t kHeadMost = 8 * core::kKiB;

  enum class State : std::uint8_t {
    kIncomplete,
    kComplete,
    kMalformed,  // no HTTP/1 request
    kTooLong,    // kHeadMost
  };

  // The next bytes, split anywhere; what follows the head is ignored. Not to be called again once
  // the state is another than kIncomplete.
  State feed(std::string_view bytes);

  // Of a complete one. "GET"; "/metrics", without a query.
  std::string_view method() const { return method_; }
  std::string_view path() const { return path_; }

 private:
  bool parse_request_line(std::string_view line);

  std::string head_;
  std::string method_;
  std::string path_;
};

}  // namespace server
