// The forms of values that have to do with accounts; what they accept is in value_forms.cpp.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "server/value_forms.hpp"

namespace server {

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

}  // namespace server
