// MetricsSession: one HTTP request for the state of the server, and its answer.
#pragma once

#include <string>
#include <string_view>

#include "core/timer_queue.hpp"
#include "server/accounts.hpp"
#include "server/admission.hpp"
#include "server/connection.hpp"
#include "server/http_request.hpp"
#include "server/hub.hpp"

namespace server {

// GET /metrics: the counts of all loops for Prometheus. GET /healthz: "ok", once this loop and all
// others have answered within kHealthMost; else 503. HEAD gives the same without the text. Every
// answer ends the connection.
// Thread: the loop's. Limits: HttpRequest::kHeadMost bytes and kRequestMost for the request.
class MetricsSession final : public Connection, private core::Timer {
 public:
  static constexpr core::Duration kRequestMost = std::chrono::seconds(5);
  static constexpr core::Duration kHealthMost = std::chrono::seconds(2);

  MetricsSession(Hub& hub, const Admission& admission, const Accounts& accounts,
                 Connections& connections, core::Stream stream);
  ~MetricsSession() override;

 private:
  core::Task<void> begin() override;
  bool take(core::Received received) override;
  core::Task<void> catch_up() override;
  void fire() override;

  core::Task<void> answer_metrics();
  core::Task<void> answer_health();
  void answer(std::string_view status, std::string_view type, std::string_view body);
  void refuse(std::string_view status, std::string_view body);

  Hub& hub_;
  const Admission& admission_;
  const Accounts& accounts_;
  HttpRequest request_;
};

}  // namespace server
