// Directing an evening, and judging it.
#include "tests/sim/server_run.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "core/signals.hpp"
#include "core/task_tree.hpp"
#include "core/timeout.hpp"
#include "server/server.hpp"

namespace sim {

using core::Task;
using namespace std::chrono_literals;

ServerRun::ServerRun(World& world, const Crowding& crowding, core::Ring* ring)
    : world_(world),
      choose_(world.ring.choose()),
      ring_(ring),
      evening_(world.findings),
      crowding_(crowding),
      close_(static_cast<Close>(choose_.below(3))) {
  draw_configuration();
  guests_ = choose_.magnitude(4, crowding_.clients);
  if (choose_.chance(0.1)) {
    config_.limits.connections = choose_.between(1 + crowding_.echo_clients, guests_ + 10);
    config_.limits.reserve = 0;  // it would be half of them, and the scribe must have a seat
    evening_.may_be_full = true;
  }
  if (ring == nullptr && choose_.chance(0.6)) {
    evening_.loops = choose_.between(2, 4);
    evening_.ledger.several_loops();
  }
}

void ServerRun::draw_configuration() {
  const core::Address any = *core::Address::parse("127.0.0.1:0");
  config_.listen = {{server::Protocol::kChat, any}, {server::Protocol::kEcho, any}};
  auto& limits = config_.limits;
  limits.line = choose_.magnitude(256, 4096);
  limits.max_lag = choose_.magnitude(512, 16384);
  limits.mailbox = std::max<std::size_t>(limits.line, choose_.magnitude(1024, 262'144));
  if (choose_.chance(0.15)) {
    evening_.one_confidant = true;
    limits.mailbox = std::max<std::size_t>(limits.line, 1024);
  }
  limits.history = choose_.chance(0.2) ? 0 : choose_.magnitude(256, 65536);
  limits.input_patience = {};  // the scribe types much where it keeps order: it is only held up
  limits.echo_buffer = choose_.magnitude(4096, 65536);
  auto& chat = config_.chat;
  chat.replay = choose_.below(20);
  chat.digest_above = choose_.chance(0.5) ? 1'000'000 : choose_.below(30);
  chat.digest_interval = std::chrono::milliseconds(choose_.magnitude(100, 3000));
  if (choose_.chance(0.2)) chat.on_lag = server::LagPolicy::kDisconnect;
  config_.shutdown.grace = std::chrono::milliseconds(choose_.magnitude(100, 10'000));

  evening_.line_most = limits.line;
  evening_.lag_disconnects = chat.on_lag == server::LagPolicy::kDisconnect;
  evening_.ledger.tells_each_joining(chat.digest_above == 1'000'000);
  evening_.rooms = {chat.lobby};
  for (std::uint64_t i = choose_.below(5); i > 0; --i) {
    evening_.rooms.push_back(fmt::format("#room{}", i));
  }
  for (std::uint64_t i = choose_.below(3); i > 0; --i) {
    evening_.cellars.push_back(fmt::format("#cellar{}", i));
  }
}

// The scribe comes first, and the others once it is everywhere.
void ServerRun::invite(const core::Address& echo) {
  scribe_ = &world_.crowd.add<Scribe>(evening_);
  for (std::uint64_t i = 0; i < guests_; ++i) {
    const std::size_t actions = choose_.magnitude(4, crowding_.actions);
    clients_.push_back(&world_.crowd.add<ChatClient>(evening_, i, actions));
  }
  for (std::uint64_t i = choose_.below(4); i > 0; --i) {
    world_.crowd.add<Rowdy>(evening_, i, choose_.magnitude(4, crowding_.actions));
  }
  for (std::uint64_t i = choose_.below(crowding_.echo_clients + 1); i > 0; --i) {
    const std::size_t bytes = choose_.magnitude(1, 10'000);
    echo_clients_.push_back(&world_.crowd.add<RandomPeer>(echo, numbered_lines(choose_, bytes)));
  }
}

void ServerRun::run() {
  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  world_.expects = {"cannot accept", "accepting again"};
  const auto alone = [this] { return direct({}); };
  if (ring_ != nullptr) {
    world_.run(alone, *ring_);
  } else if (evening_.loops == 1) {
    world_.run(alone);
  } else {
    world_.run_on(evening_.loops,
                  [this](const std::vector<core::Loop*>& loops) { return direct(loops); });
  }
  // A signal that nobody took must not meet the next evening.
  sigset_t left;
  ::sigemptyset(&left);
  ::sigaddset(&left, SIGTERM);
  const timespec now{};
  while (::sigtimedwait(&left, nullptr, &now) > 0) {
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void ServerRun::wake_everybody() {
  for (const auto& program : world_.crowd.programs()) {
    world_.crowd.want(*program, world_.ring.now());
  }
}

namespace {

Task<void> serve(server::Server& server, core::Signals& signals) {
  co_await server.run(signals);
}

}  // namespace

// A function of its own in the loop, beside the server.
Task<void> ServerRun::direct(std::vector<core::Loop*> loops) {
  core::Signals signals({SIGTERM});
  if (loops.empty()) loops.push_back(&core::current_loop());
  server::Server server(std::move(loops), config_);
  evening_.chat = server.bound()[0].address;
  invite(server.bound()[1].address);
  core::TaskHandle<void> serving = core::current_loop().spawn(serve(server, signals), "server");

  if (close_ == Close::kBusy) {
    co_await core::sleep(std::chrono::microseconds(choose_.magnitude(1000, 3'000'000)));
    if (choose_.chance(0.5)) world_.ring.calm_down();
  } else {
    co_await until_done();
    co_await end_quietly();
    if (close_ == Close::kEmpty) co_await empty_rooms();
  }
  co_await shut_down(serving);
  // Everybody reads what is on its way.
  evening_.reads_again = true;
  wake_everybody();
  co_await core::sleep(30s);
  check_everybody(false);
  check_echo();
}

// One signal, and sometimes a second that ends everything at once.
Task<void> ServerRun::shut_down(core::TaskHandle<void>& serving) {
  std::vector<const ChatClient*> owed_goodbye;
  for (const ChatClient* const client : clients_) {
    if (client->is_here() && client->is_prompt()) owed_goodbye.push_back(client);
  }
  evening_.shutting_down = true;
  const core::Time signalled = world_.ring.now();
  const core::Duration grace = config_.shutdown.grace;
  ::raise(SIGTERM);
  const bool hurries = close_ == Close::kBusy && choose_.chance(0.3);
  if (hurries) {
    const auto most = std::chrono::duration_cast<std::chrono::microseconds>(grace).count();
    co_await core::sleep(choose_.magnitude(1, static_cast<std::uint64_t>(most)) * 1us);
    if (!serving.done()) ::raise(SIGTERM);
  }
  co_await serving;
  const core::Duration took = world_.ring.now() - signalled;
  constexpr core::Duration kSlack = 1s;
  if (took > grace + kSlack) {
    world_.findings.add(fmt::format(
        "the end took {} ms", std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
  }
  if (close_ != Close::kQuiet) co_return;  // the network may be to blame
  co_await core::sleep(1s);
  for (const ChatClient* const client : owed_goodbye) {
    if (!client->was_told_goodbye() && !client->was_harmed())
      world_.findings.add(client->nick() + " was told no goodbye");
  }
}

// Until all have done what they came for; no evening takes longer than an hour.
Task<void> ServerRun::until_done() {
  const core::Time begun = world_.ring.now();
  const auto done = [](const ChatClient* client) { return client->is_done(); };
  const auto gone = [](const RandomPeer* peer) { return peer->finished(); };
  while (!std::all_of(clients_.begin(), clients_.end(), done) ||
         !std::all_of(echo_clients_.begin(), echo_clients_.end(), gone)) {
    co_await core::sleep(20ms);
    if (world_.ring.now() - begun < 1h) continue;
    world_.findings.add("the evening does not end");
    for (const std::string& line : core::draw_tasks(core::live_tasks(core::current_loop()))) {
      world_.findings.add(line);
    }
    co_return;
  }
}

// The network calms down, who had stopped reads again, and then all must have everything.
Task<void> ServerRun::end_quietly() {
  world_.ring.calm_down();
  co_await core::sleep(30s);
  evening_.reads_again = true;
  wake_everybody();
  co_await core::sleep(60s);
  check_backlogs();
  check_everybody(true);
  const auto is_here = [this](const std::string& nick) {
    const auto number = static_cast<std::size_t>(std::strtoull(nick.c_str() + 1, nullptr, 10));
    return number < clients_.size() && clients_[number]->is_here();
  };
  evening_.ledger.check_whispers(is_here);
}

Task<void> ServerRun::empty_rooms() {
  evening_.closing = true;
  wake_everybody();
  co_await core::sleep(30s);
  for (const ChatClient* const client : clients_) {
    if (!client->finished()) world_.findings.add(client->nick() + " could not leave");
  }
  scribe_->ask_whether_all_rooms_are_empty();
  wake_everybody();
  // What it typed to keep order may have been too fast, and comes first.
  for (int i = 0; i < 100 && !scribe_->was_answered(); ++i) co_await core::sleep(1s);
  if (!scribe_->was_answered()) world_.findings.add("the scribe was not answered");
}

void ServerRun::check_everybody(bool complete) {
  for (ChatClient* const client : clients_) client->check(complete && client->is_here());
}

void ServerRun::check_backlogs() {
  for (const ChatClient* const client : clients_) {
    if (!client->is_here()) continue;
    const std::size_t most = client->backlog_most(config_.limits);
    if (client->backlog() <= most) continue;
    world_.findings.add(
        fmt::format("{} was owed {} bytes, over {}", client->nick(), client->backlog(), most));
  }
}

void ServerRun::check_echo() {
  for (const RandomPeer* const peer : echo_clients_) {
    const std::string_view sent = std::string_view(peer->bytes()).substr(0, peer->sent());
    if (!sent.starts_with(peer->received())) {
      world_.findings.add("an echo is no prefix of what was sent");
    }
    const bool whole = peer->clean() && peer->ending() == RandomPeer::Ending::kOrderly;
    if (whole && !evening_.shutting_down && peer->received() != peer->bytes()) {
      world_.findings.add("an echo is not whole");
    }
  }
}

}  // namespace sim
