// Summing up pairs, and keeping those that went wrong the most.
#include "client/load/proof_summary.hpp"

#include <algorithm>

namespace load {
namespace {

std::uint64_t faults(const Deliveries& deliveries) {
  return deliveries.lost + deliveries.duplicated + deliveries.reordered;
}

}  // namespace

void ProofSummary::add(std::size_t receiver, std::size_t sender, const Deliveries& deliveries) {
  all += deliveries;
  if (deliveries.faultless()) return;
  ++faulty_pairs;
  const auto place = std::find_if(worst.begin(), worst.end(), [&](const FaultyPair& other) {
    return faults(other.deliveries) < faults(deliveries);
  });
  worst.insert(place, {receiver, sender, {}, deliveries});
  if (worst.size() > kWorstMost) worst.pop_back();
}

}  // namespace load
