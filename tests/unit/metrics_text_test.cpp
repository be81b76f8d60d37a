// The page for Prometheus: every metric introduced once, every sample where it belongs.
#include "server/metrics_text.hpp"

#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace server {
namespace {

std::string text_of_two_loops() {
  std::vector<Statistics> loops(2);
  loops[0].people = 3;
  loops[1].messages = 7;
  loops[1].passes.add(50'000);         // ns
  loops[1].passes.add(2'000'000'000);  // above all bounds
  loops[0].lags.add(2000);
  Observation observed;
  observed.loops = loops;
  observed.rooms = 4;
  observed.sanctions = 7;
  observed.connections = 5;
  observed.connections_limit = 16000;
  observed.admission = {.admitted = 9, .handshakes = 3, .refused = {1, 2, 3, 10, 4, 5, 6, 7, 8, 9}};
  observed.accounts = {.registered = 11,
                       .hashes_waiting = 2,
                       .longest_hash_seconds = 0.25,
                       .store_writes = 12,
                       .store_failures = 13};
  observed.accounts.requests[1] = {5, 4, 3, 2, 1, 8, 9, 0, 0, 0, 0, 6, 7};
  observed.process = {.cpu_seconds = 1.5, .resident_bytes = 4096, .descriptors_most = 20000};
  return metrics_text(observed);
}

bool has_line(const std::string& text, std::string_view line) {
  return ("\n" + text).find("\n" + std::string(line) + "\n") != std::string::npos;
}

TEST(MetricsText, TellsEachLoopByItself) {
  const std::string text = text_of_two_loops();
  EXPECT_TRUE(has_line(text, "hubbub_people{loop=\"0\"} 3")) << text;
  EXPECT_TRUE(has_line(text, "hubbub_people{loop=\"1\"} 0"));
  EXPECT_TRUE(has_line(text, "hubbub_messages_total{loop=\"1\"} 7"));
}

TEST(MetricsText, TellsWhatIsOfTheServer) {
  const std::string text = text_of_two_loops();
  for (const char* const line :
       {"hubbub_rooms 4",
        "hubbub_room_sanctions 7",
        "hubbub_connections 5",
        "hubbub_connections_limit 16000",
        "hubbub_connections_accepted_total 9",
        "hubbub_connections_refused_total{cause=\"full\"} 1",
        "hubbub_connections_refused_total{cause=\"per_address\"} 2",
        "hubbub_connections_refused_total{cause=\"rate\"} 3",
        "hubbub_tls_handshakes_total 3",
        "hubbub_connections_refused_total{cause=\"banned\"} 10",
        "hubbub_connections_refused_total{cause=\"unannounced\"} 4",
        "hubbub_connections_refused_total{cause=\"proxy_header\"} 5",
        "hubbub_connections_refused_total{cause=\"too_fast\"} 9",
        "hubbub_accounts 11",
        "hubbub_account_requests_total{action=\"login\",outcome=\"done\"} 5",
        "hubbub_account_requests_total{action=\"login\",outcome=\"wrong_password\"} 4",
        "hubbub_account_requests_total{action=\"login\",outcome=\"too_many_for_account\"} 1",
        "hubbub_account_requests_total{action=\"login\",outcome=\"too_many_at_all\"} 8",
        "hubbub_account_requests_total{action=\"login\",outcome=\"too_many_registered\"} 9",
        "hubbub_account_requests_total{action=\"login\",outcome=\"store_failed\"} 7",
        "hubbub_account_requests_total{action=\"oper\",outcome=\"done\"} 0",
        "hubbub_password_hashes_waiting 2",
        "hubbub_password_hash_longest_seconds 0.25",
        "hubbub_store_writes_total 12",
        "hubbub_store_failures_total 13",
        "process_cpu_seconds_total 1.5",
        "process_resident_memory_bytes 4096",
        "process_max_fds 20000"}) {
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
  }
}

TEST(MetricsText, HistogramsCountUpToTheInfinite) {
  const std::string text = text_of_two_loops();
  for (const char* const line : {"hubbub_loop_pass_seconds_bucket{loop=\"1\",le=\"0.0001\"} 1",
                                 "hubbub_loop_pass_seconds_bucket{loop=\"1\",le=\"0.1\"} 1",
                                 "hubbub_loop_pass_seconds_bucket{loop=\"1\",le=\"+Inf\"} 2",
                                 "hubbub_loop_pass_seconds_sum{loop=\"1\"} 2.00005",
                                 "hubbub_loop_pass_seconds_count{loop=\"1\"} 2",
                                 "hubbub_loop_longest_pass_seconds{loop=\"1\"} 2",
                                 "hubbub_reader_lag_bytes_bucket{loop=\"0\",le=\"1024\"} 0",
                                 "hubbub_reader_lag_bytes_bucket{loop=\"0\",le=\"16384\"} 1"}) {
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
  }
}

TEST(MetricsText, EveryMetricIsIntroducedOnceBeforeItsSamples) {
  std::istringstream lines(text_of_two_loops());
  std::set<std::string> introduced;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      const std::string name = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(introduced.insert(name).second) << name << " is introduced twice";
    } else if (!line.starts_with("#")) {
      std::string name = line.substr(0, line.find_first_of("{ "));
      for (const char* const suffix : {"_bucket", "_sum", "_count"}) {
        if (!introduced.contains(name) && name.ends_with(suffix)) {
          name.resize(name.size() - std::string_view(suffix).size());
        }
      }
      EXPECT_TRUE(introduced.contains(name)) << line;
    }
  }
  EXPECT_GT(introduced.size(), 20U);
}

}  // namespace
}  // namespace server
