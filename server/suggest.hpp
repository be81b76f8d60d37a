// "Did you mean": the known word that a mistyped one is nearest to.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace server {

// The index of the candidate that differs from `word` by the fewest insertions, deletions,
// replacements and swaps of neighbours (optimal string alignment), upper case taken as lower.
// Nothing where more than a quarter of the word, or more than three letters, would have to change;
// one change is always allowed. A candidate that contains the word (of three letters or more) is
// the last resort.
std::optional<std::size_t> nearest(std::string_view word,
                                   std::span<const std::string_view> candidates);

}  // namespace server
