// Admission: seats, and what one address may have of them.
#include "server/admission.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

namespace server {
namespace {

using namespace std::chrono_literals;
using Refusal = Admission::Refusal;
using Seats = std::vector<Admission::Seat>;

class AdmissionTest : public ::testing::Test {
 protected:
  AdmissionTest() {
    spdlog::set_level(spdlog::level::off);
    limits_.reserve = 0;
  }
  ~AdmissionTest() override { spdlog::set_level(spdlog::level::info); }

  // The refusal; nothing: it has a seat now.
  std::optional<Refusal> come(Seats& seats, const std::string& host) {
    admission_.reconfigure(limits_);
    auto answer = admission_.admit(core::Address::parse(host + ":4000").value(), now_);
    if (const auto* why = std::get_if<Refusal>(&answer)) return *why;
    seats.push_back(std::move(std::get<Admission::Seat>(answer)));
    return std::nullopt;
  }

  Config::Limits limits_;
  std::time_t today_ = 1'000'000;
  BanList bans_{[this] { return today_; }};
  Admission admission_{limits_, bans_};
  core::Time now_ = core::Time{} + 1h;
};

TEST_F(AdmissionTest, SeatsAreCountedAndFreeAgainWhenTheyGo) {
  limits_.connections = 2;
  Seats seats;
  EXPECT_EQ(come(seats, "192.0.2.1"), std::nullopt);
  EXPECT_EQ(come(seats, "127.0.0.1"), std::nullopt);
  EXPECT_EQ(admission_.taken(), 2U);
  EXPECT_EQ(come(seats, "192.0.2.2"), Refusal::kFull);
  EXPECT_EQ(come(seats, "127.0.0.1"), Refusal::kFull);
  seats.pop_back();
  EXPECT_EQ(come(seats, "192.0.2.2"), std::nullopt);
  seats.clear();
  EXPECT_EQ(admission_.taken(), 0U);
}

TEST_F(AdmissionTest, CountsWhoComesAndWhoIsRefusedAndWhy) {
  limits_.connections = 3;
  limits_.connections_per_address = 2;
  Seats seats;
  for (int i = 0; i < 3; ++i) come(seats, "192.0.2.1");
  come(seats, "192.0.2.2");
  come(seats, "192.0.2.3");
  bans_.add({.network = core::Network::parse("192.0.2.9").value(), .by = "alice", .reason = {}});
  come(seats, "192.0.2.9");
  const Admission::Counts counts = admission_.counts();
  EXPECT_EQ(counts.admitted, 3U);
  EXPECT_EQ(counts.refused, (Refusals::Counts{1, 1, 0, 1}));
}

TEST_F(AdmissionTest, WhoIsBannedIsRefusedForAsLongAsTheBanLasts) {
  Seats seats;
  bans_.add({.network = core::Network::parse("192.0.2.0/24").value(),
             .by = "alice",
             .reason = "spam",
             .until = today_ + 60});
  EXPECT_EQ(come(seats, "192.0.2.1"), Refusal::kBanned);
  EXPECT_EQ(come(seats, "192.0.3.1"), std::nullopt);
  EXPECT_EQ(admission_.customers(), 1u) << "who is banned is not remembered besides";
  EXPECT_EQ(admission_.counts().refused[static_cast<std::size_t>(Refusal::kBanned)], 1U);
  today_ += 60;
  EXPECT_EQ(come(seats, "192.0.2.1"), std::nullopt);
}

TEST_F(AdmissionTest, NoBanConcernsThoseWhoAreTrusted) {
  Seats seats;
  bans_.add({.network = core::Network::parse("127.0.0.1").value(), .by = "alice", .reason = {}});
  EXPECT_EQ(come(seats, "127.0.0.1"), std::nullopt);
}

TEST_F(AdmissionTest, OtherLimitsHoldForWhoComesNext) {
  limits_.connections_per_address = 1;
  Seats seats;
  EXPECT_EQ(come(seats, "192.0.2.1"), std::nullopt);
  EXPECT_EQ(come(seats, "192.0.2.1"), Refusal::kTooManyOfAddress);
  limits_.connections_per_address = 2;
  EXPECT_EQ(come(seats, "192.0.2.1"), std::nullopt);
  limits_.trusted = {*core::Network::parse("192.0.2.0/24")};
  limits_.connections_per_address = 1;
  EXPECT_EQ(come(seats, "192.0.2.1"), std::nullopt) << "now trusted";
}

TEST_F(AdmissionTest, TheReserveIsForTrustedAddressesAndNeverMoreThanHalf) {
  limits_.connections = 4;
  limits_.reserve = 100;
  Seats seats;
  EXPECT_EQ(come(seats, "192.0.2.1"), std::nullopt);
  EXPECT_EQ(come(seats, "192.0.2.1"), std::nullopt);
  EXPECT_EQ(come(seats, "192.0.2.1"), Refusal::kFull);
  EXPECT_EQ(come(seats, "127.0.0.1"), std::nullopt);
  EXPECT_EQ(come(seats, "[::1]"), std::nullopt);
  EXPECT_EQ(come(seats, "127.0.0.1"), Refusal::kFull);
}

TEST_F(AdmissionTest, OneAddressHasSoManySeatsAndOthersHaveTheirOwn) {
  limits_.connections_per_address = 2;
  Seats seats;
  EXPECT_EQ(come(seats, "192.0.2.1"), std::nullopt);
  EXPECT_EQ(come(seats, "[::ffff:192.0.2.1]"), std::nullopt);  // the same, written otherwise
  EXPECT_EQ(come(seats, "192.0.2.1"), Refusal::kTooManyOfAddress);
  EXPECT_EQ(come(seats, "192.0.2.2"), std::nullopt);
  seats.erase(seats.begin());
  EXPECT_EQ(come(seats, "192.0.2.1"), std::nullopt);
}

TEST_F(AdmissionTest, TheAddressesOfAnIpv6SiteAreOne) {
  limits_.connections_per_address = 1;
  Seats seats;
  EXPECT_EQ(come(seats, "[2001:db8:0:1::1]"), std::nullopt);
  EXPECT_EQ(come(seats, "[2001:db8:0:1:ffff::2]"), Refusal::kTooManyOfAddress);
  EXPECT_EQ(come(seats, "[2001:db8:0:2::1]"), std::nullopt);
}

TEST_F(AdmissionTest, AnAddressMayComeSoOftenAtOnceAndThenAtThatRate) {
  limits_.connects_per_minute = 6;
  Seats seats;
  for (int i = 0; i < 6; ++i) EXPECT_EQ(come(seats, "192.0.2.1"), std::nullopt) << i;
  EXPECT_EQ(come(seats, "192.0.2.1"), Refusal::kTooOftenOfAddress);
  EXPECT_EQ(come(seats, "192.0.2.2"), std::nullopt);
  now_ += 10s;
  EXPECT_EQ(come(seats, "192.0.2.1"), std::nullopt);
  EXPECT_EQ(come(seats, "192.0.2.1"), Refusal::kTooOftenOfAddress);
}

TEST_F(AdmissionTest, BeingRefusedCostsNoToken) {
  limits_.connects_per_minute = 2;
  limits_.connections_per_address = 1;
  Seats seats;
  EXPECT_EQ(come(seats, "192.0.2.1"), std::nullopt);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(come(seats, "192.0.2.1"), Refusal::kTooManyOfAddress);
  seats.clear();
  EXPECT_EQ(come(seats, "192.0.2.1"), std::nullopt);
}

TEST_F(AdmissionTest, GatewaysWaitInSoManySeatsAndAreNoCustomers) {
  limits_.unannounced = 2;
  limits_.gateways = {*core::Network::parse("192.0.2.9")};
  limits_.connections_per_address = 1;
  admission_.reconfigure(limits_);
  const core::Address gateway = core::Address::parse("192.0.2.9:4000").value();
  Seats waiting;
  for (int i = 0; i < 2; ++i) {
    auto answer = admission_.admit_unannounced(gateway, now_);
    ASSERT_TRUE(std::holds_alternative<Admission::Seat>(answer));
    waiting.push_back(std::move(std::get<Admission::Seat>(answer)));
    EXPECT_FALSE(waiting.back().trusted());
  }
  EXPECT_EQ(std::get<Refusal>(admission_.admit_unannounced(gateway, now_)), Refusal::kUnannounced);
  EXPECT_EQ(admission_.taken(), 2U);
  waiting.pop_back();
  EXPECT_TRUE(std::holds_alternative<Admission::Seat>(admission_.admit_unannounced(gateway, now_)));

  Seats own;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(come(own, "192.0.2.9"), std::nullopt);
  EXPECT_FALSE(own.back().trusted());
  EXPECT_EQ(admission_.counts().admitted, 100U) << "who waits is not let in yet";
}

TEST_F(AdmissionTest, BansConcernNeitherWhoIsTrustedNorAGatewayItself) {
  limits_.gateways = {*core::Network::parse("192.0.2.9")};
  Seats seats;
  for (const char* const host : {"127.0.0.1", "192.0.2.9", "192.0.2.1"}) come(seats, host);
  ASSERT_EQ(seats.size(), 3U);
  EXPECT_FALSE(seats[0].can_be_banned());
  EXPECT_FALSE(seats[1].can_be_banned());
  EXPECT_TRUE(seats[2].can_be_banned());
}

TEST_F(AdmissionTest, ZeroIsNoLimit) {
  limits_.connections_per_address = 0;
  limits_.connects_per_minute = 0;
  Seats seats;
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(come(seats, "192.0.2.1"), std::nullopt);
}

TEST_F(AdmissionTest, ThoseWhoHaveLeftAreForgotten) {
  limits_.connects_per_minute = 60;
  for (int i = 0; i < 100'000; ++i) {
    Seats seats;
    const std::string host = fmt::format("10.{}.{}.{}", i >> 16, (i >> 8) & 255, i & 255);
    ASSERT_EQ(come(seats, host), std::nullopt);
    now_ += 1ms;
  }
  // Each owes its token for a second, in which a thousand come; they are looked for at each
  // doubling.
  EXPECT_LT(admission_.customers(), 5'000U);
}

}  // namespace
}  // namespace server
