// A request's head, cut anywhere: it comes to the same however it is cut, and what is taken for a
// request has nothing in it that was not visible.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/assert.hpp"
#include "server/http_request.hpp"

using server::HttpRequest;
using State = HttpRequest::State;

namespace {

bool is_visible(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  HttpRequest whole;
  const State expected = whole.feed(bytes);

  HttpRequest split;
  State state = State::kIncomplete;
  for (std::size_t at = 0; at < bytes.size() && state == State::kIncomplete; ++at) {
    state = split.feed(bytes.substr(at, 1));
  }
  HUBBUB_ASSERT(state == expected);
  HUBBUB_ASSERT(whole.method() == split.method() && whole.path() == split.path());
  if (expected == State::kComplete) {
    HUBBUB_ASSERT(is_visible(whole.method()) && whole.method().size() < bytes.size());
    HUBBUB_ASSERT(whole.path().empty() || is_visible(whole.path()));
    HUBBUB_ASSERT(whole.path().find('?') == std::string_view::npos);
  }
  return 0;
}
