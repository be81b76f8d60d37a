// The chat dialect's sentences about order being kept, one for each event of moderation.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "server/chat_sentences.hpp"
#include "server/moderation_event.hpp"

namespace server {

// Appends the lines of one event.
class ModerationPhrasing : private Sentences {
 public:
  using Sentences::Sentences;

  void operator()(const event::PutOut& out);
  void operator()(const event::MuteChanged& changed);
  void operator()(const event::RoleChanged& changed);
  void operator()(const event::ModeChanged& changed);

  void operator()(const event::YouArePutOut& out);
  void operator()(const event::YouAreInvited& invited);
  void operator()(const event::BecameOperator& became);
  void operator()(const event::Proclaimed& proclaimed);
  void operator()(const event::ShuttingDown& ending);
  void operator()(const event::YouAreEnded& ended);
  void operator()(const event::BanAdded& added);
  void operator()(const event::BanNotKept& kept);
  void operator()(const event::BanLifted& lifted);
  void operator()(const event::BanList& list);
  void operator()(const event::ModeIs& is);
  void operator()(const event::Invited& invited);
  void operator()(const event::Ended& ended);
  void operator()(const event::TaskTree& tree);
  void operator()(const event::Reloading& reloading);

  void operator()(const event::OperatorsOnly& refused);
  void operator()(const event::RoomOperatorsOnly& refused);
  void operator()(const event::NotYourself& refused);
  void operator()(const event::NotAMember& missing);
  void operator()(const event::IsMember& member);
  void operator()(const event::IsOperator& other);
  void operator()(const event::RoleIsSo& role);
  void operator()(const event::BadDuration& bad);
  void operator()(const event::BadSlow& bad);
  void operator()(const event::BadKey& bad);
  void operator()(const event::ReasonTooLong& limit);
  void operator()(const event::BadTarget& bad);
  void operator()(const event::NetworkTooWide& wide);
  void operator()(const event::OwnNetwork& own);
  void operator()(const event::ExemptAddress& exempt);
  void operator()(const event::TooManyBans& limit);
  void operator()(const event::TooManySanctions& limit);
  void operator()(const event::TooManyInvited& limit);
  void operator()(const event::NoSuchBan& missing);
  void operator()(const event::NotMuted& missing);
  void operator()(const event::Banned& banned);
  void operator()(const event::BannedFromRoom& banned);
  void operator()(const event::RoomClosed& closed);
  void operator()(const event::KeyNeeded& needed);
  void operator()(const event::YouAreMuted& muted);
  void operator()(const event::RoomModerated& moderated);
  void operator()(const event::TooSoon& soon);
  void operator()(const event::TopicLocked& locked);

 private:
  std::string until(std::time_t time) const;
};

}  // namespace server
