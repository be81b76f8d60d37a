// Label: what a task is called, in as few bytes as possible: there is one for each connection.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace core {

// Refers to a literal, or owns a copy of what was put together. Move-only. The text ends at the
// first NUL.
class Label {
 public:
  consteval Label(const char* literal) : text_(literal) {}
  Label(const std::string& text) : text_(copy(text)), is_copy_(true) {}
  constexpr Label(Label&& other) noexcept
      : text_(std::exchange(other.text_, "")), is_copy_(std::exchange(other.is_copy_, false)) {}
  Label& operator=(Label&&) = delete;
  constexpr ~Label() {
    if (is_copy_) delete[] text_;
  }

  std::string_view view() const { return text_; }
  const char* c_str() const { return text_; }

 private:
  static const char* copy(const std::string& text) {
    return std::strcpy(new char[text.size() + 1], text.c_str());
  }

  const char* text_;
  bool is_copy_ = false;
};

}  // namespace core
