// The proof of delivery of a whole run: the sum over all pairs, and the pairs with whom it went
// wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "client/load/delivery_proof.hpp"

namespace load {

struct FaultyPair {
  std::size_t receiver = 0;
  std::size_t sender = 0;
  std::string room;
  Deliveries deliveries;
};

struct ProofSummary {
  static constexpr std::size_t kWorstMost = 10;

  // Each pair once, or each stay of its receiver.
  void add(std::size_t receiver, std::size_t sender, const Deliveries& deliveries);

  ProofSummary& operator+=(const ProofSummary& other);

  Deliveries all;
  std::uint64_t faulty_pairs = 0;
  std::vector<FaultyPair> worst;  // by faults, the most first; at most kWorstMost
};

}  // namespace load
