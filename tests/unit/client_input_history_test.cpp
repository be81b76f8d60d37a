// What is there again in the next run, and in what shape.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <readline/history.h>

#include "client/terminal/input_history.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace client {
namespace {

class ClientInputHistory : public ::testing::Test {
 protected:
  ClientInputHistory() { ::setenv("XDG_STATE_HOME", folder_.path().c_str(), 1); }
  ~ClientInputHistory() override {
    ::unsetenv("XDG_STATE_HOME");
    ::clear_history();
  }

  // A run of the client in which these were entered.
  void enter(std::initializer_list<const char*> lines) const {
    ::clear_history();
    InputHistory history;
    for (const char* const line : lines) history.add(line);
  }

  std::string file() const {
    std::ostringstream text;
    text << std::ifstream(folder_ / "hubbub/history").rdbuf();
    return text.str();
  }

  const server::support::TemporaryDirectory folder_;
};

TEST_F(ClientInputHistory, LinesAreThereInTheNextRun) {
  enter({"one", "two", "two", ""});
  enter({"three"});
  EXPECT_EQ(file(), "one\ntwo\nthree\n");
}

TEST_F(ClientInputHistory, ATextOfSeveralLinesComesBackInNoPieces) {
  enter({"one", "pasted\n/quit\nlines", "two"});
  EXPECT_EQ(file(), "one\ntwo\n");
}

TEST_F(ClientInputHistory, KeepsTheNewest) {
  ::clear_history();
  {
    InputHistory history;
    for (int i = 0; i <= InputHistory::kMost; ++i) history.add(std::to_string(i));
    ASSERT_EQ(::history_length, InputHistory::kMost);
  }
  EXPECT_EQ(file().substr(0, 4), "1\n2\n");
}

}  // namespace
}  // namespace client
