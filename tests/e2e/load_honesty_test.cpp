// hubbub-load when something comes in between: an interruption, the end of the server's process,
// a server that lets not everybody in again, a terminal that is narrow.
#include <csignal>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/e2e/folder.hpp"
#include "tests/e2e/process.hpp"
#include "tests/e2e/screen.hpp"
#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"
#include "tests/e2e/wait.hpp"

namespace e2e {
namespace {

std::string address(std::uint16_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

std::string content_of(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// The kernel takes in whoever comes, and what they say; nobody answers.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    const bool listens =
        ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&where), size) == 0 &&
        ::listen(socket_.get(), 128) == 0 &&
        ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&where), &size) == 0;
    EXPECT_TRUE(listens);
    port_ = ntohs(where.sin_port);
  }
  std::string address() const { return e2e::address(port_); }

 private:
  Descriptor socket_;
  std::uint16_t port_ = 0;
};

class LoadInterrupted : public ::testing::Test {
 protected:
  // Interrupts it when it says what it is doing, and expects all that it reports to say so.
  void expect_report(std::vector<std::string> command, const std::string& doing,
                     const std::string& sentence) const {
    command.insert(command.begin(), program("HUBBUB_LOAD"));
    command.insert(command.end(), {"--json", json_, "--report", page_});
    Process load(command);
    load.wait_for_errors(doing);
    load.signal(SIGINT);
    EXPECT_EQ(load.wait(), 2) << load.errors();
    EXPECT_TRUE(contains(load.output(), "warning      " + sentence + "\n")) << load.output();
    EXPECT_TRUE(contains(content_of(json_), "\"interrupted\": true")) << content_of(json_);
    EXPECT_TRUE(contains(content_of(json_), "\"" + sentence + "\"")) << content_of(json_);
    EXPECT_TRUE(contains(content_of(json_), "\"status\": 2\n}")) << "whole";
    EXPECT_TRUE(contains(content_of(page_), sentence));
  }

  const Folder folder_;
  const std::string json_ = folder_.path() + "/out.json";
  const std::string page_ = folder_.path() + "/out.html";
  const SilentServer silence_;
};

TEST_F(LoadInterrupted, WhileItIsLetInReportsHowFarItCame) {
  expect_report({"broadcast", "--connect", silence_.address(), "--clients", "5"}, "joining",
                "interrupted while joining: nothing was measured");
}

TEST_F(LoadInterrupted, WhileItDrainsReportsWhatItMeasured) {
  expect_report({"echo", "--connect", silence_.address(), "--clients", "2", "--rate", "100",
                 "--warmup", "0s", "--duration", "100ms", "--drain", "1h"},
                "draining",
                "interrupted while draining: what had not arrived by then counts as lost");
}

TEST_F(LoadInterrupted, TwiceEndsAtOnce) {
  Process load({program("HUBBUB_LOAD"), "echo", "--connect", silence_.address(), "--clients", "2",
                "--rate", "100", "--warmup", "0s", "--duration", "1h", "--drain", "1h"});
  load.wait_for_errors("measuring");
  load.signal(SIGTERM);
  load.wait_for_errors("draining");
  load.signal(SIGTERM);
  EXPECT_EQ(load.wait(), 2) << load.errors();
  EXPECT_EQ(load.output(), "");
}

TEST(LoadServerPid, OfAProcessThatEndsMeanwhileIsSaid) {
  const Server server;
  Process other({"sleep", "3600"});
  Process load({program("HUBBUB_LOAD"), "echo", "--connect", address(server.echo_port()),
                "--clients", "2", "--warmup", "0s", "--duration", "3s", "--server-pid",
                std::to_string(other.pid()), "--assert", "server_cpu<1000%"});
  load.wait_for_errors("measuring");
  other.signal(SIGKILL);
  EXPECT_EQ(load.wait(), 3) << "what is not known holds no condition";
  const std::string said = "process " + std::to_string(other.pid()) +
                           " (--server-pid) ended before the run did: what it used in the measured "
                           "window is not known\n";
  EXPECT_TRUE(contains(load.output(), said)) << load.output();
  EXPECT_FALSE(contains(load.output(), "of a core (user")) << load.output();
}

TEST(LoadServerPid, ThatIsNoProcessIsSaid) {
  const Outcome outcome = run({program("HUBBUB_LOAD"), "echo", "--connect", "127.0.0.1:1",
                               "--server-pid", "4194304", "--quiet"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.errors, "hubbub-load: there is no process 4194304 (--server-pid)\n");
}

// The server lets in 40 a minute from one address: 30 come, and of those who come again some must
// wait for longer than the run lasts. Whether any of the three who speak are let in is not ours to
// say.
TEST(LoadStorm, SaysHowManyWereNotLetInAgainAndWhy) {
  const Server server({"--set", "limits.trusted=", "--set", "limits.connects_per_minute=40"});
  const Outcome outcome =
      run({program("HUBBUB_LOAD"), "storm", "--connect", address(server.chat_port()), "--clients",
           "30", "--rate", "5", "--warmup", "200ms", "--duration", "2s", "--drain", "1s", "--quiet",
           "--assert", "storms_unrecovered==0", "--assert", "storm_recovery<1h"});
  EXPECT_EQ(outcome.status, 3) << outcome.output << outcome.errors;
  for (const char* const sentence :
       {"storms       1, in which 30 connections were dropped; not all were back before",
        "clients were not back in their rooms when the run ended\n",
        "after 1 of 1 storms not all were back when the next one came or the run ended: up to ",
        "failed attempts to connect: ", " closed by the server\n", "; the first time: -- error: ",
        "storms_unrecovered==0 FAILED: 1\n", "storm_recovery<1h FAILED: -\n"}) {
    EXPECT_TRUE(contains(outcome.output, sentence)) << sentence << "\n" << outcome.output;
  }
}

TEST(LoadProgress, IsOneLineHoweverNarrowTheTerminalIs) {
  if (!is_installed("tmux")) GTEST_SKIP() << "tmux is not installed";
  const Server server;
  // Lines before it, because tmux scrolls when it wraps, and what it scrolls away is out of reach.
  const Screen screen("sh -c \"seq 6; exec " + program("HUBBUB_LOAD") +
                          " echo --rate 50 --duration 1h --connect " + address(server.echo_port()) +
                          "\"",
                      20, 12);
  screen.sees("warming up");
  screen.sees("measuring");
  EXPECT_EQ(count(screen.text(), "warming up"), 0U) << screen.text();
  screen.resize(120, 12);
  screen.sees("p99");
  screen.resize(30, 12);
  EXPECT_TRUE(wait_until([&] { return !contains(screen.text(), "p99"); })) << screen.text();
  EXPECT_TRUE(wait_until([&] { return count(screen.text(), "measuring") == 1; })) << screen.text();
  EXPECT_EQ(count(screen.text(), "sends/s"), 1U) << screen.text();
  screen.press("C-c");
  screen.sees("ended with 2");
  EXPECT_EQ(count(screen.text(), "interrupted while measuring"), 1U) << screen.text();
}

TEST(LoadFiles, OfPhasesAreNoFolder) {
  const Folder folder;
  const Outcome outcome = run({program("HUBBUB_LOAD"), "phases", folder.path()});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.errors, "hubbub-load: " + folder.path() + ": is a directory\n");
}

}  // namespace
}  // namespace e2e
