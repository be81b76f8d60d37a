// Who is in which room, and who speaks there: the plan that a run of members and rooms follows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "client/load/options.hpp"

namespace load {

// Clients are numbers from 0. None is in a room twice.
struct Topology {
  struct Room {
    std::string name;
    std::vector<std::uint32_t> members;
    std::vector<std::uint32_t> speakers;  // of the members
  };

  std::vector<Room> rooms;

  std::size_t memberships() const;
  // Of a room and a speaker in it: each has its own sequence of messages.
  std::size_t voices() const;
  // Of a member and a speaker of its room, itself included.
  std::size_t pairs() const;
};

// For options that parse_options() accepts.
//
// Idle: the first clients are in one room and speak, the others are in none.
// One room: all are in it, and the first clients are those who speak.
// More: a room's share of the memberships falls with its rank r as 1 / r^zipf, to no less than two
// members; each client is in `overlap` rooms, or nearly so where the limits of a room leave no
// other way; those who speak are spread evenly over the clients, and speak in every room that they
// are in. Nothing is drawn by lot, so every run has the same rooms.
Topology make_topology(const Options& options);

// Slow: who will stop reading, the last of those who speak nowhere; nobody in other scenarios.
std::vector<std::uint32_t> stallers(const Options& options, const Topology& topology);

}  // namespace load
