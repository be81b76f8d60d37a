// A person in the chat: a client that knows how a conversation goes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/client.hpp"

namespace e2e {

class Person : public Client {
 public:
  // Connects and reads the greeting. A guest, as the server names it, unless `nick` is given.
  explicit Person(Way way, std::string_view nick = {}, int receive_buffer_bytes = 0,
                  Place place = Place::current());

  const std::string& nick() const { return nick_; }

  // Types a line.
  void say(std::string_view line, Place place = Place::current()) const;

  // Waits for a line that contains `part`; those before it are passed over. Gives the line, without
  // the time if it is a room's.
  std::string sees(std::string_view part, Place place = Place::current());

  // Types a line and gives the next private line ("-- ..."): the answer, or its first line.
  std::string ask(std::string_view line, Place place = Place::current());

  // Every line that was sent before now, without their times: whatever the server does for this
  // person or has in hand for it is done when this returns.
  std::vector<std::string> settle(Place place = Place::current());

 private:
  std::string nick_;
};

// Whether one of the lines contains `part`.
bool any_contains(const std::vector<std::string>& lines, std::string_view part);

}  // namespace e2e
