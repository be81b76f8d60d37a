// A session: one person's connection, from the greeting to the goodbye.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/account_desk.hpp"
#include "server/connection.hpp"
#include "server/dialect.hpp"
#include "server/hub.hpp"
#include "server/pace.hpp"
#include "server/user.hpp"

namespace server {

// Thread: the loop's. However it ends, its memberships end and the rooms are told.
// Limits: a person who does not read what it asked for is not read either, beyond kOwedMost bytes
// or half of limits.mailbox; one who sends faster than limits.input_rate is read at that rate, and
// sent away after limits.input_patience.
class Session : public Connection, public User {
 public:
  // What the sessions of one loop that speak one dialect have in common. Outlives them.
  struct Shared {
    Hub& hub;
    AccountDesk& desk;
    Connections& connections;
    const Encoder& encoder;
  };

  static constexpr std::size_t kOwedMost = 64 * 1024;
  // Commands of one to whom nothing can be sent any more, of those that had arrived: what it said
  // is heard.
  static constexpr std::size_t kLastWords = 100;
  // A person waits for the greeting, a program that took this port for another service speaks
  // first: what it says within this time is looked at before it is greeted.
  static constexpr core::Duration kGreetingDelay = std::chrono::milliseconds(50);

  ~Session() override;

  void tell(const Event& event) override;
  void tell_at(std::uint64_t mark, const Event& event) override;
  void evict(Parting parting) override;
  const core::Address& address() const final { return stream().peer(); }
  Hub& hub() const final { return shared_.hub; }
  void end_banned(const ServerBan& ban) override;

 protected:
  Session(const Shared& shared, DialectId dialect, core::Stream stream);

 private:
  virtual Dialect& dialect() = 0;

  core::Task<void> begin() override;  // greets it, unless it was gone before
  bool take(core::Received received) override;
  core::Task<void> catch_up() override;
  bool end_input() override;
  void farewell() override;
  std::string describe_connection() const override;

  std::size_t owed_most() const { return std::min(kOwedMost, hub().answer_most()); }
  void obey(std::string_view& bytes);
  void obey(const Command& command);

  // A command that takes time. Until it has ended, nothing that came after it is looked at, and
  // nothing is received; the others of the loop go on. It is cancelled with the connection, and
  // what it throws ends the connection as anything else does. It may refer to this session, for it
  // ends first; what it leaves to other threads may not.
  void start(core::Task<void> errand);

  // Accounts (session_accounts.cpp). Passwords are taken out of the input they came in.
  struct Prompt {
    PasswordUse use;
    std::string nick;
    Secret old_password;  // where that was asked for first
  };
  Caller caller() const;
  void ask(PasswordUse use, std::string_view nick, Secret old_password = {});
  void serve(const command::Register& asked);
  void serve(const command::LogIn& asked);
  void serve(const command::ChangePassword& asked);
  void serve(const command::Unregister& asked);
  void serve(const command::DropAccount& asked);
  void serve(const command::BecomeOperator& asked);
  void serve(const command::GivePassword& given);

  // What it has asked for and has to wait for; exists while there is any.
  struct Pending {
    std::unique_ptr<std::string> rest;  // besides, not looked at yet
    std::optional<core::Task<void>> errand;
    std::optional<Prompt> prompt;  // the password that the next line is to be
  };
  Pending& pending();
  bool has_errand() const { return pending_ && pending_->errand; }
  void forget_if_done();

  bool keep_rest(std::string_view bytes);
  void give_up();
  core::Duration wait() const;
  const std::string& encoded(const Event& event);

  bool wrong_protocol_ = false;  // it would not understand a goodbye; here, where there is padding
  const Shared& shared_;
  std::unique_ptr<Pending> pending_;
  Pace pace_;
};

}  // namespace server
