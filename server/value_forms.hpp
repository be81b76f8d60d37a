// The forms a configured value may have: how its text is checked, read and written.
//
// A form is a small value with `Value`, `kStyle`, accepts() (a phrase that fits after "expected"),
// parse() (nothing where the text is refused) and print(), whose text parse() reads back to the
// same value. A form that can say more about a refusal than "expected ..." has refuse(text) too.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/address.hpp"
#include "core/network.hpp"
#include "core/time.hpp"
#include "core/units.hpp"
#include "server/config.hpp"

namespace server {

// How a value stands in a YAML file.
enum class YamlStyle { kPlain, kQuoted, kListeners };

// The text in quotes, on one line, without anything a terminal would act on, and cut where it is
// long.
std::string in_quotes(std::string_view text);

// `"12" is not accepted; expected ...`
std::string refusal(std::string_view text, std::string_view expected);

// `; did you mean info?` where one of the words is near, else empty.
std::string suggestion(std::string_view text, std::span<const std::string_view> words);

// A whole number.
struct CountForm {
  using Value = std::size_t;
  static constexpr YamlStyle kStyle = YamlStyle::kPlain;
  Value least;
  Value most;

  std::string accepts() const { return fmt::format("a whole number from {} to {}", least, most); }
  std::optional<Value> parse(std::string_view text) const;
  std::string print(Value value) const { return fmt::to_string(value); }
};

// The word auto, which is no value, or a whole number.
struct AutoForm {
  using Value = std::optional<std::size_t>;
  static constexpr YamlStyle kStyle = YamlStyle::kPlain;
  CountForm count;

  std::string accepts() const { return "auto or " + count.accepts(); }
  std::optional<Value> parse(std::string_view text) const;
  std::string print(Value value) const { return value ? count.print(*value) : "auto"; }
};

// A number of bytes.
struct SizeForm {
  using Value = std::size_t;
  static constexpr YamlStyle kStyle = YamlStyle::kPlain;
  Value least;
  Value most;

  std::string accepts() const {
    return fmt::format("a size from {} to {}", print(least), print(most));
  }
  std::optional<Value> parse(std::string_view text) const;
  std::string print(Value value) const { return core::format_size(value); }
  std::string refuse(std::string_view text) const {
    return refusal(text, accepts()) + ", such as 65536, 64KiB or 1MiB";
  }
};

struct DurationForm {
  using Value = core::Duration;
  static constexpr YamlStyle kStyle = YamlStyle::kPlain;
  Value least;
  Value most;

  std::string accepts() const {
    return fmt::format("a duration from {} to {}", print(least), print(most));
  }
  std::optional<Value> parse(std::string_view text) const;
  std::string print(Value value) const { return core::format_duration(value); }
  std::string refuse(std::string_view text) const {
    return refusal(text, accepts()) + ", such as 250ms, 5s or 2min";
  }
};

// One of several words.
template <typename Choice>
struct ChoiceForm {
  using Value = Choice;
  static constexpr YamlStyle kStyle = YamlStyle::kPlain;

  std::string accepts() const {
    const std::size_t last = kWords<Choice>.size() - 1;
    return fmt::format("{} or {}",
                       fmt::join(kWords<Choice>.begin(), kWords<Choice>.begin() + last, ", "),
                       kWords<Choice>[last]);
  }
  std::optional<Value> parse(std::string_view text) const {
    const auto word = std::find(kWords<Choice>.begin(), kWords<Choice>.end(), text);
    if (word == kWords<Choice>.end()) return std::nullopt;
    return static_cast<Choice>(word - kWords<Choice>.begin());
  }
  std::string print(Value value) const { return std::string(to_string(value)); }
  std::string refuse(std::string_view text) const {
    return refusal(text, accepts()) + suggestion(text, kWords<Choice>);
  }
};

// One line of what may be shown on any terminal: UTF-8 that sanitize() leaves as it is. `most`
// counts bytes.
struct LineForm {
  using Value = std::string;
  static constexpr YamlStyle kStyle = YamlStyle::kQuoted;
  std::size_t least;
  std::size_t most;

  std::string accepts() const {
    return fmt::format("one line of UTF-8 without control characters, {} to {} bytes", least, most);
  }
  std::optional<Value> parse(std::string_view text) const;
  std::string print(const Value& value) const { return value; }
};

// Any number of such lines, separated by \n; the last one's \n may be there or not.
struct TextForm {
  using Value = std::string;
  static constexpr YamlStyle kStyle = YamlStyle::kQuoted;
  std::size_t most;

  std::string accepts() const {
    return fmt::format("lines of UTF-8 without tabs or control characters, up to {}; \"\" for none",
                       core::format_size(most));
  }
  std::optional<Value> parse(std::string_view text) const;
  std::string print(const Value& value) const { return value; }
};

// A room's name (server/names.hpp).
struct RoomForm {
  using Value = std::string;
  static constexpr YamlStyle kStyle = YamlStyle::kQuoted;
  std::size_t most;

  std::string accepts() const { return "a room such as \"#lobby\", in quotes in a file"; }
  std::optional<Value> parse(std::string_view text) const;
  std::string print(const Value& value) const { return value; }
  std::string refuse(std::string_view text) const;
};

// What `hubbubd --hash-password` prints, or nothing.
struct PasswordHashForm {
  using Value = std::string;
  static constexpr YamlStyle kStyle = YamlStyle::kQuoted;

  std::string accepts() const {
    return "the hash that hubbubd --hash-password prints, or \"\" for none";
  }
  std::optional<Value> parse(std::string_view text) const;
  std::string print(const Value& value) const { return value; }
  // Quotes nothing: it may be the password itself.
  std::string refuse(std::string_view /*text*/) const {
    return "is no hash of a password; expected " + accepts();
  }
};

// Nicks (server/names.hpp), separated by commas; may be empty.
struct NicksForm {
  using Value = std::vector<std::string>;
  static constexpr YamlStyle kStyle = YamlStyle::kQuoted;
  std::size_t most;

  std::string accepts() const {
    return fmt::format("up to {} nicks such as \"alice, bob\", or \"\" for none", most);
  }
  std::optional<Value> parse(std::string_view text) const;
  std::string print(const Value& value) const { return fmt::format("{}", fmt::join(value, ", ")); }
};

struct AddressForm {
  using Value = core::Address;
  static constexpr YamlStyle kStyle = YamlStyle::kQuoted;

  std::string accepts() const {
    return "a numeric address (or localhost) and a port, such as 127.0.0.1:7777, 0.0.0.0:7777 or "
           "[::1]:7777";
  }
  std::optional<Value> parse(std::string_view text) const { return core::Address::parse(text); }
  std::string print(const Value& value) const { return value.to_string(); }
};

// Networks (core/network.hpp), separated by commas; may be empty.
struct NetworksForm {
  using Value = std::vector<core::Network>;
  static constexpr YamlStyle kStyle = YamlStyle::kQuoted;
  std::size_t most;

  std::string accepts() const {
    return fmt::format(
        "up to {} networks such as \"127.0.0.0/8, ::1, 10.1.0.0/16\", or \"\" for none", most);
  }
  std::optional<Value> parse(std::string_view text) const;
  std::string print(const Value& value) const;
};

}  // namespace server
