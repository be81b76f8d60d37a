// The rows, and what is derived from their names.
#include "server/config_keys.hpp"

#include <fmt/format.h>

#include "server/account_forms.hpp"
#include "server/suggest.hpp"

namespace server {
namespace {

using namespace std::chrono_literals;
using core::kGiB;
using core::kKiB;
using core::kMiB;

template <typename Form>
std::string refuse(const Form& form, std::string_view text) {
  if constexpr (requires { form.refuse(text); }) {
    return form.refuse(text);
  } else {
    return refusal(text, form.accepts());
  }
}

// A row. `path` leads from the target to the value: pointers to members, one per level.
template <typename Target, typename Form, typename... Path>
Key<Target> key(std::string_view name, std::string_view help, Form form, Path... path) {
  const auto value = [path...](auto& target) -> auto& {
    return (target.*....*path);
  };
  return {name,
          help,
          form.accepts(),
          Form::kStyle,
          [form, value](Target& target, std::string_view text) -> std::optional<std::string> {
            auto parsed = form.parse(text);
            if (!parsed) return refuse(form, text);
            value(target) = std::move(*parsed);
            return std::nullopt;
          },
          [form, value](const Target& target) { return form.print(value(target)); }};
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t end = text.find(separator); end != std::string_view::npos;
       end = text.find(separator)) {
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.push_back(text);
  return parts;
}

// Reads PROTOCOL=ADDRESS:PORT[=CERTIFICATE[=KEY]] and returns everything that is wrong with it.
std::vector<std::string> read_listener(std::string_view text, Listener& listener) {
  const std::vector<std::string_view> fields = split(text, '=');
  const auto keys = listener_keys();
  if (fields.size() < kListenerKeysNeeded || fields.size() > keys.size()) {
    return {refusal(text,
                    "PROTOCOL=ADDRESS:PORT, such as chat=127.0.0.1:7777, or "
                    "PROTOCOL=ADDRESS:PORT=CERTIFICATE=KEY for TLS")};
  }
  std::vector<std::string> complaints;
  for (std::size_t index = 0; index < fields.size(); ++index) {
    const auto complaint = keys[index].read(listener, fields[index]);
    if (complaint) complaints.push_back(fmt::format("{}: {}", keys[index].name, *complaint));
  }
  return complaints;
}

struct ListenersForm {
  using Value = std::vector<Listener>;
  static constexpr YamlStyle kStyle = YamlStyle::kListeners;
  std::size_t most;

  std::string accepts() const { return fmt::format("a list of 1 to {} listeners", most); }
  std::optional<Value> parse(std::string_view text) const {
    auto listeners = parse_listeners(text);
    if (listeners && listeners->size() > most) return std::nullopt;
    return listeners;
  }
  std::string print(const Value& value) const { return print_listeners(value); }
  std::string refuse(std::string_view text) const {
    std::vector<std::string> complaints;
    Listener ignored;
    for (const std::string_view part : split(text, ',')) {
      for (std::string& complaint : read_listener(part, ignored)) {
        complaints.push_back(std::move(complaint));
      }
    }
    if (text.empty()) return "is empty; expected " + accepts();
    if (complaints.empty()) return fmt::format("has too many; expected {}", accepts());
    return fmt::format("{}", fmt::join(complaints, "; "));
  }
};

std::vector<Key<Config>> make_config_keys() {
  using C = Config;
  using Log = Config::Log;
  using Chat = Config::Chat;
  using Limits = Config::Limits;
  const auto key = [](auto... row) { return server::key<Config>(row...); };
  return {
      key("listen", "what to serve, and where; port 0 picks a free one", ListenersForm{64},
          &C::listen),
      key("loops", "event loops, each a thread; auto: one for each processor", AutoForm{{1, 64}},
          &C::loops),
      key("direct_sockets", "connections of a loop that take no file descriptor, on io_uring",
          CountForm{0, 1'000'000}, &C::direct_sockets),
      key("ring", "kernel interface; auto takes epoll where io_uring is forbidden",
          ChoiceForm<RingKind>{}, &C::ring),

      key("data_dir", "directory of accounts and bans; empty: nothing is stored", LineForm{0, 4096},
          &C::data_dir),

      key("log.level", "the least important messages that are logged", ChoiceForm<LogLevel>{},
          &C::log, &Log::level),
      key("log.format", "lines for people or objects for a log collector", ChoiceForm<LogFormat>{},
          &C::log, &Log::format),
      key("log.pattern", "a line of the text format, in spdlog's notation", LineForm{1, 256},
          &C::log, &Log::pattern),

      key("chat.name", "the server's own name, as the greeting shows it", LineForm{1, 64}, &C::chat,
          &Chat::name),
      key("chat.lobby", "the room that everyone is in at first", RoomForm{128}, &C::chat,
          &Chat::lobby),
      key("chat.motd", "message of the day, shown on connecting", TextForm{16 * kKiB}, &C::chat,
          &Chat::motd),
      key("chat.replay", "lines of history shown on joining a room", CountForm{0, 1'000}, &C::chat,
          &Chat::replay),
      key("chat.digest_above", "members from which joins, parts and renames are summed up",
          CountForm{0, 1'000'000}, &C::chat, &Chat::digest_above),
      key("chat.digest_interval", "time between two such sums", DurationForm{100ms, 10min},
          &C::chat, &Chat::digest_interval),
      key("chat.on_lag", "what becomes of a reader further behind than limits.max_lag",
          ChoiceForm<LagPolicy>{}, &C::chat, &Chat::on_lag),

      key("limits.connections", "clients at the same time", CountForm{1, 1'000'000}, &C::limits,
          &Limits::connections),
      key("limits.reserve", "of these, kept for trusted addresses; never more than half",
          CountForm{0, 1'000'000}, &C::limits, &Limits::reserve),
      key("limits.connections_per_address", "clients of one address at the same time; 0: any",
          CountForm{0, 1'000'000}, &C::limits, &Limits::connections_per_address),
      key("limits.connects_per_minute", "clients of one address that may come in a minute; 0: any",
          CountForm{0, 1'000'000}, &C::limits, &Limits::connects_per_minute),
      key("limits.trusted", "networks that the limits by address and of input do not concern",
          NetworksForm{64}, &C::limits, &Limits::trusted),
      key("limits.gateways",
          "networks whose connections begin with a PROXY header, and only theirs", NetworksForm{64},
          &C::limits, &Limits::gateways),
      key("limits.unannounced",
          "connections of gateways at the same time before that header, or TLS handshakes",
          CountForm{1, 1'000'000}, &C::limits, &Limits::unannounced),
      key("limits.handshake", "time for what has to come before anything else",
          DurationForm{100ms, 10min}, &C::limits, &Limits::handshake),
      key("limits.input_rate", "lines a second that one client may send; 0: any",
          CountForm{0, 1'000'000}, &C::limits, &Limits::input_rate),
      key("limits.input_burst", "lines that it may send at once after a pause",
          CountForm{1, 1'000'000}, &C::limits, &Limits::input_burst),
      key("limits.input_patience", "time of sending faster until it is disconnected; 0s: never",
          DurationForm{0s, 24h}, &C::limits, &Limits::input_patience),
      key("limits.idle", "time without a byte from a client until it is disconnected; 0s: never",
          DurationForm{0s, 720h}, &C::limits, &Limits::idle),
      key("limits.unresponsive", "time after which a client that is gone or takes nothing is cut",
          DurationForm{5s, 24h}, &C::limits, &Limits::unresponsive),
      key("limits.line", "bytes of one line from a client", SizeForm{64, 64 * kKiB}, &C::limits,
          &Limits::line),
      key("limits.nick", "bytes of a nickname", SizeForm{1, 64}, &C::limits, &Limits::nick),
      key("limits.room", "bytes of a room's name, with its #", SizeForm{2, 128}, &C::limits,
          &Limits::room),
      key("limits.topic", "bytes of a room's topic", SizeForm{0, 4 * kKiB}, &C::limits,
          &Limits::topic),
      key("limits.rooms_per_user", "rooms one client may be in", CountForm{1, 1'000}, &C::limits,
          &Limits::rooms_per_user),
      key("limits.rooms", "rooms at the same time", CountForm{1, 1'000'000}, &C::limits,
          &Limits::rooms),
      key("limits.rooms_per_address", "of these, those begun by people of one address; 0: any",
          CountForm{0, 1'000'000}, &C::limits, &Limits::rooms_per_address),
      key("limits.sanctions", "bans, mutes and invitations in all rooms together",
          CountForm{1, 10'000'000}, &C::limits, &Limits::sanctions),
      key("limits.sanctions_per_address",
          "of these, those that people of one address have laid down; 0: any",
          CountForm{0, 10'000'000}, &C::limits, &Limits::sanctions_per_address),
      key("limits.max_lag", "bytes a reader may be behind in a room", SizeForm{64 * kKiB, kGiB},
          &C::limits, &Limits::max_lag),
      key("limits.mailbox", "bytes of private lines owed to one client",
          SizeForm{16 * kKiB, 64 * kMiB}, &C::limits, &Limits::mailbox),
      key("limits.history", "bytes of lines that a room keeps", SizeForm{0, 64 * kMiB}, &C::limits,
          &Limits::history),
      key("limits.echo_buffer", "bytes an echo connection may have in flight",
          SizeForm{4 * kKiB, 16 * kMiB}, &C::limits, &Limits::echo_buffer),

      key("accounts.most", "accounts that may be registered", CountForm{1, 10'000'000},
          &C::accounts, &Config::Accounts::most),
      key("accounts.registrations_per_day",
          "accounts that may be registered from one address in a day; 0: any",
          CountForm{0, 1'000'000}, &C::accounts, &Config::Accounts::registrations_per_day),
      key("accounts.attempts_per_minute",
          "passwords tried for one account from one address; 0: any", CountForm{0, 1'000'000},
          &C::accounts, &Config::Accounts::attempts_per_minute),
      key("accounts.hashing_threads", "passwords hashed at once; each takes 64 MiB of memory",
          CountForm{1, 64}, &C::accounts, &Config::Accounts::hashing_threads),
      key("accounts.hashing_queue", "passwords that may wait for that; more are refused",
          CountForm{0, 10'000}, &C::accounts, &Config::Accounts::hashing_queue),

      key("operators.networks", "networks whose people are operators of the server",
          NetworksForm{64}, &C::operators, &Config::Operators::networks),
      key("operators.password", "hash of the password that /oper takes; empty: none",
          PasswordHashForm{}, &C::operators, &Config::Operators::password),
      key("operators.accounts", "accounts whose owners are operators when logged in",
          NicksForm{1'000}, &C::operators, &Config::Operators::accounts),

      key("shutdown.grace", "time to flush what is owed to clients when stopping",
          DurationForm{0s, 10min}, &C::shutdown, &Config::Shutdown::grace),

      key("diagnostics.slow_callback", "one step that holds a loop for longer is logged; 0s: none",
          DurationForm{0s, 10min}, &C::diagnostics, &Config::Diagnostics::slow_callback),
      key("diagnostics.watchdog", "a loop stuck for longer is logged with its stack; 0s: none",
          DurationForm{0s, 1h}, &C::diagnostics, &Config::Diagnostics::watchdog),
  };
}

std::string_view last_part(std::string_view name) {
  return name.substr(section_of(name).size());
}

// The words that may stand directly in a section: its keys and, at the top, the sections.
std::vector<std::string_view> words_in(std::string_view section,
                                       std::span<const std::string_view> names) {
  std::vector<std::string_view> words;
  for (const std::string_view name : names) {
    if (!name.starts_with(section)) continue;
    const std::string_view rest = name.substr(section.size());
    const std::string_view word = rest.substr(0, rest.find('.'));
    if (words.empty() || words.back() != word) words.push_back(word);
  }
  return words;
}

}  // namespace

std::span<const Key<Config>> config_keys() {
  static const std::vector<Key<Config>> keys = make_config_keys();
  return keys;
}

std::span<const Key<Listener>> listener_keys() {
  static const std::vector<Key<Listener>> keys = {
      key<Listener>("protocol", "what is spoken", ChoiceForm<Protocol>{}, &Listener::protocol),
      key<Listener>("address", "where to listen", AddressForm{}, &Listener::address),
      key<Listener>("tls.certificate", "a PEM file: its certificate and the chain", FileForm{},
                    &Listener::tls, &core::TlsIdentity::certificate),
      key<Listener>("tls.key", "a PEM file: the certificate's key", FileForm{}, &Listener::tls,
                    &core::TlsIdentity::key),
  };
  return keys;
}

std::optional<std::vector<Listener>> parse_listeners(std::string_view text) {
  std::vector<Listener> listeners;
  for (const std::string_view part : split(text, ',')) {
    if (!read_listener(part, listeners.emplace_back()).empty()) return std::nullopt;
  }
  return listeners;
}

std::string print_listeners(const std::vector<Listener>& listeners) {
  std::vector<std::string> parts;
  for (const Listener& listener : listeners) {
    std::vector<std::string> fields;
    for (const Key<Listener>& field : listener_keys()) fields.push_back(field.print(listener));
    while (fields.back().empty()) fields.pop_back();
    parts.push_back(fmt::format("{}", fmt::join(fields, "=")));
  }
  return fmt::format("{}", fmt::join(parts, ","));
}

std::string_view section_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot + 1);
}

std::string unknown_key(std::string_view name, std::span<const std::string_view> names) {
  const std::string_view section = section_of(name);
  const std::vector<std::string_view> words = words_in(section, names);
  if (const auto index = nearest(last_part(name), words)) {
    return fmt::format("unknown key; did you mean {}{}?", section, words[*index]);
  }
  std::vector<std::string_view> last_parts;
  for (const std::string_view candidate : names) last_parts.push_back(last_part(candidate));
  auto index = nearest(last_part(name), last_parts);
  // Where the section is right, likeness to a whole name would be the section's alone.
  if (!index && words.empty()) index = nearest(name, names);
  if (index) return fmt::format("unknown key; did you mean {}?", names[*index]);
  return fmt::format("unknown key; expected one of {}",
                     fmt::join(words.empty() ? words_in("", names) : words, ", "));
}

}  // namespace server
