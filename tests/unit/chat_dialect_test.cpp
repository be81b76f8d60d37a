// From bytes to commands, as a connection sees it. Conversations are fed whole, cut in two at every
// place and byte by byte: the commands must be the ones written down here each time.
#include "server/chat_dialect.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/text.hpp"
#include "tests/unit/describe_command.hpp"

namespace server {
namespace {

using namespace std::string_literals;

constexpr std::size_t kLimit = 64;

using Commands = std::vector<std::string>;

// Feeds from a copy of exactly the size, so that a sanitizer sees any look past the end.
template <typename Handler>
void feed(ChatDialect& dialect, std::string_view bytes, Handler&& handle) {
  const std::vector<char> copy(bytes.begin(), bytes.end());
  std::string_view rest(copy.data(), copy.size());
  while (const std::optional<Command> command = dialect.next(rest)) handle(*command);
  EXPECT_TRUE(rest.empty());
}

void feed(ChatDialect& dialect, std::string_view bytes, Commands& commands) {
  feed(dialect, bytes,
       [&commands](const Command& command) { commands.push_back(describe(command)); });
}

Commands commands_of(std::string_view bytes) {
  ChatDialect dialect(kLimit);
  Commands commands;
  feed(dialect, bytes, commands);
  return commands;
}

struct Conversation {
  std::string what;
  std::string bytes;
  Commands commands;
};

void expect_in_every_split(const Conversation& conversation) {
  const std::string_view bytes = conversation.bytes;
  EXPECT_EQ(commands_of(bytes), conversation.commands) << conversation.what;
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    ChatDialect dialect(kLimit);
    Commands commands;
    feed(dialect, bytes.substr(0, cut), commands);
    feed(dialect, bytes.substr(cut), commands);
    EXPECT_EQ(commands, conversation.commands) << conversation.what << ", cut at " << cut;
  }
  for (std::size_t piece_size = 1; piece_size <= 9; ++piece_size) {
    ChatDialect dialect(kLimit);
    Commands commands;
    for (std::size_t at = 0; at < bytes.size(); at += piece_size) {
      feed(dialect, bytes.substr(at, piece_size), commands);
    }
    EXPECT_EQ(commands, conversation.commands) << conversation.what << ", pieces of " << piece_size;
  }
}

// Asks for a password whenever somebody wants to register.
void feed_asking(ChatDialect& dialect, std::string_view bytes, Commands& commands) {
  feed(dialect, bytes, [&](const Command& command) {
    commands.push_back(describe(command));
    if (std::holds_alternative<command::Register>(command)) dialect.expect_password();
  });
}

TEST(ChatDialect, TheLineAfterAPasswordWasAskedForIsOneWhateverItSays) {
  const std::string bytes =
      "/register\r\n /quit \xC3\xA9\r\nhello\r\n"
      "/register\r\n\r\n/register\r\n/CANCEL\r\nbye\r\n";
  const Commands expected = {"register ",       "given password  /quit \xC3\xA9",
                             "say hello",       "register ",
                             "given password ", "register ",
                             "given password ", "say bye"};
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    ChatDialect dialect(kLimit);
    Commands commands;
    feed_asking(dialect, std::string_view(bytes).substr(0, cut), commands);
    feed_asking(dialect, std::string_view(bytes).substr(cut), commands);
    EXPECT_EQ(commands, expected) << "cut at " << cut;
  }
}

TEST(ChatDialect, TelnetsAnswersToBeingAskedNotToShowAPasswordAreTakenInSilence) {
  ChatDialect dialect(kLimit);
  Commands commands;
  feed_asking(dialect, "/register\r\n\xFF\xFD\x01secret\r\n\xFF\xFE\x01hello\r\n", commands);
  EXPECT_EQ(commands, (Commands{"register ", "given password secret", "say hello"}));
}

TEST(ChatDialect, ConversationGivesTheSameCommandsInEverySplit) {
  expect_in_every_split(
      {"a conversation",
       "\xFF\xFD\x03hello\r\n"
       "\r\n   \r\n"
       "/nick Alice\r\n"
       "/join  room-without-a-sign-and-long\n"
       "caf\xC3\xA9 \xE2\x98\x95 with a long text after it\r\n"
       "/me wav\xC3\xA9s\t\r\n"
       "/msg\tbob\thi\x1B[31m\r\n" +
           std::string(kLimit + 1, 'x') +
           "\r\n"
           "/jion x\r\n"
           "//slash\r\n"
           "/quit good\b\b\b\bbye\r\n",
       {"reply \xFF\xFB\x03", "say hello", "nick Alice", "join #room-without-a-sign-and-long",
        "say caf\xC3\xA9 \xE2\x98\x95 with a long text after it", "act wav\xC3\xA9s",
        "tell bob: hi[31m", "line too long, most 64", "unknown jion, meant join", "say /slash",
        "quit bye"}});
}

TEST(ChatDialect, CommandWordsAreFoundBehindWhatIsDropped) {
  expect_in_every_split({"a byte order mark", "\xEF\xBB\xBF/time\r\n", {"time"}});
  expect_in_every_split({"controls alone", "\x01\x02\r\n\x1B\r\nx\r\n", {"say x"}});
}

TEST(ChatDialect, RoomIsCompletedInAChangedLineToo) {
  expect_in_every_split({"tab", "/join\tlobby\r\n", {"join #lobby"}});
}

TEST(ChatDialect, UnfinishedLineAsksForNothing) {
  EXPECT_EQ(commands_of("/quit"), Commands());
}

TEST(ChatDialect, PlainLineIsNotCopied) {
  const std::string bytes = "hello\r\n";
  std::string_view rest = bytes;
  ChatDialect dialect(kLimit);
  const std::optional<Command> command = dialect.next(rest);
  ASSERT_TRUE(command && std::holds_alternative<command::Say>(*command));
  EXPECT_EQ(std::get<command::Say>(*command).text.data(), bytes.data());
}

TEST(ChatDialect, HeapIsNotHeldWhileIdle) {
  ChatDialect dialect(kLimit);
  Commands commands;
  const std::string line = "/join a-long-room-without-its-sign-\xC3\xA9\xC3\xA9\r\n";

  std::string_view rest = line;
  ASSERT_TRUE(dialect.next(rest));
  EXPECT_FALSE(dialect.next(rest));
  EXPECT_EQ(dialect.heap_bytes(), 0u);

  feed(dialect, std::string(30, '\x01') + "\xC3\xA9 more than fits into a string\r\n", commands);
  EXPECT_EQ(dialect.heap_bytes(), 0u);
}

// --- Other protocols. ---

constexpr std::string_view kClientHello("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03\n/quit\r\n",
                                        19);

Command first_command_of(std::string_view bytes) {
  ChatDialect dialect(kLimit);
  const std::optional<Command> command = dialect.next(bytes);
  return command.value_or(command::Say{});
}

TEST(ChatDialect, TlsClientIsRecognizedOnceInEverySplit) {
  expect_in_every_split({"hello", std::string(kClientHello), {"wrong protocol TLS"}});
  expect_in_every_split({"two bytes", "\x16\x03", {"wrong protocol TLS"}});
}

TEST(ChatDialect, TlsClientIsAnsweredWithAFatalAlert) {
  const Command command = first_command_of(kClientHello);
  ASSERT_TRUE(std::holds_alternative<command::WrongProtocol>(command));
  EXPECT_EQ(std::get<command::WrongProtocol>(command).answer, "\x15\x03\x01\x00\x02\x02\x46"s);
}

TEST(ChatDialect, BytesOfTlsAreOrdinaryElsewhere) {
  expect_in_every_split({"one only", "\x16hello\r\n", {"say hello"}});
  expect_in_every_split({"second alone", "\x03hello\r\n", {"say hello"}});
  expect_in_every_split({"later in the line", "a\x16\x03\r\n", {"say a"}});
  expect_in_every_split({"later line", "\r\n\x16\x03 b\r\n", {"say  b"}});
}

TEST(ChatDialect, EveryHttpMethodIsRecognizedOnceInEverySplit) {
  for (const std::string method :
       {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI"}) {
    expect_in_every_split({method,
                           method + " /x?y=/quit HTTP/1.1\r\nHost: a:7777\r\n\r\n/nick evil\r\n",
                           {"wrong protocol HTTP"}});
  }
  expect_in_every_split({"LF", "GET / HTTP/1.0\n\n", {"wrong protocol HTTP"}});
}

TEST(ChatDialect, HttpRequestTooLongForALineIsRecognizedInEverySplit) {
  for (const std::string method : {"GET", "OPTIONS"}) {
    expect_in_every_split({method,
                           method + " /" + std::string(kLimit, 'x') +
                               " HTTP/1.1\r\nHost: a:7777\r\n\r\n/nick evil\r\n",
                           {"wrong protocol HTTP"}});
  }
}

TEST(ChatDialect, HttpClientIsAnsweredWithACompleteResponse) {
  const Command command = first_command_of("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(std::holds_alternative<command::WrongProtocol>(command));
  const std::string_view answer = std::get<command::WrongProtocol>(command).answer;

  const std::size_t head_bytes = answer.find("\r\n\r\n") + 4;
  const std::string_view head = answer.substr(0, head_bytes);
  const std::string_view body = answer.substr(head_bytes);
  EXPECT_TRUE(head.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_NE(head.find("\r\nContent-Type: text/plain"), std::string_view::npos);
  EXPECT_NE(head.find("\r\nConnection: close\r\n"), std::string_view::npos);
  EXPECT_NE(head.find("\r\nContent-Length: " + std::to_string(body.size()) + "\r\n"),
            std::string_view::npos)
      << body.size();
  EXPECT_NE(body.find("chat server"), std::string_view::npos);
}

TEST(ChatDialect, HttpWordsLaterAreSpeech) {
  expect_in_every_split(
      {"second line", "hi\r\nGET / HTTP/1.1\r\n", {"say hi", "say GET / HTTP/1.1"}});
  expect_in_every_split({"after a blank line", "\r\nGET / HTTP/1.1\r\n", {"say GET / HTTP/1.1"}});
  expect_in_every_split({"after one too long",
                         std::string(kLimit + 1, 'x') + "\r\nGET / HTTP/1.1\r\n",
                         {"line too long, most 64", "say GET / HTTP/1.1"}});
}

TEST(ChatDialect, LinesThatOnlyResembleHttpAreSpeech) {
  for (const std::string line :
       {"GET", "GET / and be happy", "get / HTTP/1.1", "GETS / HTTP/1.1", "GET  HTTP/1.1",
        "GET HTTP/1.1", "GET / HTTP/1.1 please", "GET / http/1.1", "GET me a book on HTTP/1.1",
        " GET / HTTP/1.1", "PUT it there"}) {
    expect_in_every_split({line, line + "\r\n", {"say " + line}});
  }
}

TEST(ChatDialect, TelnetOptionsAreNoFirstLine) {
  expect_in_every_split({"negotiation",
                         "\xFF\xFD\x03\xFF\xFB\x18hi\r\n",
                         {"reply \xFF\xFB\x03", "reply \xFF\xFE\x18", "say hi"}});
  expect_in_every_split({"negotiation before a request",
                         "\xFF\xFD\x03GET / HTTP/1.1\r\n",
                         {"reply \xFF\xFB\x03", "wrong protocol HTTP"}});
}

// --- Whatever arrives. ---

// Bytes that mean something are frequent, so that states are visited in all orders.
std::string random_bytes(std::mt19937& random) {
  constexpr auto kMeaningful = std::to_array<std::string_view>({"\r\n",
                                                                "\n",
                                                                "\b",
                                                                "\x7F",
                                                                "\xFF\xFD",
                                                                "\xFF\xF8",
                                                                "\x16\x03",
                                                                "/",
                                                                "/join ",
                                                                "/me ",
                                                                "/msg a ",
                                                                "/topic ",
                                                                "/quit ",
                                                                "//",
                                                                "#",
                                                                " ",
                                                                "GET / HTTP/1.1\r\n",
                                                                "\xC3\xA9",
                                                                "\xE2\x80\xA8",
                                                                "\x1B["});
  std::string bytes;
  const std::size_t size = random() % 2000;
  const std::uint32_t one_in = 1 + random() % 10;
  while (bytes.size() < size) {
    if (random() % one_in == 0) {
      bytes += kMeaningful[random() % kMeaningful.size()];
    } else {
      bytes.push_back(static_cast<char>(random()));
    }
  }
  return bytes;
}

// True for the commands whose texts are other people's to read.
bool is_from_a_person(const Command& command) {
  return !std::holds_alternative<command::Reply>(command) &&
         !std::holds_alternative<command::WrongProtocol>(command);
}

TEST(ChatDialect, RandomBytesGiveSafeTextHoweverTheyAreCut) {
  std::size_t said = 0;
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    const std::string bytes = random_bytes(random);
    Commands whole;
    ChatDialect dialect(kLimit);
    feed(dialect, bytes, [&](const Command& command) {
      whole.push_back(describe(command));
      said += std::holds_alternative<command::Say>(command) ? 1 : 0;
      std::string safe;
      core::sanitize(whole.back(), safe);
      if (is_from_a_person(command)) {
        EXPECT_EQ(whole.back(), safe) << "seed " << seed;
      }
    });
    EXPECT_LE(dialect.heap_bytes(), kLimit) << "seed " << seed;

    ChatDialect again(kLimit);
    Commands pieces;
    for (std::string_view rest = bytes; !rest.empty();) {
      const std::size_t piece = std::min<std::size_t>(rest.size(), 1 + random() % 50);
      feed(again, rest.substr(0, piece), pieces);
      rest.remove_prefix(piece);
    }
    ASSERT_EQ(pieces, whole) << "seed " << seed;
  }
  EXPECT_GT(said, 1000u) << "the bytes were not chosen well";
}

}  // namespace
}  // namespace server
