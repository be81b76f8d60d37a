// Understanding distributions.
#include "client/load/message_sizes.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "core/units.hpp"

namespace load {
namespace {

std::optional<std::size_t> parse_one(std::string_view text, std::size_t least, std::size_t most) {
  const auto size = core::parse_size(text);
  return size && *size >= least && *size <= most ? size : std::nullopt;
}

// "64:9".
std::optional<std::pair<std::size_t, std::size_t>> parse_part(std::string_view text,
                                                              std::size_t least, std::size_t most) {
  constexpr std::size_t kWeightMost = 1'000'000;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto size = parse_one(text.substr(0, colon), least, most);
  const std::string_view digits = text.substr(colon + 1);
  std::size_t weight = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, weight);
  if (!size || error != std::errc{} || rest != end || weight == 0 || weight > kWeightMost) {
    return std::nullopt;
  }
  return std::pair(*size, weight);
}

}  // namespace

MessageSizes::MessageSizes(std::size_t size)
    : least_(size), most_(size), text_(core::format_size(size)) {}

std::optional<MessageSizes> MessageSizes::parse(std::string_view text, std::size_t least,
                                                std::size_t most) {
  if (const auto size = parse_one(text, least, most)) return MessageSizes(*size);
  MessageSizes sizes(0);
  sizes.text_ = text;
  const std::size_t dash = text.find('-');
  if (dash != std::string_view::npos) {
    const auto from = parse_one(text.substr(0, dash), least, most);
    const auto to = parse_one(text.substr(dash + 1), least, most);
    if (!from || !to || *from >= *to) return std::nullopt;
    for (std::size_t i = 0; i < kQuantiles; ++i) {
      sizes.quantiles_[i] =
          static_cast<std::uint32_t>(*from + (*to - *from) * i / (kQuantiles - 1));
    }
  } else {
    std::vector<std::pair<std::size_t, std::size_t>> parts;
    std::size_t weights = 0;
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find(',', begin), text.size());
      const auto part = parse_part(text.substr(begin, end - begin), least, most);
      if (!part) return std::nullopt;
      parts.push_back(*part);
      weights += part->second;
      begin = end + 1;
    }
    std::size_t part = 0;
    std::size_t passed = parts[0].second;
    for (std::size_t i = 0; i < kQuantiles; ++i) {
      while (passed * kQuantiles <= i * weights) passed += parts[++part].second;
      sizes.quantiles_[i] = static_cast<std::uint32_t>(parts[part].first);
    }
  }
  const auto [low, high] = std::minmax_element(sizes.quantiles_.begin(), sizes.quantiles_.end());
  sizes.least_ = *low;
  sizes.most_ = *high;
  return sizes;
}

}  // namespace load
