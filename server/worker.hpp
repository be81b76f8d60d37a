// A worker: one loop's part of the server. It accepts for itself, and whoever it accepts lives and
// dies on its loop.
#pragma once

#include <cstddef>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/listener.hpp"
#include "core/loop.hpp"
#include "server/account_desk.hpp"
#include "server/accounts.hpp"
#include "server/admission.hpp"
#include "server/archive.hpp"
#include "server/archived_bans.hpp"
#include "server/archived_room_bans.hpp"
#include "server/attempts.hpp"
#include "server/ban_list.hpp"
#include "server/chat_encoder.hpp"
#include "server/config.hpp"
#include "server/connection.hpp"
#include "server/directory.hpp"
#include "server/hub.hpp"
#include "server/reception.hpp"
#include "server/session.hpp"
#include "server/tls_contexts.hpp"

namespace server {

// What the workers of a server have in common. Thread: any.
struct Commons {
  // Throws where the store cannot be opened (see Store).
  explicit Commons(const Config& config)
      : directory(config, {&chat_encoder}),
        admission(config.limits, bans),
        attempts(config.accounts.attempts_per_minute),
        registrations(config.accounts.registrations_per_day),
        archive(config.data_dir),
        accounts(config, directory.registered_names(), archive),
        archived_bans(archive, bans),
        archived_room_bans(archive, directory) {
    if (!archive.is_open()) return;
    bans.restore(archived_bans.load());
    bans.set_keeper(&archived_bans);
    archived_room_bans.restore(std::time(nullptr));
    Directory::Access(directory).set_room_ban_keeper(&archived_room_bans);
  }

  // For what comes from now on.
  void reconfigure(const Config& config) {
    Directory::Access(directory).reconfigure(config);
    admission.reconfigure(config.limits);
    attempts.set_per_minute(config.accounts.attempts_per_minute);
    registrations.set_per_day(config.accounts.registrations_per_day);
    accounts.reconfigure(config);
  }

  const ChatEncoder chat_encoder;
  Directory directory;
  BanList bans{[] { return std::time(nullptr); }};
  Admission admission;
  Attempts attempts;
  Registrations registrations;
  Archive archive;
  Accounts accounts;
  ArchivedBans archived_bans;
  ArchivedRoomBans archived_room_bans;
};

// Thread: the loop's. The commons must outlive it, and so must the loop of every other worker: they
// may call on each other until all have ended.
// Limits: who is not admitted is told why and closed; of those at most kRefusingMost are told at a
// time, the others are closed without a word.
class Worker final : private Reception::Host {
 public:
  static constexpr std::size_t kRefusingMost = 256;

  struct Door {
    Protocol protocol;
    core::ListeningSocket socket;
    std::size_t listener;  // in Config::listen; beyond its end: in none
  };

  Worker(core::Loop& loop, Commons& commons, std::vector<Door> doors, const TlsContexts& tls);

  // Serves until end(), then tells everybody, and returns when all have what they are owed, after
  // shutdown.grace, or soon after hurry().
  core::Task<void> run();
  void end() { ending_.set(); }
  // Holds from now on.
  void reconfigure(const Config& config, const TlsContexts& tls);
  void hurry();

  std::size_t connections() const { return connections_.size(); }

 private:
  struct Service {
    Protocol protocol;
    core::Listener listener;
    std::size_t index;                            // in Config::listen
    std::shared_ptr<const core::TlsContext> tls;  // null: plain
  };

  core::Task<void> accept(Service& service);
  core::Task<void> watch_idle();
  core::Task<void> empty();
  void use(const TlsContexts& tls);
  void receive(Guest guest);
  void admit(Guest guest) override;
  void serve(Guest guest, Admission::Seat seat) override;
  std::unique_ptr<Connection> make_connection(Protocol protocol, core::Stream stream);
  void refuse(Guest guest, Admission::Refusal why);
  std::string refusal(Protocol protocol, const core::Address& address, Admission::Refusal why);

  core::Loop& loop_;
  Commons& commons_;
  Hub hub_;
  AccountDesk desk_;
  Connections connections_;
  const Session::Shared chat_;
  Reception reception_;
  const BanList::Watch ban_watch_;
  std::vector<Service> services_;
  std::size_t refusing_ = 0;  // connections that are only told why they are not served
  core::Event ending_;
  bool hurried_ = false;
};

}  // namespace server
