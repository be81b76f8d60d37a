// Checking of numbers and text. The text of a configuration reaches other people's terminals (the
// message of the day, the server's name), so it is held to the rules for what clients say.
#include "server/value_forms.hpp"

#include <algorithm>
#include <charconv>

#include "core/text.hpp"
#include "server/account_forms.hpp"
#include "server/names.hpp"
#include "server/passwords.hpp"
#include "server/suggest.hpp"

namespace server {
namespace {

template <typename Value>
std::optional<Value> within(std::optional<Value> value, Value least, Value most) {
  if (!value || *value < least || *value > most) return std::nullopt;
  return value;
}

bool is_safe(std::string_view line) {
  std::string safe;
  core::sanitize(line, safe);
  return safe == line;
}

// Calls `take(part)` for each part of a list with commas, without blanks around it. False: one was
// refused, or nothing follows the last comma.
template <class Take>
bool for_each_in_list(std::string_view text, Take&& take) {
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view part = text.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!take(part) || comma + 1 == text.size()) return false;
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return true;
}

}  // namespace

// Not fmt's {:?}: version 9 asserts on a sequence of UTF-8 that is cut short.
std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMostShown = 60;
  std::size_t shown = std::min(text.size(), kMostShown);
  const auto splits_character = [&] { return (text[shown] & 0xC0) == 0x80; };
  while (shown > 0 && shown < text.size() && splits_character()) --shown;

  const std::string_view part = text.substr(0, shown);
  const bool readable = is_safe(part);
  std::string result = "\"";
  for (const char byte : part) {
    if (byte == '"' || byte == '\\') {
      result += fmt::format("\\{}", byte);
    } else if (readable || (byte >= ' ' && byte <= '~')) {
      result += byte;
    } else {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
  }
  return result + (shown < text.size() ? "\"..." : "\"");
}

std::string refusal(std::string_view text, std::string_view expected) {
  return fmt::format("{} is not accepted; expected {}", in_quotes(text), expected);
}

std::string suggestion(std::string_view text, std::span<const std::string_view> words) {
  const auto index = nearest(text, words);
  if (!index) return {};
  return fmt::format("; did you mean {}?", words[*index]);
}

std::optional<std::size_t> CountForm::parse(std::string_view text) const {
  std::size_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return within<Value>(value, least, most);
}

std::optional<AutoForm::Value> AutoForm::parse(std::string_view text) const {
  if (text == "auto") return Value();
  const auto number = count.parse(text);
  if (!number) return std::nullopt;
  return Value(*number);
}

std::optional<std::size_t> SizeForm::parse(std::string_view text) const {
  return within(core::parse_size(text), least, most);
}

std::optional<core::Duration> DurationForm::parse(std::string_view text) const {
  return within(core::parse_duration(text), least, most);
}

std::optional<std::string> LineForm::parse(std::string_view text) const {
  if (text.size() < least || text.size() > most || !is_safe(text)) return std::nullopt;
  return std::string(text);
}

std::optional<std::string> FileForm::parse(std::string_view text) const {
  if (text.empty() || text.size() > kMost || !is_safe(text)) return std::nullopt;
  if (text.find_first_of("=,") != std::string_view::npos) return std::nullopt;
  return std::string(text);
}

std::optional<std::string> TextForm::parse(std::string_view text) const {
  std::string without_ends(text);
  std::erase(without_ends, '\n');
  if (text.size() > most || !is_safe(without_ends)) return std::nullopt;
  return std::string(text);
}

std::optional<PasswordHashForm::Value> PasswordHashForm::parse(std::string_view text) const {
  if (!text.empty() && !is_password_hash(text)) return std::nullopt;
  return std::string(text);
}

std::optional<NicksForm::Value> NicksForm::parse(std::string_view text) const {
  Value nicks;
  const bool all_are = for_each_in_list(text, [&](std::string_view part) {
    if (check_nick(part) || nicks.size() == most) return false;
    nicks.emplace_back(part);
    return true;
  });
  if (!all_are) return std::nullopt;
  return nicks;
}

std::optional<std::string> RoomForm::parse(std::string_view text) const {
  if (check_room(text, most)) return std::nullopt;
  return std::string(text);
}

std::string RoomForm::refuse(std::string_view text) const {
  return fmt::format("{} is not accepted; {}", in_quotes(text),
                     explain_room(check_room(text, most).value(), most));
}

std::optional<NetworksForm::Value> NetworksForm::parse(std::string_view text) const {
  Value networks;
  const bool all_are = for_each_in_list(text, [&](std::string_view part) {
    const auto network = core::Network::parse(part);
    if (!network || networks.size() == most) return false;
    networks.push_back(*network);
    return true;
  });
  if (!all_are) return std::nullopt;
  return networks;
}

std::string NetworksForm::print(const Value& value) const {
  std::vector<std::string> parts;
  for (const core::Network& network : value) parts.push_back(network.to_string());
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace server
