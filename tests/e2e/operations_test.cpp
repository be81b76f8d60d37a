// What whoever runs a server does with it: another configuration while it runs, systemd around it.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/e2e/folder.hpp"
#include "tests/e2e/screen.hpp"
#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

class Reload : public ::testing::Test {
 protected:
  void write(const std::string& yaml) const { std::ofstream(file_) << yaml; }

  const Folder folder_;
  const std::string file_ = [this] {
    std::ofstream(folder_.path() + "/hubbub.yaml") << "chat: {motd: the first}\n";
    return folder_.path() + "/hubbub.yaml";
  }();
  Server server_{{"--config", file_}};
};

TEST_F(Reload, WhatCanChangeDoesAndNobodyIsDropped) {
  Person alice = server_.person("alice");
  EXPECT_TRUE(contains(alice.ask("/nick abcdefghij"), "you are now known as"));
  write("chat: {motd: the second}\nlimits: {nick: 8, topic: 20}\n");
  server_.process().signal(SIGHUP);
  server_.wait_for_log(
      "read the configuration again: changed chat.motd, limits.nick, limits.topic");
  Client newcomer(server_.chat_port());
  EXPECT_FALSE(contains(newcomer.read_until("-- you are now in"), "the first"));
  EXPECT_TRUE(contains(alice.ask("/nick klmnopqrstu"), "-- error: ")) << "the limit is for all";
  EXPECT_TRUE(contains(alice.ask("/topic " + std::string(30, 'x')), "-- error: "));
  EXPECT_TRUE(contains(alice.ask("/nick short"), "you are now known as short"));
}

TEST_F(Reload, ABadFileChangesNothingAndIsToldWithItsPlace) {
  server_.expect_error("the configuration stays as it was");
  server_.expect_error(":1:8: chat.mtod");
  write("chat: {mtod: oops}\n");
  server_.process().signal(SIGHUP);
  server_.wait_for_log("the configuration stays as it was: " + file_ + ":1:8: chat.mtod");
  Client newcomer(server_.chat_port());
  EXPECT_TRUE(contains(newcomer.read_until("-- you are now in"), "-- the first\r\n"));
  std::filesystem::remove(file_);
  server_.process().signal(SIGHUP);
  server_.wait_for_log("cannot be read: No such file");
  server_.guest();
}

TEST_F(Reload, WhatOnlyARestartCanChangeIsSaid) {
  write("chat: {motd: the first, lobby: '#hall'}\nring: epoll\n");
  server_.process().signal(SIGHUP);
  server_.wait_for_log("chat.lobby stays as it was: only a restart can change it");
  server_.wait_for_log("read the configuration again: nothing has changed");
  Client newcomer(server_.chat_port());
  newcomer.read_until("-- you are now in #lobby");
}

TEST_F(Reload, ManyAtOnceWhilePeopleComeAndTalk) {
  Person alice = server_.person("alice");
  Person bob = server_.person("bob");
  for (int i = 0; i < 50; ++i) {
    write("chat: {motd: '" + std::to_string(i) + "'}\nlimits: {max_lag: " + std::to_string(i + 1) +
          "MiB}\n");
    server_.process().signal(SIGHUP);
    alice.say("line " + std::to_string(i));
    server_.guest();
  }
  for (int i = 0; i < 50; ++i) bob.sees("<alice> line " + std::to_string(i));
}

// Started from a terminal it is another matter, see below; the tests may be.
TEST(Operations, AHangUpWithoutAFileIsNoEnd) {
  Server server;
  Person alice = server.person("alice");
  server.process().signal(SIGHUP);
  server.wait_for_log("there is no configuration file to read again");
  alice.settle();
}

// Reading a pipe again would wait for a writer that never comes, and the end of the server for
// that.
TEST(Operations, AConfigurationFromAPipeIsReadOnce) {
  const Folder folder;
  const std::string pipe = folder.path() + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), S_IRUSR | S_IWUSR), 0);
  const Process writer({"sh", "-c", "echo 'chat: {motd: piped}' >" + pipe});
  Server server({"--config", pipe});
  Client client(server.chat_port());
  client.read_until("-- piped\r\n");
  server.process().signal(SIGHUP);
  server.wait_for_log("there is no configuration file to read again");
  server.process().signal(SIGTERM);
  server.expect_end();
}

// Not a daemon: who closes the terminal in which it runs wants it to end.
TEST(Operations, TheEndOfItsTerminalIsItsEnd) {
  if (!is_installed("tmux")) GTEST_SKIP() << "tmux is not installed";
  int pid = 0;
  {
    const Screen screen(program("HUBBUBD") + " --listen chat=127.0.0.1:0", 80, 24);
    screen.sees("listening protocol=chat");
    pid = screen.pid();
    ASSERT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_TRUE(wait_until([pid] { return ::kill(pid, 0) != 0; }));
}

// systemd's side of sd_notify(3).
class Manager {
 public:
  explicit Manager(const std::string& path) : path_(path) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot bind " + path);
    }
  }
  const std::string& path() const { return path_; }

  // Waits until it has been told this, whatever else.
  void hears(std::string_view wanted, Place place = Place::current()) {
    const bool heard = wait_until([&] {
      char text[256];
      const ssize_t size = ::recv(socket_.get(), text, sizeof text, MSG_DONTWAIT);
      if (size > 0) heard_.append(text, static_cast<std::size_t>(size)).append("\n");
      return contains(heard_, wanted);
    });
    if (!heard) throw Failure(place, "the manager was not told; it heard:\n" + heard_);
    heard_.clear();
  }

 private:
  const std::string path_;
  const Descriptor socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  std::string heard_;
};

TEST(Operations, TheServiceManagerHearsOfItsLife) {
  const Folder folder;
  Manager manager(folder.path() + "/notify");
  std::ofstream(folder.path() + "/hubbub.yaml") << "";
  Server server({"--config", folder.path() + "/hubbub.yaml"},
                {"env", "NOTIFY_SOCKET=" + manager.path(), "WATCHDOG_USEC=200000"});
  manager.hears("READY=1\n");
  for (int i = 0; i < 3; ++i) manager.hears("WATCHDOG=1\n");
  server.process().signal(SIGHUP);
  manager.hears("RELOADING=1\nMONOTONIC_USEC=");
  manager.hears("READY=1\n");
  server.process().signal(SIGTERM);
  manager.hears("STOPPING=1\n");
  server.expect_end();
}

TEST(Operations, InheritedSocketsAreServed) {
  Server server({}, {program_beside("inherit_sockets"), "chat:echo"});
  Person alice = server.person("alice");
  Person bob = server.person("bob");
  alice.say("hello");
  bob.sees("<alice> hello");
  Client echo(server.echo_port());
  echo.send("ping");
  EXPECT_EQ(echo.read_exactly(4), "ping");
}

TEST(Operations, AnInheritedSocketThatMakesNoSenseIsRefusedInASentence) {
  for (const auto& [names, sentence] : std::initializer_list<std::pair<const char*, const char*>>{
           {"chat:ssh",
            "hubbubd: an inherited socket is named 'ssh'; expected "
            "FileDescriptorName=chat or echo or metrics\n"},
           {"udp", "hubbubd: inherited descriptor 3 is no listening TCP socket\n"}}) {
    const Outcome outcome = run({program_beside("inherit_sockets"), names, program("HUBBUBD")});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_TRUE(contains(outcome.errors, sentence)) << outcome.errors;
  }
}

}  // namespace
}  // namespace e2e
