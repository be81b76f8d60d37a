// Reading commands, doing them on the hub, and ending well whatever happens.
#include "server/session.hpp"

#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "core/assert.hpp"
#include "core/timeout.hpp"

namespace server {

namespace {

// Whoever is held up for longer is looked at meanwhile: it may have gone.
constexpr core::Duration kStillThere = std::chrono::seconds(1);

// As the log and the metrics have it that the hub sends somebody away, and what is said besides.
std::pair<Cause, std::string_view> refusal_of(Parting parting) {
  switch (parting.why) {
    case Departure::kBanned:
      return {Cause::kBanned, "by an operator"};
    case Departure::kEnded:
      return {Cause::kEnded, parting.words.empty() ? "by an operator" : parting.words};
    case Departure::kElsewhere:
      return {Cause::kElsewhere, "its account was logged in to elsewhere"};
    case Departure::kReadsNothing:
      return {Cause::kEvicted, "it does not read its private lines"};
    case Departure::kReadsTooSlowly:
      return {Cause::kEvicted, "it reads too slowly"};
    case Departure::kQuit:
    case Departure::kLost:
    case Departure::kSendsTooFast:
    case Departure::kSilent:
    case Departure::kShutdown:
    case Departure::kFailed:
      break;
  }
  HUBBUB_ASSERT(false);
}

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

}  // namespace

Session::Session(const Shared& shared, DialectId dialect, core::Stream peer)
    : Connection(shared.connections, std::move(peer)),
      User(dialect, stream().outflow()),
      shared_(shared) {}

// Nothing is left to do unless its farewell failed: the hub must not refer to it any more.
Session::~Session() {
  hub().forget(*this);
}

std::string Session::describe_connection() const {
  const std::string peer = Connection::describe_connection();
  return nick().empty() ? peer : fmt::format("{}@{}", nick(), peer);
}

core::Task<void> Session::begin() {
  std::optional<core::Received> words = co_await stream().receive_within(kGreetingDelay);
  if (stream().end_error() != 0) {  // whatever it said, it was never here
    end_service();
    co_return;
  }
  std::string_view bytes = words ? words->bytes() : std::string_view();
  const std::optional<Command> first = dialect().next(bytes);
  if (!first || !std::holds_alternative<command::WrongProtocol>(*first)) {
    hub().connect(*this);
    spdlog::debug("connected connection={}", describe_connection());
  }
  if (first) obey(*first);
  obey(bytes);
  const bool waits = keep_rest(bytes);
  words.reset();
  if (waits) co_await catch_up();
}

bool Session::take(core::Received received) {
  std::string_view bytes = received.bytes();
  obey(bytes);
  return keep_rest(bytes);
}

// Too much is owed, or was asked for too fast, or a command takes its time. What is left waits, out
// of the ring's buffer; but not for a connection that broke, or who floods and resets would go on
// flooding without it.
bool Session::keep_rest(std::string_view bytes) {
  if (leaving()) return false;
  if (stream().end_error() != 0) {
    if (!bytes.empty() || has_errand()) give_up();
    return false;
  }
  if (!bytes.empty()) pending().rest = std::make_unique<std::string>(bytes);
  return has_errand() || (pending_ && pending_->rest);
}

// It is gone, and something that it said is not looked at: so nothing that came after that is,
// which may begin in the middle of a line.
void Session::give_up() {
  set_parting({.why = Departure::kLost});
  end_service();
}

Session::Pending& Session::pending() {
  if (!pending_) pending_ = std::make_unique<Pending>();
  return *pending_;
}

void Session::forget_if_done() {
  if (!pending_ || pending_->errand || pending_->prompt || pending_->rest) return;
  pending_.reset();
}

void Session::start(core::Task<void> errand) {
  HUBBUB_ASSERT(!has_errand());
  pending().errand = std::move(errand);
}

core::Task<void> Session::catch_up() {
  const std::unique_ptr<std::string> rest = std::move(pending().rest);
  while ((has_errand() || (rest && !rest->empty())) && !leaving() && stream().end_error() == 0) {
    if (has_errand()) {
      core::Task<void> errand = *std::exchange(pending_->errand, std::nullopt);
      co_await std::move(errand);
      continue;
    }
    co_await outflow().drain(owed_most() / 2);
    if (const core::Duration time = wait(); time > core::Duration::zero()) {
      if (pace_.exhausted(hub().limits(), hub().loop().now())) {
        note_refusal(Cause::kTooFast,
                     fmt::format("{} sends more than limits.input_rate={}, for too long", nick(),
                                 hub().limits().input_rate));
        co_return leave({.why = Departure::kSendsTooFast});
      }
      co_await core::sleep(std::min(time, kStillThere));
    }
    if (stream().end_error() != 0) break;
    std::string_view bytes = *rest;
    obey(bytes);
    rest->erase(0, rest->size() - bytes.size());
  }
  if (stream().end_error() != 0 && (has_errand() || (rest && !rest->empty()))) give_up();
  forget_if_done();
}

// After an orderly end a last line counts as ended too: `printf hello | nc -N`.
bool Session::end_input() {
  if (leaving()) return false;
  if (stream().end_error() != 0) {
    give_up();
    return false;
  }
  std::string_view line_end = "\n";
  if (const std::optional<Command> command = dialect().next(line_end)) obey(*command);
  return keep_rest({});
}

void Session::farewell() {
  hub().disconnect(*this, parting());
  if (leaving() && !wrong_protocol_) tell(event::Goodbye{.parting = parting()});
}

void Session::evict(Parting parting) {
  const auto [cause, why] = refusal_of(parting);
  if (!leaving()) note_refusal(cause, why);
  close(parting, kLinger);
}

// How long what it sends has to wait, because it sends too fast.
core::Duration Session::wait() const {
  if (trusted()) return {};
  return pace_.wait(hub().limits(), hub().loop().now());
}

// Where nothing can be sent any more nothing is owed either, and that would be no limit.
void Session::obey(std::string_view& bytes) {
  const core::Duration none{};
  std::size_t last_words = 0;
  while (!leaving() && !has_errand() && outflow().mailbox_bytes() <= owed_most() &&
         wait() == none && (!outflow().drops() || last_words++ < kLastWords)) {
    const std::size_t before = bytes.size();
    const std::optional<Command> command = dialect().next(bytes);
    pace_.charge(hub().limits(), hub().loop().now(), command ? 1 : 0, before - bytes.size());
    if (!command) return;
    obey(*command);
  }
}

void Session::obey(const Command& command) {
  std::visit(
      Overloaded{
          [&](const command::Say& say) { hub().say(*this, say.text, say.manner); },
          [&](const command::ChangeNick& change) { hub().change_nick(*this, change.nick); },
          [&](const command::Join& join) { hub().join(*this, join.room, join.key); },
          [&](const command::Leave& leave) { hub().leave(*this, leave.room); },
          [&](const command::ListRooms&) { hub().list_rooms(*this); },
          [&](const command::ListMembers& list) { hub().list_members(*this, list.room); },
          [&](const command::DescribeUser& describe) { hub().describe(*this, describe.nick); },
          [&](const command::Tell& told) { hub().tell(*this, told.nick, told.text); },
          [&](const command::ShowTopic&) { hub().show_topic(*this); },
          [&](const command::SetTopic& set) { hub().set_topic(*this, set.topic); },
          [&](const command::ShowHistory& show) {
            hub().show_history(*this, show.lines.value_or(SIZE_MAX));
          },
          [&](const command::SetEcho& set) {
            set_echo(set.on.value_or(echo()));
            tell(event::EchoIs{.on = echo()});
          },
          [&](const command::ShowTime&) { tell(event::TimeIs{}); },
          [&](const command::LogOut&) { shared_.desk.log_out(*this); },
          [&](const command::Register& asked) { serve(asked); },
          [&](const command::LogIn& asked) { serve(asked); },
          [&](const command::ChangePassword& asked) { serve(asked); },
          [&](const command::Unregister& asked) { serve(asked); },
          [&](const command::DropAccount& asked) { serve(asked); },
          [&](const command::BecomeOperator& asked) { serve(asked); },
          [&](const command::GivePassword& given) { serve(given); },
          [&](const command::ShowHelp& show) { tell(event::Help{.topic = show.topic}); },
          [&](const command::Quit& quit) {
            this->leave({.why = Departure::kQuit, .words = quit.reason});
          },
          [&](const command::Reply& reply) { outflow().append(reply.bytes); },
          [&](const command::WrongProtocol& wrong) {
            note_refusal(Cause::kWrongProtocol,
                         fmt::format("it speaks {} on a chat port", wrong.name));
            outflow().append(wrong.answer);
            wrong_protocol_ = true;
            this->leave({});
          },
          [&](const command::Refuse& refuse) { tell(refuse.why); },
          [&](const command::Moderation& act) { hub().moderation().obey(*this, act); },
          [&](const command::Operation& act) { hub().operations().obey(*this, act); },
      },
      command);
}

// Operators of the server are out of reach of its bans.
void Session::end_banned(const ServerBan& ban) {
  if (is_operator() || leaving()) return;
  tell(event::Banned{.reason = ban.reason, .until = ban.until});
  evict({.why = Departure::kBanned});
}

void Session::tell(const Event& event) {
  outflow().append(encoded(event));
}

void Session::tell_at(std::uint64_t mark, const Event& event) {
  outflow().append_at(mark, encoded(event));
}

// Valid until the next one, of any session of this thread.
const std::string& Session::encoded(const Event& event) {
  static thread_local std::string bytes;
  bytes.clear();
  shared_.encoder.encode(event, hub().local_time(), bytes);
  return bytes;
}

}  // namespace server
