// The proof of delivery, case by case and against a relay that drops, repeats and reorders by
// chance and writes down what it did.
#include "client/load/delivery_proof.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "client/load/proof_summary.hpp"

namespace load {
namespace {

Deliveries after(const std::vector<std::uint32_t>& arrivals, std::uint32_t sent) {
  DeliveryProof proof(1);
  for (const std::uint32_t sequence : arrivals) proof.arrived(0, sequence, sent);
  return proof.deliveries(0, sent);
}

// The definition, with no thought of speed.
Deliveries counted(const std::vector<std::uint32_t>& arrivals, std::uint32_t sent) {
  Deliveries result;
  result.expected = sent;
  std::set<std::uint32_t> seen;
  for (const std::uint32_t sequence : arrivals) {
    const bool behind = !seen.empty() && sequence < *seen.rbegin();
    if (!seen.insert(sequence).second) {
      ++result.duplicated;
    } else if (behind) {
      ++result.reordered;
    }
  }
  result.received = seen.size();
  result.lost = sent - seen.size();
  return result;
}

TEST(DeliveryProof, FindsNoFaultInOrderedDelivery) {
  EXPECT_EQ(after({0, 1, 2, 3}, 4), (Deliveries{.expected = 4, .received = 4}));
  EXPECT_TRUE(after({0, 1, 2, 3}, 4).faultless());
}

TEST(DeliveryProof, FindsNoFaultWhereNothingWasSent) {
  EXPECT_EQ(after({}, 0), Deliveries{});
}

TEST(DeliveryProof, CountsWhatIsMissingInTheMiddleAsLost) {
  EXPECT_EQ(after({0, 3}, 4), (Deliveries{.expected = 4, .received = 2, .lost = 2}));
}

TEST(DeliveryProof, CountsWhatIsMissingAtTheEndsAsLost) {
  EXPECT_EQ(after({1, 2}, 5), (Deliveries{.expected = 5, .received = 2, .lost = 3}));
}

TEST(DeliveryProof, CountsWhatNeverCameAsLost) {
  EXPECT_EQ(after({}, 3), (Deliveries{.expected = 3, .lost = 3}));
}

TEST(DeliveryProof, CountsLateMessageAsReorderedAndNotLost) {
  EXPECT_EQ(after({0, 2, 1, 3}, 4), (Deliveries{.expected = 4, .received = 4, .reordered = 1}));
}

TEST(DeliveryProof, CountsRepeatsAsDuplicatedWhereverTheyCome) {
  EXPECT_EQ(after({0, 0, 1, 2, 1, 1}, 3),
            (Deliveries{.expected = 3, .received = 3, .duplicated = 3}));
}

TEST(DeliveryProof, CountsRepeatOfLateMessageAsDuplicated) {
  EXPECT_EQ(after({2, 0, 0, 1, 2}, 3),
            (Deliveries{.expected = 3, .received = 3, .duplicated = 2, .reordered = 2}));
}

TEST(DeliveryProof, TellsWhatAnArrivalIs) {
  DeliveryProof proof(1);
  EXPECT_EQ(proof.arrived(0, 0, 6), Arrival::kInOrder);
  EXPECT_EQ(proof.arrived(0, 4, 6), Arrival::kAfterGap);
  EXPECT_EQ(proof.arrived(0, 2, 6), Arrival::kReordered);
  EXPECT_EQ(proof.arrived(0, 2, 6), Arrival::kDuplicate);
  EXPECT_EQ(proof.arrived(0, 4, 6), Arrival::kDuplicate);
  EXPECT_EQ(proof.arrived(0, 5, 6), Arrival::kInOrder);
  EXPECT_EQ(proof.next(0), 6U);
}

TEST(DeliveryProof, KeepsWhatNobodySentApart) {
  DeliveryProof proof(1);
  EXPECT_EQ(proof.arrived(0, 0, 0), Arrival::kNeverSent);
  EXPECT_EQ(proof.arrived(0, 7, 3), Arrival::kNeverSent);
  EXPECT_EQ(proof.arrived(0, UINT32_MAX, 3), Arrival::kNeverSent);
  EXPECT_EQ(proof.never_sent(), 3U);
  EXPECT_EQ(proof.deliveries(0, 3), (Deliveries{.expected = 3, .lost = 3}));
}

TEST(DeliveryProof, KeepsPairsApart) {
  DeliveryProof proof(3);
  proof.arrived(0, 0, 2);
  proof.arrived(1, 1, 2);
  proof.arrived(2, 0, 2);
  proof.arrived(2, 1, 2);
  EXPECT_EQ(proof.deliveries(0, 2), (Deliveries{.expected = 2, .received = 1, .lost = 1}));
  EXPECT_EQ(proof.deliveries(1, 2), (Deliveries{.expected = 2, .received = 1, .lost = 1}));
  EXPECT_TRUE(proof.deliveries(2, 2).faultless());
}

TEST(DeliveryProof, GivesUpTheOldestGapWhenThereAreTooMany) {
  DeliveryProof proof(1, 2);
  for (const std::uint32_t sequence : {1U, 3U, 5U})
    proof.arrived(0, sequence, 6);  // without 0, 2, 4
  EXPECT_EQ(proof.arrived(0, 4, 6), Arrival::kReordered);
  EXPECT_EQ(proof.arrived(0, 0, 6), Arrival::kDuplicate) << "it was given up";
  EXPECT_EQ(proof.deliveries(0, 6),
            (Deliveries{.expected = 6, .received = 4, .lost = 2, .duplicated = 1, .reordered = 1}));
}

TEST(DeliveryProof, GivesUpTheRestOfSplitGapWhenThereAreTooMany) {
  DeliveryProof proof(1, 1);
  proof.arrived(0, 9, 10);
  EXPECT_EQ(proof.arrived(0, 4, 10), Arrival::kReordered);
  EXPECT_EQ(proof.arrived(0, 3, 10), Arrival::kReordered);
  EXPECT_EQ(proof.arrived(0, 8, 10), Arrival::kDuplicate);
  EXPECT_EQ(proof.deliveries(0, 10).lost, 7U);
}

// What arrives at one receiver when some messages are dropped, some come twice, and some change
// places with one up to `reach` behind.
std::vector<std::uint32_t> relayed(std::uint32_t sent, double faults, std::uint32_t reach,
                                   std::mt19937& random) {
  std::bernoulli_distribution fault(faults);
  std::vector<std::uint32_t> arrivals;
  for (std::uint32_t sequence = 0; sequence < sent; ++sequence) {
    if (fault(random)) continue;
    arrivals.push_back(sequence);
    if (fault(random)) arrivals.push_back(sequence);
  }
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    if (!fault(random)) continue;
    const std::size_t other = std::min<std::size_t>(i + 1 + random() % reach, arrivals.size() - 1);
    std::swap(arrivals[i], arrivals[other]);
  }
  return arrivals;
}

TEST(DeliveryProof, AgreesWithTheDefinitionForFaultyRelay) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const double faults = (seed % 10) * 0.05;
    const std::vector<std::uint32_t> arrivals = relayed(500, faults, 1 + seed % 60, random);
    EXPECT_EQ(after(arrivals, 500), counted(arrivals, 500)) << "seed " << seed;
  }
}

TEST(DeliveryProof, CountsEveryArrivalOnce) {
  std::mt19937 random(7);
  const std::vector<std::uint32_t> arrivals = relayed(2000, 0.2, 100, random);
  const Deliveries found = after(arrivals, 2000);
  EXPECT_EQ(found.received + found.duplicated, arrivals.size());
  EXPECT_EQ(found.received + found.lost, found.expected);
}

// A stay, from the arrivals before it is confirmed and those after it.
Deliveries stay(const std::vector<std::uint32_t>& before, std::uint32_t begin,
                const std::vector<std::uint32_t>& after_it, std::uint32_t end) {
  DeliveryProof proof(2);
  proof.arrived(1, 0, 100);  // of an earlier stay,
  proof.leave(1, 100);       // all that is said until the next
  proof.come(1);
  for (const std::uint32_t sequence : before) proof.arrived(1, sequence, 100);
  proof.settle(1, begin);
  for (const std::uint32_t sequence : after_it) proof.arrived(1, sequence, 100);
  return proof.deliveries(1, end);
}

TEST(DeliveryProof, ExpectsWhatWasSentSinceTheStayWasConfirmed) {
  EXPECT_EQ(stay({}, 10, {10, 11}, 13), (Deliveries{.expected = 3, .received = 2, .lost = 1}));
  EXPECT_EQ(stay({}, 10, {}, 13), (Deliveries{.expected = 3, .lost = 3}));
  EXPECT_EQ(stay({}, 10, {12}, 13), (Deliveries{.expected = 3, .received = 1, .lost = 2}));
}

TEST(DeliveryProof, TakesWhatCameBeforeTheConfirmationButNoGapInIt) {
  EXPECT_EQ(stay({8, 9}, 10, {10}, 11), (Deliveries{.expected = 3, .received = 3}));
  EXPECT_EQ(stay({}, 10, {8, 9, 10}, 11), (Deliveries{.expected = 3, .received = 3}));
  EXPECT_EQ(stay({7}, 10, {9, 10}, 11), (Deliveries{.expected = 4, .received = 3, .lost = 1}));
  EXPECT_EQ(stay({8, 8}, 10, {9, 10}, 11),
            (Deliveries{.expected = 3, .received = 3, .duplicated = 1}));
}

TEST(DeliveryProof, TakesWhatCameAfterTheEnd) {
  EXPECT_EQ(stay({}, 10, {10, 11, 12}, 11), (Deliveries{.expected = 3, .received = 3}));
}

TEST(DeliveryProof, ExpectsNothingOfStayThatWasNeverConfirmed) {
  DeliveryProof proof(1);
  proof.come(0);
  EXPECT_EQ(proof.deliveries(0, 5), Deliveries{});
}

TEST(DeliveryProofDeathTest, RefusesMorePairsThanItMayHold) {
  EXPECT_DEATH(DeliveryProof(DeliveryProof::kPairsMost + 1), "");
}

TEST(ProofSummary, AddsPairsUp) {
  ProofSummary summary;
  summary.add(0, 0, {.expected = 5, .received = 5});
  summary.add(1, 0, {.expected = 5, .received = 3, .lost = 2, .duplicated = 1, .reordered = 4});
  EXPECT_EQ(
      summary.all,
      (Deliveries{.expected = 10, .received = 8, .lost = 2, .duplicated = 1, .reordered = 4}));
}

TEST(ProofSummary, NamesThePairsWithTheMostFaultsFirst) {
  ProofSummary summary;
  for (std::size_t receiver = 0; receiver < 50; ++receiver) {
    summary.add(receiver, 3, {.expected = 100, .received = 100 - receiver, .lost = receiver});
  }
  EXPECT_EQ(summary.faulty_pairs, 49U);
  ASSERT_EQ(summary.worst.size(), ProofSummary::kWorstMost);
  for (std::size_t place = 0; place < summary.worst.size(); ++place) {
    EXPECT_EQ(summary.worst[place].receiver, 49 - place);
    EXPECT_EQ(summary.worst[place].sender, 3U);
  }
}

TEST(DeliveryProof, ExcusesWhatIsSaidBetweenTwoStays) {
  DeliveryProof proof(2);
  for (std::uint32_t sequence = 0; sequence < 5; ++sequence) proof.arrived(0, sequence, 7);
  EXPECT_EQ(proof.deliveries(0, 7).excused, 0U);
  proof.leave(0, 7);  // two of its own are lost
  EXPECT_EQ(proof.excused_since(0, 10), 3U);
  proof.come(0);
  proof.settle(0, 12);
  EXPECT_EQ(proof.deliveries(0, 13),
            (Deliveries{.expected = 1, .received = 0, .lost = 1, .excused = 5}));
  EXPECT_EQ(proof.deliveries(1, 13).excused, 0U) << "it was there all the time";
}

TEST(DeliveryProof, ExcusesLessWhereSomeOfItIsReplayed) {
  DeliveryProof proof(1);
  proof.arrived(0, 0, 10);
  proof.leave(0, 0);
  proof.come(0);
  for (std::uint32_t sequence = 6; sequence < 10; ++sequence) proof.arrived(0, sequence, 10);
  proof.settle(0, 10);
  EXPECT_EQ(proof.deliveries(0, 10), (Deliveries{.expected = 4, .received = 4, .excused = 5}));
}

TEST(DeliveryProof, ExcusesNothingThatWasReplayedFromTheStayBefore) {
  DeliveryProof proof(1);
  for (std::uint32_t sequence = 0; sequence < 5; ++sequence) proof.arrived(0, sequence, 5);
  proof.leave(0, 5);
  proof.come(0);
  for (std::uint32_t sequence = 2; sequence < 5; ++sequence) proof.arrived(0, sequence, 5);
  EXPECT_EQ(proof.deliveries(0, 5), (Deliveries{.expected = 3, .received = 3}));
}

TEST(DeliveryProof, ExcusesFromTheLastStayThatBroughtAnything) {
  DeliveryProof proof(1);
  proof.arrived(0, 0, 1);
  proof.leave(0, 1);
  proof.come(0);
  proof.leave(0, 0);
  proof.come(0);
  EXPECT_EQ(proof.excused_since(0, 9), 8U);
}

}  // namespace
}  // namespace load
