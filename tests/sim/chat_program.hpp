// What every simulated user of the chat server has: a terminal that turns the server's bytes into
// lines, and hands that type into it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/ledger.hpp"
#include "tests/sim/program.hpp"

namespace sim {

// The evening that all of them share. Thread: one.
struct Evening {
  explicit Evening(Findings& found) : findings(found), ledger(found) {}

  Findings& findings;
  Ledger ledger;
  core::Address chat;
  std::vector<std::string> rooms;    // that the scribe is in; the lobby first
  std::vector<std::string> cellars;  // that nobody records
  std::vector<std::string> nicks;    // that are or were somebody's
  std::vector<std::string> rowdies;  // whom the scribe puts out
  std::size_t line_most = 4096;
  bool lag_disconnects = false;  // chat.on_lag
  bool one_confidant = false;    // everybody whispers to the same person, one who stops reading
  std::string deaf;              // somebody who will stop reading
  bool may_be_full = false;      // limits.connections is less than come
  bool open = false;             // the scribe is in every room, by its name: others may come
  bool reads_again = false;      // who stopped reading goes on
  bool closing = false;          // everybody leaves
  bool shutting_down = false;    // the server was told to end
  std::size_t loops = 1;
  std::size_t pass_most = 0;  // bytes that one pass brought to all rooms, at most
  // How often each thing happened that an evening is to have, so that a simulation that has become
  // harmless is noticed.
  std::map<std::string, std::uint64_t> happened;
};

// Thread: one. Bytes that no terminal may get are findings.
class ChatProgram : public Program {
 protected:
  ChatProgram(Crowd& crowd, Evening& evening) : Program(crowd), evening_(evening) {}

  virtual void line_came(std::string_view line) = 0;

  // Reads at most so many bytes; how many there were.
  std::size_t read(std::size_t most);
  void type(std::string_view bytes) { typed_.append(bytes); }
  // Sends at most so many of what was typed; how many went. After a reset what was typed is lost.
  std::size_t send(std::size_t most);
  std::size_t unsent() const { return typed_.size(); }
  Evening& evening() { return evening_; }
  const Evening& evening() const { return evening_; }

 private:
  void byte_came(char byte);

  Evening& evening_;
  std::string typed_;
  std::string line_;
  int command_bytes_ = 0;  // of a telnet command, still to come
};

}  // namespace sim
