// The programs people have, and our own, against the server: telnet, nc, hubbub and hubbub-load.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/e2e/folder.hpp"
#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

std::string port_of_chat(const Server& server) {
  return std::to_string(server.chat_port());
}
std::string address_of_chat(const Server& server) {
  return "127.0.0.1:" + port_of_chat(server);
}
std::string address_of_echo(const Server& server) {
  return "127.0.0.1:" + std::to_string(server.echo_port());
}

class Programs : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"telnet", "nc", "script"}) {
      if (!is_installed(name)) GTEST_SKIP() << name << " is not installed";
    }
  }

  Server server_;
};

// telnet on a terminal of its own, which script(1) gives it.
std::vector<std::string> telnet_to(const Server& server) {
  return {"script", "-qec", "telnet 127.0.0.1 " + port_of_chat(server), "/dev/null"};
}

TEST_F(Programs, TelnetAndNetcatTalkToEachOther) {
  Process telnet(telnet_to(server_));
  telnet.wait_for_output("you are now in #lobby");
  telnet.write("/nick theo\n");
  telnet.wait_for_output("you are now known as theo");

  Process netcat({"nc", "127.0.0.1", port_of_chat(server_)});
  netcat.wait_for_output("you are now in #lobby");
  netcat.write("/nick nadia\n");
  telnet.wait_for_output("is now known as nadia\r\n");

  telnet.write(
      "hello netcat, gr\xC3\xBC\xC3\x9F"
      "e\n");
  netcat.wait_for_output(
      "#lobby <theo> hello netcat, gr\xC3\xBC\xC3\x9F"
      "e\r\n");
  netcat.write("hello telnet\n");
  telnet.wait_for_output("#lobby <nadia> hello telnet\r\n");

  telnet.write("/quit\n");
  telnet.wait_for_output("-- goodbye");
  telnet.wait();
  netcat.wait_for_output("theo left");
  netcat.write("/quit\n");
  netcat.wait_for_output("-- goodbye");
}

TEST_F(Programs, TelnetGetsAnAnswerWhenItAsksWhetherSomebodyIsThere) {
  Process telnet(telnet_to(server_));
  telnet.wait_for_output("you are now in #lobby");
  telnet.write("\x1D");
  telnet.wait_for_output("telnet> ");
  telnet.write("send ayt\n");
  telnet.wait_for_output("-- yes, hubbub is here\r\n");
}

TEST_F(Programs, OptionsThatTelnetNegotiatesAreNotTakenForText) {
  Person listener = server_.person("listener");
  Process telnet(telnet_to(server_));
  telnet.wait_for_output("you are now in #lobby");
  for (const char* command : {"set binary", "unset binary", "send do echo", "send ip"}) {
    telnet.write("\x1D");
    telnet.write(std::string(command) + "\n");
  }
  telnet.write("a clean line\n");
  const std::string line = listener.sees("a clean line");
  EXPECT_TRUE(line.ends_with("> a clean line")) << shown(line);
}

TEST_F(Programs, NetcatThatHalfClosesHasSaidEverything) {
  Person listener = server_.person("listener");
  const Outcome outcome =
      run({"sh", "-c",
           "printf '/nick nadia\\none\\ntwo\\n' | nc -N 127.0.0.1 " + port_of_chat(server_)});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(contains(outcome.output, "you are now known as nadia"));
  listener.sees("<nadia> one");
  listener.sees("<nadia> two");
  listener.sees("nadia left");
}

TEST_F(Programs, NetcatGetsItsEchoBack) {
  const Outcome outcome =
      run({"sh", "-c", "seq 100000 | nc -N 127.0.0.1 " + std::to_string(server_.echo_port())});
  EXPECT_EQ(outcome.output, run({"seq", "100000"}).output);
}

class Filter : public ::testing::Test {
 protected:
  // As in a pipeline: $1 is its input, and its output goes through a pipe too.
  std::string pipeline(const std::string& before, const std::string& options) const {
    return "set -o pipefail; " + before + " | " + program("HUBBUB") + " " + options + " " +
           address_of_chat(server_) + " | cat";
  }
  Outcome run_pipeline(const std::string& before, const std::string& options) const {
    return run({"bash", "-c", pipeline(before, options)});
  }

  Server server_;
};

TEST_F(Filter, SaysItsInputAndEndsWithSuccess) {
  Person alice = server_.person("alice");
  alice.ask("/join #build");
  const Outcome outcome = run_pipeline("seq -f 'line %g' 5000", "--nick bot --room build");
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  for (int i = 1; i <= 5000; ++i) {
    ASSERT_EQ(alice.sees("<bot> "), "#build <bot> line " + std::to_string(i));
  }
  alice.sees("#build -- bot left");
}

// Whoever closes in order has not said that it took what was said.
TEST_F(Filter, AServiceThatIsNoChatIsNoSuccess) {
  const Server server({"--listen", "metrics=127.0.0.1:0"});
  const std::string address = "127.0.0.1:" + std::to_string(server.port_of("metrics"));
  const Outcome outcome =
      run({"sh", "-c", "echo done | " + program("HUBBUB") + " --plain " + address});
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  EXPECT_TRUE(contains(outcome.errors, "goodbye")) << outcome.errors;
}

TEST_F(Filter, PrintsWhatOthersSay) {
  Person alice = server_.person("alice");
  Process filter({"bash", "-c", pipeline("cat", "--nick bot")});
  alice.sees("now known as bot");
  alice.say("hello bot");
  filter.wait_for_output("#lobby <alice> hello bot\n");
  filter.write("hello alice\n");
  EXPECT_EQ(alice.sees("hello alice"), "#lobby <bot> hello alice");
  filter.close_input();
  EXPECT_EQ(filter.wait(), 0) << filter.errors();
  EXPECT_TRUE(contains(filter.output(), "-- goodbye"));
}

// Where everybody is put is not where a script was sent.
TEST_F(Filter, IsOnlyInTheRoomsItWasSentTo) {
  Person alice = server_.person("alice");
  alice.say("before the bot");
  Person bob = server_.person("bob");
  bob.ask("/join #build");
  Process filter({"bash", "-c", pipeline("cat", "--nick bot --room build")});
  alice.sees("bot left");
  alice.say("among ourselves");
  alice.settle();
  bob.say("and now?");
  const std::string output = filter.wait_for_output("#build <bob> and now?\n");
  EXPECT_FALSE(contains(output, "before the bot")) << output;
  EXPECT_FALSE(contains(output, "the last line")) << "it was the lobby's\n" << output;
  EXPECT_FALSE(contains(output, "among ourselves")) << output;
  filter.close_input();
  EXPECT_EQ(filter.wait(), 0) << filter.errors();
}

TEST_F(Filter, StaysInTheLobbyWhereThatIsAskedFor) {
  Person alice = server_.person("alice");
  Process filter({"bash", "-c", pipeline("cat", "--nick bot --room build --room lobby")});
  filter.wait_for_output("you are now in #build");
  alice.ask("/join #build");
  filter.wait_for_output("#build -- alice joined");
  alice.ask("/join #lobby");
  alice.say("hello bot");
  filter.wait_for_output("#lobby <alice> hello bot\n");
  filter.close_input();
  EXPECT_EQ(filter.wait(), 0) << filter.errors();
}

TEST_F(Filter, MarksWhatWasSaidBeforeItCame) {
  Person alice = server_.person("alice");
  alice.ask("/join #build");
  alice.say("old news");
  alice.settle();
  Process filter({"bash", "-c", pipeline("cat", "--json --room build")});
  alice.sees("joined");
  alice.say("news");
  const std::string output = filter.wait_for_output("\"text\": \"news\"}\n");
  EXPECT_TRUE(contains(output, "\"text\": \"old news\", \"history\": true}\n")) << output;
  filter.close_input();
  EXPECT_EQ(filter.wait(), 0) << filter.errors();
}

TEST_F(Filter, SaysLinesThatBeginWithASlash) {
  Person alice = server_.person("alice");
  const Outcome outcome =
      run_pipeline("printf '/usr/include/x.h:3: error\\n/quit\\n//\\nend'", "--nick bot");
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  for (const char* const line : {"/usr/include/x.h:3: error", "/quit", "//", "end"}) {
    EXPECT_EQ(alice.sees("<bot> "), std::string("#lobby <bot> ") + line);
  }
}

TEST_F(Filter, TakesThemForCommandsWhereThatIsAskedFor) {
  Person alice = server_.person("alice");
  const Outcome outcome =
      run_pipeline("printf '/me waves\\n//a\\n/quit so long\\nlost\\n'", "--commands --nick bot");
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_EQ(alice.sees("waves"), "#lobby * bot waves");
  EXPECT_EQ(alice.sees("<bot> "), "#lobby <bot> /a");
  alice.sees("bot left (so long)");
}

TEST_F(Filter, FailsWithTheFirstRefusalWhereSomethingWasRefused) {
  Person alice = server_.person("alice");
  const Outcome outcome =
      run_pipeline("printf 'one\\n/nosuch\\n/msg\\ntwo\\n'", "--commands --nick bot");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.errors, "hubbub: " + address_of_chat(server_) +
                                " refused what was said: there is no command /nosuch; "
                                "/help lists the commands\n");
  alice.sees("<bot> two");
}

TEST_F(Filter, FailsWhereALineIsTooLongForTheServer) {
  const Outcome outcome = run_pipeline("head -c 100000 /dev/zero | tr '\\0' x", "--nick bot");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(contains(outcome.errors, "too long")) << outcome.errors;
}

TEST_F(Filter, FailsInASentenceWhereTheNickIsTaken) {
  const Person alice = server_.person("alice");
  const Outcome outcome = run_pipeline("echo hello", "--nick alice");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(contains(outcome.errors, "hubbub: /nick alice was refused")) << outcome.errors;
}

// A key stands where others can read it neither before nor after.
TEST_F(Filter, OpensARoomThatHasAKey) {
  Person alice = server_.person("alice");
  alice.ask("/join #vault");
  alice.say("/key sesame");
  alice.sees("gave the room a key");
  const Outcome good = run_pipeline("echo gold", "--nick bot --room 'vault sesame'");
  EXPECT_EQ(good.status, 0) << good.errors;
  EXPECT_EQ(alice.sees("<bot> "), "#vault <bot> gold");
  const Outcome bad = run_pipeline("echo gold", "--nick bot --room 'vault sesam'");
  EXPECT_EQ(bad.status, 1);
  EXPECT_EQ(bad.errors, "hubbub: /join #vault was refused: that is not the key of #vault\n");
}

TEST_F(Filter, FailsWhereTheServerGoesAway) {
  Process filter({"bash", "-c", pipeline("cat", "--nick bot")});
  filter.wait_for_output("now known as bot");
  server_.process().signal(SIGTERM);
  filter.wait_for_errors("closed the connection");
  filter.close_input();  // for the cat before it
  EXPECT_EQ(filter.wait(), 1);
  EXPECT_TRUE(contains(filter.output(), "-- goodbye: the server is shutting down"));
  server_.expect_end();
}

TEST_F(Filter, FailsWhereNobodyListens) {
  const Outcome outcome = run({program("HUBBUB"), "127.0.0.1:1"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(contains(outcome.errors, "127.0.0.1:1")) << outcome.errors;
}

TEST_F(Filter, RunsWhereIoUringIsForbidden) {
  const Outcome outcome = run({program_beside("deny_io_uring"), "EPERM", program("HUBBUB"),
                               "--nick", "bot", address_of_chat(server_)});
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_TRUE(contains(outcome.output, "-- goodbye"));
}

// The clients show lines of up to 16 KiB in one piece. Who writes a longer one knows where it is
// cut, and may not pass what follows off as the server's own words.
class LongLine : public ::testing::Test {
 protected:
  static std::string line_with(std::string_view forged) {
    const std::string_view before = "12:03 #lobby <alice> ";
    return std::string(16 * 1024 - before.size(), 'x').append(forged);
  }

  Server server_{{"--set", "limits.line=64KiB"}};
};

TEST_F(LongLine, IsIndentedByTheFilterWhereItGoesOn) {
  Person alice = server_.person("alice");
  Process filter({program("HUBBUB"), address_of_chat(server_)});
  alice.sees("joined");
  alice.say(line_with("-- error: forged"));
  filter.wait_for_output("x\n    -- error: forged\n");
}

TEST_F(LongLine, IsNotBelievedOnATerminalWhereItGoesOn) {
  if (!is_installed("script")) GTEST_SKIP() << "script is not installed";
  Person alice = server_.person("alice");
  const Process window(
      {"script", "-qec", program("HUBBUB") + " " + address_of_chat(server_), "/dev/null"});
  window.wait_for_output("#lobby> ");
  alice.say(line_with("-- you are now in #trap"));
  alice.say("the end");
  const std::string shown = window.wait_for_output("the end");
  EXPECT_TRUE(contains(shown, "    -- you are now in #trap"));
  EXPECT_FALSE(contains(shown, "#trap> "));
}

class Load : public ::testing::Test {
 protected:
  static Outcome run_load(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program("HUBBUB_LOAD"));
    arguments.insert(arguments.end(), {"--warmup", "200ms", "--duration", "1s", "--quiet"});
    return run(arguments);
  }

  Server server_;
};

TEST_F(Load, ABroadcastToAThousandLosesDoublesAndReordersNothing) {
  const Outcome outcome =
      run_load({"broadcast", "--connect", address_of_chat(server_), "--clients", "1000", "--window",
                "16", "--json", "-", "--assert", "lost==0", "--assert", "expected>10000"});
  EXPECT_EQ(outcome.status, 0) << outcome.output << outcome.errors;
  for (const char* metric :
       {"\"connected\": 1000,", "\"lost\": 0,", "\"duplicated\": 0,", "\"reordered\": 0,",
        "\"corrupted\": 0,", "\"missed_announced\": 0,", "\"closed\": 0,"}) {
    EXPECT_TRUE(contains(outcome.output, metric)) << metric << "\n" << outcome.output;
  }
}

TEST_F(Load, ManyPublishersAtOnceLoseNothingEither) {
  const Outcome outcome =
      run_load({"broadcast", "--connect", address_of_chat(server_), "--clients", "100",
                "--publishers", "50", "--window", "4", "--assert", "lost==0", "--assert",
                "duplicated==0", "--assert", "reordered==0", "--assert", "received>1000"});
  EXPECT_EQ(outcome.status, 0) << outcome.output << outcome.errors;
}

TEST_F(Load, RoomsOfAllSizesLoseNothing) {
  const Outcome outcome = run_load({"rooms",
                                    "--connect",
                                    address_of_chat(server_),
                                    "--clients",
                                    "300",
                                    "--rooms",
                                    "20",
                                    "--overlap",
                                    "3",
                                    "--rate",
                                    "300",
                                    "--assert",
                                    "lost==0",
                                    "--assert",
                                    "duplicated==0",
                                    "--assert",
                                    "reordered==0",
                                    "--assert",
                                    "unexpected==0",
                                    "--assert",
                                    "received>1000"});
  EXPECT_EQ(outcome.status, 0) << outcome.output << outcome.errors;
}

TEST_F(Load, WhoComesAndGoesMissesNothingMeanwhile) {
  const Outcome outcome = run_load({"churn",
                                    "--connect",
                                    address_of_chat(server_),
                                    "--clients",
                                    "50",
                                    "--rooms",
                                    "3",
                                    "--overlap",
                                    "2",
                                    "--rate",
                                    "300",
                                    "--churn",
                                    "40",
                                    "--assert",
                                    "lost==0",
                                    "--assert",
                                    "duplicated==0",
                                    "--assert",
                                    "reordered==0",
                                    "--assert",
                                    "unexpected==0",
                                    "--assert",
                                    "corrupted==0",
                                    "--assert",
                                    "returned>10"});
  EXPECT_EQ(outcome.status, 0) << outcome.output << outcome.errors;
}

TEST_F(Load, EveryoneIsBackAfterStorm) {
  const Outcome outcome =
      run_load({"storm", "--connect", address_of_chat(server_), "--clients", "100", "--rate", "300",
                "--assert", "lost==0", "--assert", "duplicated==0", "--assert", "returned==100",
                "--assert", "away==0"});
  EXPECT_EQ(outcome.status, 0) << outcome.output << outcome.errors;
}

TEST_F(Load, ReadersThatStallAreToldWhatTheyMissAndTheOthersMissNothing) {
  const Outcome outcome =
      run_load({"slow", "--connect", address_of_chat(server_), "--clients", "20", "--rate", "1000",
                "--size", "2000", "--assert", "lost==0", "--assert", "stalled_unannounced==0"});
  EXPECT_EQ(outcome.status, 0) << outcome.output << outcome.errors;
}

TEST_F(Load, TheIdleCostMemoryAndNothingElse) {
  const std::string pid = std::to_string(server_.process().pid());
  const Outcome outcome =
      run_load({"idle", "--connect", address_of_chat(server_), "--clients", "500", "--server-pid",
                pid, "--assert", "lost==0", "--assert", "server_rss_anon_per_connection<64KiB"});
  EXPECT_EQ(outcome.status, 0) << outcome.output << outcome.errors;
}

TEST_F(Load, TheKneeIsWhereTheAssertionStopsHolding) {
  const Outcome outcome =
      run({program("HUBBUB_LOAD"), "knee", "--connect", address_of_chat(server_), "--clients", "10",
           "--rate", "300", "--warmup", "50ms", "--duration", "300ms", "--assert",
           "sent_per_s<1000", "--assert", "lost==0", "--quiet"});
  EXPECT_EQ(outcome.status, 0) << outcome.output << outcome.errors;
  EXPECT_TRUE(contains(outcome.output, "the highest rate that holds")) << outcome.output;
}

TEST_F(Load, EchoComesBackWholeToAThousand) {
  const Outcome outcome = run_load({"echo", "--connect", address_of_echo(server_), "--clients",
                                    "1000", "--window", "4", "--size", "200", "--assert", "lost==0",
                                    "--assert", "corrupted==0", "--assert", "received>1000"});
  EXPECT_EQ(outcome.status, 0) << outcome.output << outcome.errors;
}

TEST_F(Load, AnAssertionThatDoesNotHoldIsStatusThree) {
  const Outcome outcome = run_load(
      {"echo", "--connect", address_of_echo(server_), "--clients", "2", "--assert", "p50<1ns"});
  EXPECT_EQ(outcome.status, 3) << outcome.output << outcome.errors;
}

// What a run finds out is not lost at its end, nor does it take the place of something else.
TEST_F(Load, OutputsThatCannotBeWrittenAreSaidBeforeItRuns) {
  const Folder folder;
  const std::string file = folder.path() + "/out";
  const auto refusal = [&](std::vector<std::string> outputs) {
    outputs.insert(outputs.begin(), {"echo", "--connect", address_of_echo(server_), "--clients",
                                     "2", "--duration", "60s"});
    outputs.insert(outputs.begin(), program("HUBBUB_LOAD"));
    const Outcome outcome = run(outputs);
    EXPECT_EQ(outcome.status, 2) << outcome.output << outcome.errors;
    EXPECT_EQ(outcome.output, "");
    return outcome.errors;
  };
  EXPECT_EQ(
      refusal({"--json", folder.path() + "/none/out"}),
      "hubbub-load: cannot write " + folder.path() + "/none/out: No such file or directory\n");
  EXPECT_EQ(refusal({"--report", folder.path()}),
            "hubbub-load: cannot write " + folder.path() + ": Is a directory\n");

  const std::string same = folder.path() + "/./out";
  const std::string link = folder.path() + "/link";
  std::filesystem::create_symlink("out", link);
  for (const std::string& report : {file, same, link}) {
    EXPECT_EQ(refusal({"--json", file, "--report", report}),
              "hubbub-load: --json " + file + " and --report " + report + " are the same file\n");
    EXPECT_FALSE(std::filesystem::exists(file)) << "nothing is left behind";
  }
  std::ofstream(file) << "precious";
  refusal({"--json", file, "--report", link});
  EXPECT_EQ(std::filesystem::file_size(file), 8U);
}

class LoadPhases : public Load {
 protected:
  ~LoadPhases() override { std::filesystem::remove(file_); }

  Outcome run_phases(const std::string& phases, std::vector<std::string> more = {}) const {
    std::ofstream(file_) << "all: {connect: '" << address_of_chat(server_)
                         << "', clients: 10, rate: 100, warmup: 50ms, duration: 300ms}\nphases:\n"
                         << phases;
    more.insert(more.begin(), {program("HUBBUB_LOAD"), "phases", file_});
    more.push_back("--quiet");
    return run(more);
  }

  const std::string file_ =
      std::filesystem::temp_directory_path() / ("hubbub_" + std::to_string(::getpid()) + ".yaml");
};

TEST_F(LoadPhases, RunInTurnAndTellTheWorst) {
  const std::string two =
      "  - {name: calm, scenario: broadcast, assert: 'lost==0'}\n"
      "  - {name: power cut, scenario: storm, assert: ['lost==0', 'returned==10']}\n";
  const Outcome good = run_phases(two);
  EXPECT_EQ(good.status, 0) << good.output << good.errors;
  EXPECT_LT(good.output.find("=== calm (1 of 2)"), good.output.find("=== power cut (2 of 2)"));
  const Outcome bad = run_phases("  - {name: bad, scenario: broadcast, assert: 'p50<1ns'}\n" + two);
  EXPECT_EQ(bad.status, 3) << bad.output << bad.errors;
  EXPECT_TRUE(contains(bad.output, "=== power cut (3 of 3)")) << "a failed one is not the last";
}

TEST_F(LoadPhases, AreAllUnderstoodBeforeTheFirstRuns) {
  const Outcome outcome =
      run_phases("  - {name: a, scenario: broadcast}\n  - {name: b, scenario: broadcst}\n");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.output, "");
  EXPECT_TRUE(contains(outcome.errors, file_ + ":4: phase b:")) << outcome.errors;
  const Outcome same =
      run_phases("  - {name: a, scenario: broadcast}\n  - {name: b, scenario: broadcast}\n",
                 {"--json", "/dev/null"});
  EXPECT_EQ(same.status, 2);
  EXPECT_TRUE(contains(same.errors, "phase b would write over /dev/null")) << same.errors;
  const Outcome unwritable = run_phases(
      "  - {name: a, scenario: broadcast}\n"
      "  - {name: b, scenario: broadcast, json: /nonexistent/b.json}\n");
  EXPECT_EQ(unwritable.status, 2);
  EXPECT_EQ(unwritable.output, "") << "the first did not run";
  EXPECT_TRUE(contains(unwritable.errors, "cannot write /nonexistent/b.json")) << unwritable.errors;
}

TEST_F(LoadPhases, EndWithTwoAtTheFirstThatCannotRun) {
  const Outcome outcome = run_phases(
      "  - {name: a, scenario: broadcast, assert: 'p50<1ns'}\n"
      "  - {name: b, scenario: echo, connect: '127.0.0.1:1'}\n"
      "  - {name: c, scenario: broadcast}\n");
  EXPECT_EQ(outcome.status, 2) << outcome.errors;
  EXPECT_TRUE(contains(outcome.output, "=== b (2 of 3)")) << outcome.output;
  EXPECT_FALSE(contains(outcome.output, "=== c")) << outcome.output;
}

TEST_F(Load, AServerThatIsNotThereIsStatusTwo) {
  EXPECT_EQ(run_load({"echo", "--connect", "127.0.0.1:1", "--clients", "2"}).status, 2);
}

// The table of exit statuses in client/load/README.md.
TEST_F(Load, EveryWayToRunEndsWithTheStatusThatIsPromised) {
  const std::string load = program("HUBBUB_LOAD");
  const std::string echo = address_of_echo(server_);
  for (const char* const mode : {"--help", "--version"}) {
    EXPECT_EQ(run({load, mode}).status, 0) << mode;
  }
  EXPECT_EQ(run({load, "compare", "--help"}).status, 0);
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{},
                                                {"ecko"},
                                                {"echo", "--clients", "0"},
                                                {"compare", "a.json"},
                                                {"compare", "/nonexistent/a", "/nonexistent/b"},
                                                {"phases"},
                                                {"phases", "/nonexistent"}}) {
    std::vector<std::string> command = wrong;
    command.insert(command.begin(), load);
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.status, 2) << outcome.errors;
    EXPECT_EQ(outcome.output, "");
    EXPECT_TRUE(outcome.errors.starts_with("hubbub-load: ")) << outcome.errors;
  }
  const Outcome never =
      run({load, "knee", "--connect", address_of_chat(server_), "--clients", "4", "--rate", "100",
           "--assert", "p50<1ns", "--warmup", "20ms", "--duration", "100ms", "--quiet"});
  EXPECT_EQ(never.status, 3) << never.output << never.errors;
  EXPECT_TRUE(contains(never.output, "no rate holds")) << never.output;

  Process interrupted({load, "echo", "--connect", echo, "--clients", "2", "--duration", "60s"});
  interrupted.wait_for_errors("measuring");
  interrupted.signal(SIGINT);
  EXPECT_EQ(interrupted.wait(), 2);
  EXPECT_TRUE(contains(interrupted.output(), "interrupted")) << "it reports what it has";
}

TEST_F(Load, ComparingEndsWithThreeWhereSomethingIsWorse) {
  const Folder folder;
  const std::string good = folder.path() + "/good.json";
  const std::string bad = folder.path() + "/bad.json";
  const Outcome ran =
      run_load({"echo", "--connect", address_of_echo(server_), "--clients", "2", "--json", good});
  ASSERT_EQ(ran.status, 0) << ran.errors;
  ASSERT_EQ(run({"sh", "-c", "sed 's/\"lost\": 0,/\"lost\": 7,/' " + good + " >" + bad}).status, 0);
  const std::string load = program("HUBBUB_LOAD");
  const Outcome same = run({load, "compare", good, good});
  EXPECT_EQ(same.status, 0) << same.output << same.errors;
  const Outcome worse = run({load, "compare", good, bad});
  EXPECT_EQ(worse.status, 3) << worse.output;
  const Outcome over = run({load, "compare", good, bad, "--report", bad});
  EXPECT_EQ(over.status, 2) << over.output;
  EXPECT_TRUE(contains(over.errors, "--report " + bad + " would write over " + bad));
}

}  // namespace
}  // namespace e2e
