// Names of people and rooms: what is accepted, why not, and how names are compared.
#include "server/names.hpp"

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace server {
namespace {

const std::vector<NameFault> kFaults = {NameFault::kEmpty, NameFault::kTooLong,
                                        NameFault::kBadStart, NameFault::kBadCharacter,
                                        NameFault::kReserved};

TEST(CheckNick, AcceptsLettersDigitsAndMarks) {
  for (const std::string_view nick :
       {"a", "Alice", "bob2", "_x", "[x]", "{x}", "|", "^_^", "a.b-c", "x1234567890"}) {
    EXPECT_EQ(check_nick(nick), std::nullopt) << nick;
  }
}

TEST(CheckNick, DecidesEveryByteAtTheStartAndLater) {
  for (int value = 0; value < 256; ++value) {
    const char byte = static_cast<char>(value);
    const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    const bool may_start = letter || (value != 0 && std::strchr("_[]{}|^", value) != nullptr);
    const bool may_follow = may_start || (byte >= '0' && byte <= '9') || byte == '-' || byte == '.';
    EXPECT_EQ(check_nick(std::string{byte, 'x'}),
              may_start ? std::nullopt : std::optional(NameFault::kBadStart))
        << value;
    EXPECT_EQ(check_nick(std::string{'x', byte}),
              may_follow ? std::nullopt : std::optional(NameFault::kBadCharacter))
        << value;
  }
}

TEST(CheckNick, RefusesEmptyNick) {
  EXPECT_EQ(check_nick(""), NameFault::kEmpty);
}

TEST(CheckNick, RefusesNickPastTheLimit) {
  EXPECT_EQ(check_nick(std::string(32, 'x')), std::nullopt);
  EXPECT_EQ(check_nick(std::string(33, 'x')), NameFault::kTooLong);
  EXPECT_EQ(check_nick("abc", 3), std::nullopt);
  EXPECT_EQ(check_nick("abcd", 3), NameFault::kTooLong);
}

TEST(CheckNick, RefusesReservedNicksInAnyCase) {
  for (const std::string_view nick : {"server", "hubbub", "system", "root", "admin", "operator",
                                      "everyone", "all", "me", "ROOT", "Server", "mE"}) {
    EXPECT_EQ(check_nick(nick), NameFault::kReserved) << nick;
  }
}

TEST(CheckNick, RefusesTheNamesOfGuestsInAnyCase) {
  for (const std::string_view nick :
       {"guest-1", "guest-17", "Guest-0", "GUEST-99999999999999999"}) {
    EXPECT_EQ(check_nick(nick), NameFault::kReserved) << nick;
  }
}

TEST(CheckNick, AcceptsWhatOnlyResemblesReservedNick) {
  for (const std::string_view nick :
       {"servers", "m", "mee", "guest", "guest-", "guest-1a", "guest1", "xguest-1", "guest-1-2"}) {
    EXPECT_EQ(check_nick(nick), std::nullopt) << nick;
  }
}

TEST(CheckRoom, AcceptsHashAndName) {
  for (const std::string_view room :
       {"#a", "#lobby", "#C++", "#2024", "#-", "#a.b_c", "#[x]{y}|^"}) {
    EXPECT_EQ(check_room(room), std::nullopt) << room;
  }
}

TEST(CheckRoom, RefusesRoomWithoutName) {
  EXPECT_EQ(check_room(""), NameFault::kEmpty);
  EXPECT_EQ(check_room("#"), NameFault::kEmpty);
}

TEST(CheckRoom, RefusesRoomWithoutHash) {
  EXPECT_EQ(check_room("lobby"), NameFault::kBadStart);
}

TEST(CheckRoom, RefusesOtherCharacters) {
  for (const std::string_view room :
       {"##a", "#a b", "#a,b", "#a/b", "#a:b", "#a\x1B", "#\xC3\xA9"}) {
    EXPECT_EQ(check_room(room), NameFault::kBadCharacter) << room;
  }
}

TEST(CheckRoom, RefusesRoomPastTheLimitWhichIncludesTheHash) {
  EXPECT_EQ(check_room("#" + std::string(63, 'x')), std::nullopt);
  EXPECT_EQ(check_room("#" + std::string(64, 'x')), NameFault::kTooLong);
  EXPECT_EQ(check_room("#abc", 4), std::nullopt);
  EXPECT_EQ(check_room("#abcd", 4), NameFault::kTooLong);
}

TEST(CheckRoom, KnowsNoReservedNames) {
  EXPECT_EQ(check_room("#server"), std::nullopt);
}

TEST(Explain, TellsTheLimitThatApplies) {
  EXPECT_NE(explain_nick(NameFault::kTooLong).find("32"), std::string::npos);
  EXPECT_NE(explain_nick(NameFault::kTooLong, 9).find("9"), std::string::npos);
  EXPECT_NE(explain_room(NameFault::kTooLong).find("64"), std::string::npos);
  EXPECT_NE(explain_room(NameFault::kTooLong, 9).find("9"), std::string::npos);
}

TEST(Explain, TellsTheCharactersThatAreAccepted) {
  EXPECT_NE(explain_nick(NameFault::kBadStart).find("_[]{}|^"), std::string::npos);
  EXPECT_NE(explain_nick(NameFault::kBadCharacter).find("_-.[]{}|^"), std::string::npos);
  EXPECT_NE(explain_room(NameFault::kBadStart).find("#lobby"), std::string::npos);
  EXPECT_NE(explain_room(NameFault::kBadCharacter).find("_-.+[]{}|^"), std::string::npos);
}

TEST(Explain, NamesWhatIsReserved) {
  EXPECT_NE(explain_nick(NameFault::kReserved).find("hubbub"), std::string::npos);
  EXPECT_NE(explain_nick(NameFault::kReserved).find("guest-"), std::string::npos);
}

TEST(Explain, GivesEachFaultItsOwnLine) {
  for (const NameFault fault : kFaults) {
    const std::string sentence = explain_nick(fault);
    EXPECT_FALSE(sentence.empty());
    EXPECT_EQ(sentence.find('\n'), std::string::npos);
    for (const NameFault other : kFaults) {
      if (other != fault) {
        EXPECT_NE(explain_nick(other), sentence);
      }
    }
  }
}

TEST(ExplainDeathTest, RoomsAreNeverReserved) {
  EXPECT_DEATH(static_cast<void>(explain_room(NameFault::kReserved)), "");
}

TEST(Folded, LowersAsciiLettersOnly) {
  EXPECT_EQ(folded("#LobBY-42[]\\^{}|~@`"), "#lobby-42[]\\^{}|~@`");
  EXPECT_EQ(folded("\xC3\x89"), "\xC3\x89");
  EXPECT_EQ(folded(""), "");
}

}  // namespace
}  // namespace server
