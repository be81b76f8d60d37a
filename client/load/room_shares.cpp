// What a share of the clients learns from the others: what they sent, and what became of what it
// sent itself.
#include "client/load/room_scenario.hpp"

namespace load {
namespace {

constexpr int kPassesMost = 64;

}  // namespace

// Takes up what another share's voice has sent meanwhile: it is followed to those who are members
// here now.
void RoomScenario::hear_of(std::size_t number) {
  Voice& voice = voices_[number];
  const std::uint32_t sent = exchange_.voice(number).sent.load(std::memory_order_acquire);
  if (sent == voice.sent) return;
  const std::uint32_t recipients = rooms_[voice.room].recipients;
  traffic_.counters.expected += std::uint64_t{sent - voice.sent} * recipients;
  std::uint32_t begin = voice.sent;
  if (sent - begin > followed_) begin = sent - static_cast<std::uint32_t>(followed_);
  for (; begin != sent; ++begin) {
    in_flight_.begin(number, begin, recipients, moment_);
    if (recipients == 0) finished(number, begin, 0, {.whole = true});
  }
  voice.sent = sent;
}

void RoomScenario::hear_of_all(const Room& room) {
  if (share_.count == 1 || room.members.empty()) return;
  for (std::size_t i = 0; i < room.voices; ++i) hear_of(room.first_voice + i);
}

// What members here were sent before the speaker was let in again may not have been read yet; it
// has been when a pass has brought nothing, or not within so many, where others never cease to
// speak.
void RoomScenario::account_when_read(std::size_t from, std::uint32_t voice, int passes) {
  const std::uint64_t before = traffic_.counters.bytes_in;
  loop_.call_soon([this, from, voice, passes, before] {
    if (traffic_.counters.bytes_in != before && passes > 1) {
      return account_when_read(from, voice, passes - 1);
    }
    account_for(voice);
    desk_.tell(from, {.kind = Exchange::News::Kind::kAccounted, .voice = voice});
  });
}

void RoomScenario::take_news(std::size_t from, const Exchange::News& news) {
  Voice& voice = voices_[news.voice];
  switch (news.kind) {
    case Exchange::News::Kind::kPartDone: {
      const auto progress = assembly_.ended(voice.own, news.sequence, from, news.end);
      if (progress.done) done(news.voice, progress.intended_ns, progress.end);
      break;
    }
    case Exchange::News::Kind::kHeardAgain:
      // In turn with the tasks: a storm that is due here too has to come first.
      loop_.call_soon(
          [this, from, voice = news.voice] { account_when_read(from, voice, kPassesMost); });
      break;
    case Exchange::News::Kind::kAccounted: {
      Client& client = clients_[voice.client];
      if (client.out != nullptr && --client.unsettled == 0) came_back(client);
      break;
    }
  }
}

}  // namespace load
