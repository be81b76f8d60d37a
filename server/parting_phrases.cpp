// One case for each departure.
#include "server/parting_phrases.hpp"

namespace server {

std::string_view seen_by_others(const Parting& parting) {
  switch (parting.why) {
    case Departure::kSendsTooFast:
      return "sending too fast";
    case Departure::kSilent:
      return "silent for too long";
    case Departure::kElsewhere:
      return "logged in elsewhere";
    case Departure::kQuit:
      return parting.words;
    case Departure::kLost:
    case Departure::kReadsTooSlowly:
    case Departure::kReadsNothing:
    case Departure::kEnded:
    case Departure::kBanned:
    case Departure::kShutdown:
    case Departure::kFailed:
      break;
  }
  return told_at_parting(parting);
}

std::string_view told_at_parting(const Parting& parting) {
  switch (parting.why) {
    case Departure::kQuit:
      return {};
    case Departure::kLost:
      return "connection lost";
    case Departure::kReadsTooSlowly:
      return "reading too slowly";
    case Departure::kReadsNothing:
      return "not reading";
    case Departure::kSendsTooFast:
      return "you send too fast, for too long";
    case Departure::kSilent:
      return "nothing came from you for too long";
    case Departure::kEnded:
      return parting.words.empty() ? "ended by an operator" : parting.words;
    case Departure::kBanned:
      return "banned";
    case Departure::kElsewhere:
      return "you logged in elsewhere";
    case Departure::kShutdown:
      return "the server is shutting down";
    case Departure::kFailed:
      return "internal error";
  }
  return {};
}

}  // namespace server
