// A worker: one loop's part of the server. It accepts for itself, and whoever it accepts lives and
// dies on its loop.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/listener.hpp"
#include "core/loop.hpp"
#include "server/account_desk.hpp"
#include "server/accounts.hpp"
#include "server/admission.hpp"
#include "server/attempts.hpp"
#include "server/chat_encoder.hpp"
#include "server/config.hpp"
#include "server/connection.hpp"
#include "server/directory.hpp"
#include "server/hub.hpp"

namespace server {

// What the workers of a server have in common. Thread: any.
struct Commons {
  // Throws where the store cannot be opened (see Store).
  explicit Commons(const Config& config)
      : directory(config, {&chat_encoder}),
        admission(config.limits),
        attempts(config.accounts.attempts_per_minute),
        accounts(config, directory.registered_names()) {}

  // For what comes from now on.
  void reconfigure(const Config& config) {
    Directory::Access(directory).reconfigure(config);
    admission.reconfigure(config.limits);
    attempts.set_per_minute(config.accounts.attempts_per_minute);
    accounts.reconfigure(config);
  }

  const ChatEncoder chat_encoder;
  Directory directory;
  Admission admission;
  Attempts attempts;
  Accounts accounts;
};

// Thread: the loop's. The commons must outlive it, and so must the loop of every other worker: they
// may call on each other until all have ended.
// Limits: who is not admitted is told why and closed; of those at most kRefusingMost are told at a
// time, the others are closed without a word.
class Worker {
 public:
  static constexpr std::size_t kRefusingMost = 256;

  struct Door {
    Protocol protocol;
    core::ListeningSocket socket;
  };

  Worker(core::Loop& loop, Commons& commons, std::vector<Door> doors);

  // Serves until end(), then tells everybody, and returns when all have what they are owed, after
  // shutdown.grace, or soon after hurry().
  core::Task<void> run();
  void end() { ending_.set(); }
  // Holds from now on.
  void reconfigure(const Config& config);
  void hurry();

  std::size_t connections() const { return connections_.size(); }

 private:
  struct Service {
    Protocol protocol;
    core::Listener listener;
  };

  core::Task<void> accept(Service& service);
  core::Task<void> watch_idle();
  core::Task<void> empty();
  void admit(Protocol protocol, core::Stream stream);
  std::unique_ptr<Connection> make_connection(Protocol protocol, core::Stream stream);
  void refuse(Protocol protocol, core::Stream stream, Admission::Refusal why);
  std::string refusal(Protocol protocol, Admission::Refusal why);

  core::Loop& loop_;
  Commons& commons_;
  Hub hub_;
  AccountDesk desk_;
  Connections connections_;
  std::vector<Service> services_;
  std::size_t refusing_ = 0;  // connections that are only told why they are not served
  core::Event ending_;
  bool hurried_ = false;
};

}  // namespace server
