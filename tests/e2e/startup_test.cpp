// hubbubd from the command line to the first connection, and everything that keeps it from there.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

Outcome run_hubbubd(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program("HUBBUBD"));
  return run(arguments);
}

// A configuration file that is gone when the test is over.
class ConfigFile {
 public:
  explicit ConfigFile(const std::string& yaml)
      : path_(::testing::TempDir() + "hubbubd-" + std::to_string(::getpid()) + ".yaml") {
    std::ofstream(path_) << yaml;
  }
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;
  ~ConfigFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(Startup, EachListenerIsToldOnALineOfItsOwn) {
  Server server;
  EXPECT_TRUE(contains(server.log(), "listening protocol=chat address=127.0.0.1:" +
                                         std::to_string(server.chat_port()) + "\n"));
  EXPECT_TRUE(contains(server.log(), "listening protocol=echo address=127.0.0.1:" +
                                         std::to_string(server.echo_port()) + "\n"));
  EXPECT_TRUE(accepts_connections(server.chat_port()));
  EXPECT_TRUE(accepts_connections(server.echo_port()));
}

TEST(Startup, SigtermEndsAServerThatNobodyUses) {
  Server server;
  server.process().signal(SIGTERM);
  server.expect_end();
}

TEST(Startup, SigintEndsItToo) {
  Server server;
  server.process().signal(SIGINT);
  server.expect_end();
}

TEST(Startup, VersionIsPrinted) {
  const Outcome outcome = run_hubbubd({"--version"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(outcome.output.starts_with("hubbubd ")) << outcome.output;
}

TEST(Startup, HelpNamesEveryOptionOfTheContract) {
  const Outcome outcome = run_hubbubd({"--help"});
  EXPECT_EQ(outcome.status, 0);
  for (const char* option : {"--config", "--listen", "--set", "--loops", "--ring", "--log-level",
                             "--check-config", "--print-config", "--version"}) {
    EXPECT_TRUE(contains(outcome.output, option)) << option;
  }
}

TEST(Startup, AnUnknownOptionIsAskedForWrongly) {
  const Outcome outcome = run_hubbubd({"--lissten", "chat=127.0.0.1:0"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_TRUE(contains(outcome.errors, "--lissten")) << outcome.errors;
  EXPECT_TRUE(contains(outcome.errors, "--listen")) << outcome.errors;
}

TEST(Startup, AGoodConfigurationPassesItsCheck) {
  const ConfigFile file("limits:\n  line: 8KiB\n");
  const Outcome outcome = run_hubbubd({"--config", file.path(), "--check-config"});
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
}

TEST(Startup, AnErrorInTheConfigurationNamesFileLineAndKey) {
  const ConfigFile file("limits:\n  line: 8KiB\n  nikc: 5\n");
  for (const std::vector<std::string>& extra : {std::vector<std::string>{}, {"--check-config"}}) {
    std::vector<std::string> arguments = {"--config", file.path()};
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    const Outcome outcome = run_hubbubd(arguments);
    EXPECT_EQ(outcome.status, 2);
    EXPECT_TRUE(contains(outcome.errors, file.path() + ":3:")) << outcome.errors;
    EXPECT_TRUE(contains(outcome.errors, "limits.nikc")) << outcome.errors;
  }
}

TEST(Startup, AFileThatIsNotThereIsNamed) {
  const Outcome outcome = run_hubbubd({"--config", "/nowhere/hubbub.yaml"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_TRUE(contains(outcome.errors, "/nowhere/hubbub.yaml")) << outcome.errors;
}

TEST(Startup, ABadValueOnTheCommandLineIsNamed) {
  const Outcome outcome = run_hubbubd({"--set", "limits.max_lag=lots"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_TRUE(contains(outcome.errors, "limits.max_lag")) << outcome.errors;
}

TEST(Startup, ThePrintedConfigurationReadBackIsTheSame) {
  const Outcome first = run_hubbubd({"--set", "chat.name=harbour", "--set", "chat.motd=a\nb: #c",
                                     "--listen", "chat=127.0.0.1:0", "--print-config"});
  ASSERT_EQ(first.status, 0) << first.errors;
  EXPECT_TRUE(contains(first.output, "harbour"));
  const ConfigFile file(first.output);
  const Outcome second = run_hubbubd({"--config", file.path(), "--print-config"});
  EXPECT_EQ(second.status, 0) << second.errors;
  EXPECT_EQ(second.output, first.output);
}

TEST(Startup, TheFileIsObeyed) {
  const ConfigFile file("chat:\n  name: harbour\n  motd: |\n    mind the gap\n    and the step\n");
  Server server({"--config", file.path()});
  Client client(server.chat_port());
  EXPECT_TRUE(contains(client.read_line(), "welcome to harbour"));
  EXPECT_EQ(client.read_line(), "-- mind the gap");
  EXPECT_EQ(client.read_line(), "-- and the step");
}

TEST(Startup, ASecondServerOnTheSameAddressIsRefusedInASentence) {
  Server server;
  const std::string address = "127.0.0.1:" + std::to_string(server.chat_port());
  const Outcome outcome = run_hubbubd({"--listen", "chat=" + address});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(contains(outcome.errors, address)) << outcome.errors;
  EXPECT_TRUE(contains(outcome.errors, "in use")) << outcome.errors;
  EXPECT_EQ(count(outcome.errors, "hubbubd: "), 1u) << outcome.errors;
  EXPECT_FALSE(contains(outcome.errors, "listening")) << outcome.errors;
  server.guest();
}

TEST(Startup, APortCanBeTakenAgainAtOnceAfterAServerWithClientsEnded) {
  std::uint16_t port = 0;
  {
    Server server;
    port = server.chat_port();
    Person alice = server.person("alice");
    server.process().signal(SIGTERM);
    alice.read_to_end();
    alice.close();
    server.expect_end();
  }
  Process second({program("HUBBUBD"), "--listen", "chat=127.0.0.1:" + std::to_string(port)});
  second.wait_for_errors("listening protocol=chat");
  second.signal(SIGTERM);
  EXPECT_EQ(second.wait(), 0);
}

std::vector<std::string> without_io_uring(const std::string& error) {
  return {program_beside("deny_io_uring"), error};
}

// One sentence that says what is in the way, as a person in a container needs it.
void expect_refusal(const std::string& error, const std::string& cause) {
  std::vector<std::string> command = without_io_uring(error);
  command.insert(command.end(),
                 {program("HUBBUBD"), "--ring", "io_uring", "--listen", "chat=127.0.0.1:0"});
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(count(outcome.errors, "hubbubd: io_uring is "), 1u) << outcome.errors;
  EXPECT_TRUE(contains(outcome.errors, cause)) << outcome.errors;
}

TEST(Startup, WhereIoUringIsForbiddenAndWantedTheCauseIsNamed) {
  expect_refusal("EPERM", "seccomp profile");
}

TEST(Startup, WhereTheKernelHasNoIoUringAndItIsWantedTheCauseIsNamed) {
  expect_refusal("ENOSYS", "kernel has none");
}

TEST(Startup, WhereIoUringIsForbiddenEpollServesAndTheLogSaysWhy) {
  Server server({"--ring", "auto"}, without_io_uring("EPERM"));
  EXPECT_TRUE(contains(server.log(), "io_uring is forbidden")) << server.log();
  EXPECT_TRUE(contains(server.log(), "epoll")) << server.log();
  Person alice = server.person("alice");
  server.person("bob").say("hello");
  alice.sees("<bob> hello");
}

TEST(PrintConfig, AFullDiskIsAnError) {
  const Outcome outcome = run({"sh", "-c", program("HUBBUBD") + " --print-config >/dev/full"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(contains(outcome.errors, "cannot write standard output")) << outcome.errors;
}

TEST(Diagnostics, SigusrOneLogsTheTreeOfTasksAndChangesNothing) {
  Server server({"--loops", "1"});
  Person alice = server.person("alice");
  Client echo(server.echo_port());
  echo.send("ping");
  echo.read_exactly(4);
  server.process().signal(SIGUSR1);
  server.wait_for_log(" tasks are alive:");
  server.wait_for_log("main: signal at server/server.cpp:");
  server.wait_for_log("  chat alice@127.0.0.1:");
  server.wait_for_log(": receive at server/connection.cpp:");
  server.wait_for_log("  echo 127.0.0.1:");
  alice.say("still here");
  alice.settle();
}

// --- Loops. ---

// Threads of the server that run a loop, besides the main one.
std::size_t loop_threads(Server& server) {
  std::size_t count = 0;
  const std::string tasks = "/proc/" + std::to_string(server.process().pid()) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    std::ifstream name(task.path() / "comm");
    std::string text;
    std::getline(name, text);
    if (text.starts_with("hubbubd/")) ++count;
  }
  return count;
}

TEST(Loops, AreAsManyAsWereAskedForAndAllServe) {
  Server server({"--loops", "3"});
  EXPECT_EQ(loop_threads(server), 2u);
  std::vector<Person> people;
  for (int i = 0; i < 12; ++i) people.push_back(server.person("p" + std::to_string(i)));
  for (Person& one : people) {
    one.say("hello from " + one.nick());
    for (Person& other : people) {
      if (&other != &one) other.sees("<" + one.nick() + "> hello from " + one.nick());
    }
  }
  server.process().signal(SIGUSR1);
  for (const char* const which : {"0", "1", "2"}) {
    server.wait_for_log(std::string(" tasks are alive on loop ") + which + ":");
  }
}

TEST(Loops, AreOneForEachProcessorThatItMayRunOn) {
  Server server({"--loops", "auto"}, {"taskset", "-c", "0"});
  EXPECT_EQ(loop_threads(server), 0u);
}

TEST(Loops, ShareAnAddressWithNobodyElse) {
  Server server({"--loops", "2"});
  const std::string address = "chat=127.0.0.1:" + std::to_string(server.chat_port());
  for (const char* const loops : {"1", "2"}) {
    const Outcome outcome = run_hubbubd({"--listen", address, "--loops", loops});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_TRUE(contains(outcome.errors, "in use")) << outcome.errors;
  }
}

}  // namespace
}  // namespace e2e
