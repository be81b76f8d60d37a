// Fields in one order, those that are empty left out. Names have no blanks; a reason may have
// anything, so it is quoted as JSON quotes.
#include "server/moderation_log.hpp"

#include <iterator>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "core/text.hpp"

namespace server {

namespace {

void append_field(std::string_view name, std::string_view value, std::string& line) {
  if (!value.empty()) fmt::format_to(std::back_inserter(line), " {}={}", name, value);
}

}  // namespace

std::optional<std::string> ModerationLog::admit(const Deed& deed, core::Time now) {
  if (deed.always || deed.by.is_operator()) return std::string();
  if (people_.of(deed.by.address(), now).take(LogLimiter::kRate, now)) {
    return strangers_.admit(now);
  }
  strangers_.suppress();
  return std::nullopt;
}

void ModerationLog::note(const Deed& deed, core::Time now) {
  const auto end = admit(deed, now);
  if (!end) return;
  std::string line = "moderation";
  append_field("act", deed.act, line);
  append_field("by", deed.by.nick(), line);
  append_field("from", deed.by.address().to_string(), line);
  append_field("whom", deed.whom, line);
  append_field("room", deed.room, line);
  append_field("address", deed.address, line);
  append_field("value", deed.value, line);
  if (deed.until != 0) append_field("until", fmt::to_string(deed.until), line);
  if (!deed.reason.empty()) {
    line += " reason=";
    core::append_json_string(deed.reason, line);
  }
  spdlog::info("{}{}", line, *end);
}

void ModerationLog::note_refused(std::string_view act, const User& by, std::string_view room,
                                 core::Time now) {
  const auto end = refused_.admit(now);
  if (!end) return;
  std::string line = "moderation refused";
  append_field("act", act, line);
  append_field("by", by.nick(), line);
  append_field("from", by.address().to_string(), line);
  append_field("room", room, line);
  spdlog::info("{}{}", line, *end);
}

}  // namespace server
