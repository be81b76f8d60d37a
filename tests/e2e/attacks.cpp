// Each is what its name says, written down plainly and as rude as loopback allows. Sleeps are there
// so that the attacker's own processor time does not stand in for the server's weakness.
#include "tests/e2e/attacks.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <thread>

#include "tests/e2e/attackers.hpp"

namespace e2e {
namespace {

using namespace std::string_literals;
using namespace std::chrono_literals;
using Over = std::atomic<bool>;

constexpr std::size_t kCrowd = 1500;
constexpr std::size_t kGang = 20;

// A stranger may come as often and as many as it likes; what it sends is limited as by default.
const std::vector<std::string_view> kAnyNumber = {"limits.connections_per_address=0",
                                                  "limits.connects_per_minute=0"};

void pause() {
  std::this_thread::sleep_for(1ms);
}

// Everybody sends a piece whenever it can be taken, reads or not, and is replaced when put out.
template <class NextPiece>
void shout(Swarm& swarm, bool reads, const Over& over, const NextPiece& next_piece) {
  while (!over) {
    for (Attacker& member : swarm.members()) {
      member.send(next_piece());
      if (reads) member.read();
    }
    swarm.refill(10);
    pause();
  }
}

void slowloris(const Target& target, const Over& over) {
  Swarm swarm(target.chat, kCrowd);
  for (std::size_t turn = 0; !over; ++turn) {
    swarm.members()[turn % kCrowd].send("x");
    if (turn % 20 == 0) pause();
    if (turn % kCrowd == 0) swarm.refill(kCrowd);
  }
}

void connect_and_leave(const Target& target, const Over& over) {
  std::uint8_t host = 0;
  for (std::size_t turn = 0; !over; ++turn) {
    host = next_host(host);
    Attacker attacker(Way(turn % 4 == 0 ? target.echo : target.chat, host));
    if (turn % 2 == 0) attacker.reset();
  }
}

void reset_storm(const Target& target, const Over& over) {
  constexpr std::string_view kLastWords[] = {"hello\r\n", "/join #storm\r\nhi\r\n", "/nick storm",
                                             "/help\r\n/who\r\n", ""};
  while (!over) {
    Swarm swarm(target.chat, 200);
    pause();
    for (std::size_t i = 0; i < swarm.members().size(); ++i) {
      swarm.members()[i].send(kLastWords[i % std::size(kLastWords)]);
    }
    pause();
    for (Attacker& member : swarm.members()) member.reset();
  }
}

void join_flood(const Target& target, const Over& over) {
  Swarm swarm(target.chat, 50);
  std::size_t turn = 0;
  shout(swarm, true, over, [&] {
    return "/join #flood-" + std::to_string(++turn % 100) +
           "\r\n/leave\r\n/join #lobby\r\n/leave\r\n";
  });
}

void nick_flood(const Target& target, const Over& over) {
  Swarm swarm(target.chat, 50);
  std::size_t turn = 0;
  shout(swarm, true, over, [&] { return "/nick n" + std::to_string(++turn) + "\r\n"; });
}

// Ten megabytes at once, then gone; and again.
void huge_paste(const Target& target, const Over& over) {
  std::string paste;
  for (int i = 0; paste.size() < 10'000'000; ++i) {
    paste += "line " + std::to_string(i) + " of something long that nobody wants to read\r\n";
  }
  std::uint8_t host = 0;
  while (!over) {
    host = next_host(host);
    Attacker attacker(Way(target.chat, host));
    std::string_view rest = paste;
    const auto until = std::chrono::steady_clock::now() + 500ms;
    while (!over && !attacker.gone() && !rest.empty() && std::chrono::steady_clock::now() < until) {
      rest.remove_prefix(attacker.send(rest));
      pause();
    }
  }
}

void endless_paste(const Target& target, const Over& over) {
  Swarm swarm(target.chat, kGang);
  std::string block;
  for (int i = 0; i < 500; ++i) block += "buy things " + std::to_string(i) + "\r\n";
  shout(swarm, true, over, [&] { return std::string_view(block); });
}

void endless_line(const Target& target, const Over& over) {
  Swarm swarm(target.chat, kGang);
  const std::string block(65536, 'x');
  shout(swarm, true, over, [&] { return std::string_view(block); });
}

void telnet_flood(const Target& target, const Over& over) {
  Swarm swarm(target.chat, kGang);
  std::string block;
  for (int option = 0; option < 256; ++option) {
    const char byte = static_cast<char>(option);
    for (const char* const verb : {"\xFF\xFB", "\xFF\xFC", "\xFF\xFD", "\xFF\xFE"}) {
      block += verb;
      block += byte;
    }
    block += "\xFF\xFA"s + byte + std::string(100, byte);
    if (option % 2 == 0) block += "\xFF\xF0";
  }
  shout(swarm, true, over, [&] { return std::string_view(block); });
}

void garbage(const Target& target, const Over& over) {
  Swarm swarm(target.chat, kGang);
  constexpr std::string_view kPieces[] = {
      "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x80\xAE", "\xF0\x9F\x92\xA9",
      "\xFE",     "\x1b[2J",      "\xE2\x80\x8B",     "\xC3",         "\xCC\x88",
      "\r\n",     "\x07",         "\x9B\x31m",        "/me ",         "\xEF\xBB\xBF"};
  std::mt19937 random(1);
  std::string block;
  for (int i = 0; i < 20'000; ++i) block += kPieces[random() % std::size(kPieces)];
  shout(swarm, true, over, [&] { return std::string_view(block); });
}

// They ask for much and take nothing.
void never_read(const Target& target, const Over& over) {
  Swarm swarm(target.chat, 200, Attacker::with_tiny_window);
  std::string block;
  for (int i = 0; i < 200; ++i) block += "/help\r\n/history\r\n";
  shout(swarm, false, over, [&] { return std::string_view(block); });
}

void echo_flood(const Target& target, const Over& over) {
  Swarm swarm(target.echo, 100, Attacker::with_tiny_window);
  const std::string block(65536, 'e');
  shout(swarm, false, over, [&] { return std::string_view(block); });
}

// From a gateway's address: nothing, half a header, one that is none.
void proxy_stalls(const Target& target, const Over& over) {
  constexpr std::uint8_t kGateway = 9;
  const std::string openings[] = {"", "PROXY TCP4 192.0.2.1 ", "\r\n\r\n\0\r\nQUIT\n\x21\x11\xFF"s,
                                  "hello, I am a gateway\r\n", "PROXY UNKNOWN\r\n"};
  std::vector<Attacker> waiting;
  for (std::size_t turn = 0; !over; ++turn) {
    const std::string& opening = openings[turn % std::size(openings)];
    waiting.emplace_back(Way(turn % 2 == 0 ? target.chat : target.echo, kGateway, opening));
    if (turn % 20 != 0) continue;
    for (Attacker& one : waiting) one.read();
    std::erase_if(waiting, [](const Attacker& one) { return one.gone(); });
    if (waiting.size() > 3000) waiting.erase(waiting.begin(), waiting.begin() + 1000);
    pause();
  }
}

void slow_http(const Target& target, const Over& over) {
  Swarm slow(target.metrics, 300);
  Swarm deaf(target.metrics, 50, Attacker::with_tiny_window);
  const std::string request =
      "GET /metrics HTTP/1.1\r\nHost: hubbub\r\nX-Slow: " + std::string(8000, 'x') +
      "\r\n";  // and no end
  for (std::size_t turn = 0; !over; ++turn) {
    for (Attacker& one : slow.members()) {
      one.send(std::string_view(request).substr(turn % request.size(), 1));
      one.read();
    }
    for (Attacker& one : deaf.members()) one.send("GET /metrics HTTP/1.1\r\n\r\n");
    slow.refill(10);
    deaf.refill(10);
    pause();
  }
}

}  // namespace

std::span<const Attack> attacks() {
  static const std::vector<Attack> all = {
      {"slowloris", kAnyNumber, slowloris},
      {"connection_flood_at_the_limits", {}, connect_and_leave},
      // Fewer than there are descriptors, and as many again for those that are just being accepted.
      {"connection_flood",
       {"limits.connections_per_address=0", "limits.connects_per_minute=0",
        "limits.connections=4000"},
       connect_and_leave},
      {"reset_storm", kAnyNumber, reset_storm},
      {"join_flood", kAnyNumber, join_flood},
      {"nick_flood", kAnyNumber, nick_flood},
      {"huge_paste", kAnyNumber, huge_paste},
      {"endless_paste", kAnyNumber, endless_paste},
      {"endless_line", kAnyNumber, endless_line},
      {"telnet_flood", kAnyNumber, telnet_flood},
      {"garbage", kAnyNumber, garbage},
      {"never_read", kAnyNumber, never_read},
      {"echo_flood", kAnyNumber, echo_flood},
      {"proxy_stalls",
       {"limits.gateways=127.0.0.9", "limits.handshake=1s", "limits.unannounced=200"},
       proxy_stalls},
      {"slow_http", kAnyNumber, slow_http},
  };
  return all;
}

}  // namespace e2e
