// Edit distance in three rows; words are short and this runs only on the way to an error.
#include "server/suggest.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "core/ascii.hpp"

namespace server {
namespace {

std::size_t distance(std::string_view from, std::string_view to) {
  const std::size_t columns = to.size() + 1;
  std::vector<std::size_t> before_last(columns);
  std::vector<std::size_t> last(columns);
  std::vector<std::size_t> row(columns);
  for (std::size_t column = 0; column < columns; ++column) last[column] = column;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j < columns; ++j) {
      const std::size_t replaced = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last.back();
}

}  // namespace

std::optional<std::size_t> nearest(std::string_view word,
                                   std::span<const std::string_view> candidates) {
  constexpr std::size_t kMostChanges = 3;
  constexpr std::size_t kShortestPart = 3;
  const std::string wanted = core::lowered(word);
  std::size_t least = std::clamp<std::size_t>(wanted.size() / 4, 1, kMostChanges) + 1;
  std::optional<std::size_t> best;
  for (std::size_t index = 0; index < candidates.size(); ++index) {
    const std::string_view candidate = candidates[index];
    // As many changes as the lengths differ by are needed anyway, which spares the table mostly.
    const std::size_t longer = std::max(wanted.size(), candidate.size());
    const std::size_t shorter = std::min(wanted.size(), candidate.size());
    const std::size_t changes =
        longer - shorter < least ? distance(wanted, core::lowered(candidate)) : longer;
    if (changes < least) {
      least = changes;
      best = index;
    } else if (!best && wanted.size() >= kShortestPart &&
               candidate.find(wanted) != std::string_view::npos) {
      best = index;
    }
  }
  return best;
}

}  // namespace server
