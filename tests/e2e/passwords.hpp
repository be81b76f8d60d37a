// People who give passwords.
#pragma once

#include <string>

#include "tests/e2e/person.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {

inline const std::string kPassword = "open-sesame";

// What comes of a command with a password in it, after the remark that it could be seen.
inline std::string try_password(Person& person, const std::string& line) {
  person.settle();
  person.ask(line);
  std::string answer = person.sees("-- ");
  while (contains(answer, "#lobby -- ") || contains(answer, "you are now known as")) {
    answer = person.sees("-- ");
  }
  return answer;
}

}  // namespace e2e
