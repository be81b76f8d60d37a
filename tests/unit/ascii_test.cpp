// Letters and digits, for every byte there is.
#include "core/ascii.hpp"

#include <gtest/gtest.h>

namespace core {
namespace {

TEST(Ascii, EveryByteIsALetterADigitOrNeither) {
  const std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const std::string_view digits = "0123456789";
  for (int value = 0; value < 256; ++value) {
    const char byte = static_cast<char>(value);
    EXPECT_EQ(is_letter(byte), letters.find(byte) != std::string_view::npos) << value;
    EXPECT_EQ(is_digit(byte), digits.find(byte) != std::string_view::npos) << value;
  }
}

TEST(Ascii, OnlyLettersHaveALowerCase) {
  EXPECT_EQ(lowered("#LobBY-42[]\\^{}|~@`"), "#lobby-42[]\\^{}|~@`");
  EXPECT_EQ(lowered("\xC3\x89"), "\xC3\x89");
  EXPECT_EQ(lowered(""), "");
}

TEST(Ascii, TextsAreEqualWhateverTheCaseOfTheirLetters) {
  EXPECT_TRUE(equal_ignoring_case("LobBY-42", "lobby-42"));
  EXPECT_TRUE(equal_ignoring_case("", ""));
  EXPECT_FALSE(equal_ignoring_case("lobby", "lobby-42"));
  EXPECT_FALSE(equal_ignoring_case("lobby-42", "lobby"));
  EXPECT_FALSE(equal_ignoring_case("[", "{"));
  EXPECT_FALSE(equal_ignoring_case("\xC3\x89", "\xC3\xA9")) << "as anybody's names are compared";
}

}  // namespace
}  // namespace core
