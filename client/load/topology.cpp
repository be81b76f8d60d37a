// Dealing out the memberships.
#include "client/load/topology.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace load {
namespace {

constexpr std::size_t kMembersLeast = 2;  // who speaks is to be heard

// What a room does not take, because it is full or must leave some to the others, goes to those
// behind it.
std::vector<std::size_t> sizes(const Options& options) {
  const std::size_t rooms = options.rooms;
  std::vector<double> weights(rooms);
  for (std::size_t rank = 0; rank < rooms; ++rank) {
    weights[rank] = std::pow(static_cast<double>(rank + 1), -options.zipf);
  }
  double weight_left = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::size_t left = options.clients * options.overlap;
  std::vector<std::size_t> result;
  for (std::size_t rank = 0; rank < rooms; ++rank) {
    const double share = static_cast<double>(left) * weights[rank] / weight_left;
    const std::size_t most = std::min(options.clients, left - kMembersLeast * (rooms - rank - 1));
    const auto size = std::clamp<std::size_t>(static_cast<std::size_t>(std::llround(share)),
                                              kMembersLeast, std::max(most, kMembersLeast));
    result.push_back(size);
    left -= size;
    weight_left -= weights[rank];
  }
  return result;
}

// Of so many clients, `some` are chosen, as evenly as can be.
bool is_chosen(std::size_t client, std::size_t some, std::size_t clients) {
  return (client + 1) * some / clients != client * some / clients;
}

}  // namespace

std::size_t Topology::memberships() const {
  std::size_t count = 0;
  for (const Room& room : rooms) count += room.members.size();
  return count;
}

std::size_t Topology::voices() const {
  std::size_t count = 0;
  for (const Room& room : rooms) count += room.speakers.size();
  return count;
}

std::size_t Topology::pairs() const {
  std::size_t count = 0;
  for (const Room& room : rooms) count += room.members.size() * room.speakers.size();
  return count;
}

Topology make_topology(const Options& options) {
  Topology topology;
  if (options.scenario == ScenarioKind::kIdle) {
    Topology::Room& room = topology.rooms.emplace_back();
    room.name = options.room;
    room.members.resize(options.publishers);
    std::iota(room.members.begin(), room.members.end(), 0U);
    room.speakers = room.members;
    return topology;
  }
  if (options.rooms == 1) {
    Topology::Room& room = topology.rooms.emplace_back();
    room.name = options.room;
    room.members.resize(options.clients);
    std::iota(room.members.begin(), room.members.end(), 0U);
    room.speakers.assign(room.members.begin(),
                         room.members.begin() + static_cast<std::ptrdiff_t>(options.publishers));
    return topology;
  }
  // Dealt like cards, round after round: a room has at most as many members as there are clients,
  // so nobody gets the same room twice.
  std::size_t next = 0;
  for (const std::size_t size : sizes(options)) {
    Topology::Room& room = topology.rooms.emplace_back();
    room.name = fmt::format("{}-{}", options.room, topology.rooms.size());
    for (std::size_t i = 0; i < size; ++i, next = (next + 1) % options.clients) {
      room.members.push_back(static_cast<std::uint32_t>(next));
      if (is_chosen(next, options.publishers, options.clients))
        room.speakers.push_back(room.members.back());
    }
  }
  return topology;
}

std::vector<std::uint32_t> stallers(const Options& options, const Topology& topology) {
  std::vector<std::uint32_t> chosen;
  if (options.scenario != ScenarioKind::kSlow) return chosen;
  std::vector<bool> speaks(options.clients);
  for (const Topology::Room& room : topology.rooms) {
    for (const std::uint32_t speaker : room.speakers) speaks[speaker] = true;
  }
  for (std::size_t number = options.clients; number > 0; --number) {
    if (chosen.size() == options.stalled) break;
    if (!speaks[number - 1]) chosen.push_back(static_cast<std::uint32_t>(number - 1));
  }
  return chosen;
}

}  // namespace load
