// Only the first bytes of each line matter, so only they are kept between two pieces of the text.
#include "client/terminal/quit_finder.hpp"

#include "client/terminal/server_line.hpp"

namespace client {
namespace {

// Enough to tell "/quit" from "/quitter", and a line that ends in CR from one that goes on.
constexpr std::size_t kHeadMost = 7;

}  // namespace

bool asks_to_quit(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  return same_name(word, "/quit") || same_name(word, "/q") || same_name(word, "/exit");
}

std::optional<std::size_t> QuitFinder::feed(std::string_view bytes) {
  std::size_t begin = 0;
  while (begin < bytes.size()) {
    const std::size_t end = bytes.find('\n', begin);
    const std::string_view part = bytes.substr(begin, end - begin);
    head_ += part.substr(0, kHeadMost - head_.size());
    inside_line_ = end == std::string_view::npos;
    if (inside_line_) return std::nullopt;
    begin = end + 1;
    const bool quits = asks_to_quit(head_);
    head_.clear();
    if (quits) return begin;
  }
  return std::nullopt;
}

}  // namespace client
