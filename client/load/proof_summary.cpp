// Summing up pairs, and keeping those that went wrong the most.
#include "client/load/proof_summary.hpp"

#include <algorithm>

namespace load {
namespace {

std::uint64_t faults(const Deliveries& deliveries) {
  return deliveries.lost + deliveries.duplicated + deliveries.reordered;
}

void insert(std::vector<FaultyPair>& worst, const FaultyPair& pair) {
  const auto place = std::find_if(worst.begin(), worst.end(), [&](const FaultyPair& other) {
    return faults(other.deliveries) < faults(pair.deliveries);
  });
  worst.insert(place, pair);
  if (worst.size() > ProofSummary::kWorstMost) worst.pop_back();
}

}  // namespace

void ProofSummary::add(std::size_t receiver, std::size_t sender, const Deliveries& deliveries) {
  all += deliveries;
  if (deliveries.faultless()) return;
  ++faulty_pairs;
  insert(worst, {receiver, sender, {}, deliveries});
}

ProofSummary& ProofSummary::operator+=(const ProofSummary& other) {
  all += other.all;
  faulty_pairs += other.faulty_pairs;
  for (const FaultyPair& pair : other.worst) insert(worst, pair);
  return *this;
}

}  // namespace load
