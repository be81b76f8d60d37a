// The server's counts as text for Prometheus.
#pragma once

#include <span>
#include <string>

#include "server/account_counts.hpp"
#include "server/admission.hpp"
#include "server/process_facts.hpp"
#include "server/statistics.hpp"

namespace server {

// Everything that is told, at one moment.
struct Observation {
  std::span<const Statistics> loops;
  std::size_t rooms = 0;
  std::size_t sanctions = 0;  // bans, mutes and invitations in them
  std::size_t connections = 0;
  std::size_t connections_limit = 0;
  Admission::Counts admission;
  AccountFigures accounts;
  ProcessFacts process;
};

// The text exposition format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).
// Names are promises: dashboards and alerts stand on them. Each has a HELP line.
std::string metrics_text(const Observation& observed);

}  // namespace server
