// A file of phases, as command lines.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "client/load/phases.hpp"

namespace load {
namespace {

using Words = std::vector<std::string>;

class Phases : public ::testing::Test {
 protected:
  ~Phases() override { std::filesystem::remove(file_); }

  std::vector<Phase> read(const std::string& yaml, const Words& more = {}) const {
    std::ofstream(file_) << yaml;
    return read_phases(file_, more);
  }
  std::string refused(const std::string& yaml) const {
    try {
      read(yaml);
    } catch (const PhasesError& error) {
      const std::string what = error.what();
      return what.starts_with(file_) ? what.substr(file_.size()) : "without the file: " + what;
    }
    return "was read";
  }

  const std::string file_ =
      std::filesystem::temp_directory_path() / ("phases_" + std::to_string(::getpid()) + ".yaml");
};

TEST_F(Phases, AreCommandLinesInTheirOrder) {
  const auto phases = read(
      "all: {clients: 10, rate: 5}\n"
      "phases:\n"
      "  - {name: calm, scenario: broadcast}\n"
      "  - {name: busy, scenario: rooms, rate: 500, assert: ['lost==0', 'p99<5ms'], quiet: "
      "true}\n");
  ASSERT_EQ(phases.size(), 2U);
  EXPECT_EQ(phases[0].name, "calm");
  EXPECT_EQ(phases[0].arguments, (Words{"broadcast", "--clients=10", "--rate=5"}));
  EXPECT_EQ(phases[1].name, "busy");
  EXPECT_EQ(phases[1].place, file_ + ":4");
  EXPECT_EQ(phases[1].arguments, (Words{"rooms", "--assert=lost==0", "--assert=p99<5ms",
                                        "--clients=10", "--quiet", "--rate=500"}));
}

TEST_F(Phases, WhatTheCommandLineSaysTakesTheirPlace) {
  const auto phases = read(
      "all: {rate: 5, size: 10}\nphases: [{name: a, scenario: echo, rate: 7, assert: 'lost==0'}]\n",
      {"--rate", "9", "--size=1", "--assert", "p99<1s"});
  EXPECT_EQ(phases[0].arguments,
            (Words{"echo", "--assert=lost==0", "--rate", "9", "--size=1", "--assert", "p99<1s"}));
}

TEST_F(Phases, FalseTakesAnOptionOfAllAway) {
  const auto phases =
      read("all: {quiet: true}\nphases: [{name: a, scenario: echo, quiet: false}]\n");
  EXPECT_EQ(phases[0].arguments, Words{"echo"});
}

TEST_F(Phases, WhatIsWrongIsToldWithItsLine) {
  EXPECT_EQ(refused("phases: []\n"), ":1: expected phases, a list of at least one");
  EXPECT_EQ(refused("all: {}\n"), ":1: expected phases, a list of at least one");
  EXPECT_EQ(refused("- a\n"), ":1: expected a mapping with phases");
  EXPECT_EQ(refused("phase: []\n"), ":1: 'phase' is not a key; expected all or phases");
  EXPECT_EQ(refused("phases:\n  - {name: a}\n"), ":2: a phase needs a scenario");
  EXPECT_EQ(refused("phases:\n  - {scenario: echo}\n"), ":2: a phase needs a name");
  EXPECT_EQ(refused("phases:\n  - echo\n"), ":2: expected a mapping of options to values");
  EXPECT_EQ(refused("phases:\n  - {name: a, scenario: echo, --rate: 5}\n"),
            ":2: expected the name of an option, without dashes");
  EXPECT_EQ(refused("phases:\n  - {name: a, scenario: echo, rate: 5, rate: 6}\n"),
            ":2: 'rate' is given twice");
  EXPECT_EQ(refused("phases:\n  - {name: a, scenario: echo, rate: {}}\n"),
            ":2: rate: expected a value or a list");
  EXPECT_EQ(refused("phases:\n  - {name: a, scenario: echo}\n  - {name: a, scenario: echo}\n"),
            ":3: there is a phase 'a' already");
  EXPECT_EQ(refused("phases: [\n").substr(0, 20), ":2: not valid YAML: ");
  EXPECT_EQ(refused(""), ":1: expected a mapping with phases");
}

TEST_F(Phases, AFileThatIsNotThereIsSaid) {
  EXPECT_THROW(read_phases("/nonexistent/phases.yaml", {}), PhasesError);
}

TEST_F(Phases, AFolderIsNoFileOfThem) {
  try {
    read_phases(std::filesystem::temp_directory_path(), {});
    ADD_FAILURE() << "was read";
  } catch (const PhasesError& error) {
    EXPECT_EQ(error.what(), std::filesystem::temp_directory_path().string() + ": is a directory");
  }
}

}  // namespace
}  // namespace load
