// The difference of what was counted, interval by interval.
#include "client/load/samples.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <utility>

#include "client/load/team.hpp"
#include "core/timeout.hpp"

namespace load {
namespace {

constexpr core::Duration kIntervalMost = std::chrono::seconds(1);
constexpr core::Duration kIntervalLeast = std::chrono::milliseconds(10);

std::size_t row_of(std::uint64_t value_ns) {
  const double row = 2 * std::log2(static_cast<double>(std::max<std::uint64_t>(value_ns, 1)));
  return std::min(static_cast<std::size_t>(row), Sample::kRows - 1);
}

}  // namespace

double Sample::row_begin_ns(std::size_t row) {
  return std::exp2(static_cast<double>(row) / 2);
}

Sampler::Sampler(core::Loop& loop, Team& team, const Reading& first, core::Duration window)
    : loop_(loop),
      team_(team),
      interval_(std::clamp(window / 10, kIntervalLeast, kIntervalMost)),
      begin_(loop.ring().now()),
      last_(begin_),
      last_throughput_(first.counters),
      last_latency_(first.latency) {}

core::Task<void> Sampler::sample() {
  for (core::Time next = begin_ + interval_;; next += interval_) {
    co_await core::sleep(next - loop_.now());
    const std::unique_ptr<Reading> reading = co_await team_.reading();
    add(*reading);
  }
}

void Sampler::add(const Reading& reading) {
  const core::Time now = loop_.ring().now();
  const Throughput since = reading.counters - last_throughput_;
  const Histogram latency = reading.latency - last_latency_;
  Sample sample;
  sample.at = std::chrono::duration<double>(now - begin_).count();
  sample.seconds = std::chrono::duration<double>(now - last_).count();
  sample.sent = since.sent;
  sample.received = since.received;
  sample.p50_ns = static_cast<double>(latency.quantile(0.5));
  sample.p99_ns = static_cast<double>(latency.quantile(0.99));
  for (std::size_t bucket = 0; bucket < Histogram::kBuckets; ++bucket) {
    sample.rows[row_of(Histogram::bucket_begin(bucket))] += latency.count_in(bucket);
  }
  samples_.push_back(sample);
  last_ = now;
  last_throughput_ = reading.counters;
  last_latency_ = reading.latency;
}

void Sampler::finish(const Reading& last) {
  if (loop_.ring().now() - last_ >= interval_ / 2) add(last);
}

}  // namespace load
