// TLS with programs that are not ours: openssl(1) makes the certificates and speaks, telnet errs.
#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/folder.hpp"
#include "tests/e2e/server.hpp"
#include "tests/e2e/text.hpp"

namespace e2e {
namespace {

// A certificate that signs itself, for this machine.
class Certificate {
 public:
  Certificate() { make(); }

  void make() const {
    const Outcome made =
        run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-keyout", key(), "-out", file(), "-days", "2", "-subj", "/CN=hubbub test",
             "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"});
    ASSERT_EQ(made.status, 0) << made.errors;
  }

  std::string file() const { return folder_.path() + "/certificate.pem"; }
  std::string key() const { return folder_.path() + "/key.pem"; }
  std::string fingerprint() const {
    const std::string out =
        run({"openssl", "x509", "-in", file(), "-noout", "-fingerprint", "-sha256"}).output;
    const std::size_t begin = out.find('=') + 1;
    return out.substr(begin, out.find('\n') - begin);
  }
  std::string listener(const std::string& protocol) const {
    return protocol + "=127.0.0.1:0=" + file() + "=" + key();
  }

 private:
  Folder folder_;
};

class Tls : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_installed("openssl")) GTEST_SKIP() << "openssl is not installed";
    certificate_ = std::make_unique<Certificate>();
  }

  std::unique_ptr<Server> serve(std::vector<std::string> arguments = {}) const {
    arguments.insert(arguments.begin(), {"--listen", certificate_->listener("chat")});
    return std::make_unique<Server>(arguments);
  }
  // Of the one listener that speaks TLS.
  static std::string address(const Server& server) {
    const std::string log = server.wait_for_log("tls=yes");
    const std::size_t end = log.find(" tls=yes");
    const std::size_t begin = log.rfind("address=", end) + 8;
    return log.substr(begin, end - begin);
  }
  std::vector<std::string> openssl(const Server& server) const {
    return {"openssl",  "s_client",           "-quiet",           "-verify_return_error",
            "-CAfile",  certificate_->file(), "-verify_hostname", "localhost",
            "-connect", address(server)};
  }
  std::vector<std::string> hubbub(const Server& server, std::vector<std::string> more) const {
    std::vector<std::string> command{program("HUBBUB"), "--plain", address(server)};
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }

  std::unique_ptr<Certificate> certificate_;
};

TEST_F(Tls, WhoSpeaksItIsInTheSameRoomsAsEverybody) {
  const auto server = serve();
  Person alice = server->person("alice");
  Process bob(openssl(*server));
  bob.wait_for_output("you are now in #lobby");
  bob.write("/nick bob\n");
  bob.wait_for_output("you are now known as bob");
  alice.sees("bob");
  alice.say("hello bob");
  bob.wait_for_output("#lobby <alice> hello bob");
  bob.write("hello alice\n");
  alice.sees("<bob> hello alice");
  bob.write("/quit\n");
  alice.sees("bob left");
}

TEST_F(Tls, OurOwnClientVerifiesWhomItSpeaksTo) {
  const auto server = serve();
  {
    Process trusting(hubbub(*server, {"--tls-authorities", certificate_->file()}));
    trusting.wait_for_output("you are now in #lobby");
    trusting.close_input();
    EXPECT_EQ(trusting.wait(), 0);
  }
  {
    Process pinned(hubbub(*server, {"--tls-fingerprint", certificate_->fingerprint()}));
    pinned.wait_for_output("you are now in #lobby");
    pinned.close_input();
    EXPECT_EQ(pinned.wait(), 0);
  }
  const Outcome distrusting = run(hubbub(*server, {"--tls"}));
  EXPECT_EQ(distrusting.status, 1);
  EXPECT_TRUE(contains(distrusting.errors, "TLS: self-signed certificate")) << distrusting.errors;
  EXPECT_TRUE(contains(distrusting.errors, certificate_->fingerprint())) << distrusting.errors;
  const Certificate other;
  const Outcome deceived = run(hubbub(*server, {"--tls-fingerprint", other.fingerprint()}));
  EXPECT_EQ(deceived.status, 1);
  EXPECT_TRUE(contains(deceived.errors, "certificate rejected")) << deceived.errors;
}

TEST_F(Tls, WhoMistakesOnePortForTheOtherReadsWhy) {
  const auto server = serve();
  const std::string secure = address(*server);
  Client plain(static_cast<std::uint16_t>(std::stoi(secure.substr(secure.find(':') + 1))));
  plain.send("hello, is anybody there?\r\n");
  EXPECT_TRUE(contains(plain.read_to_end(), "-- error: this port speaks TLS"));
  const Outcome misled = run(
      {program("HUBBUB"), "--plain", "--tls", "127.0.0.1:" + std::to_string(server->chat_port())});
  EXPECT_EQ(misled.status, 1);
  EXPECT_TRUE(contains(misled.errors, "cannot connect to")) << misled.errors;
  server->wait_for_log("refused cause=tls address=127.0.0.1");
}

TEST_F(Tls, AHandshakeThatNeverEndsIsEnded) {
  const auto server = serve({"--set", "limits.handshake=200ms"});
  const std::string secure = address(*server);
  Client silent(static_cast<std::uint16_t>(std::stoi(secure.substr(secure.find(':') + 1))));
  silent.send("\x16\x03\x01");
  silent.wait_for_end();
  server->wait_for_log("refused cause=handshake address=127.0.0.1");
}

TEST_F(Tls, ARenewedCertificateIsShownWithoutARestart) {
  const auto server = serve();
  Process old(hubbub(*server, {"--tls-fingerprint", certificate_->fingerprint()}));
  old.wait_for_output("you are now in #lobby");
  std::ofstream(certificate_->file()) << "half a certificate";
  server->expect_error("the configuration stays as it was");
  server->process().signal(SIGHUP);
  server->wait_for_log("the configuration stays as it was: listen[2].tls: ");
  {
    certificate_->make();
    server->process().signal(SIGHUP);
    server->wait_for_log("read the configuration again");
    Process renewed(hubbub(*server, {"--tls-fingerprint", certificate_->fingerprint()}));
    renewed.wait_for_output("you are now in #lobby");
    renewed.write("still here?\n");
    old.wait_for_output("> still here?");  // nobody was dropped
    renewed.close_input();
    EXPECT_EQ(renewed.wait(), 0);
  }
  old.close_input();
  EXPECT_EQ(old.wait(), 0);
}

TEST_F(Tls, ACertificateThatCannotBeUsedIsSaidBeforeAnythingIsServed) {
  const Certificate other;
  for (const bool only_checks : {true, false}) {
    std::vector<std::string> command{
        program("HUBBUBD"), "--listen",
        "chat=127.0.0.1:0=" + certificate_->file() + "=" + other.key()};
    if (only_checks) command.emplace_back("--check-config");
    const Outcome refused = run(command);
    EXPECT_EQ(refused.status, 2);
    EXPECT_TRUE(contains(refused.errors, "listen[0].tls: " + other.key() + ": key values mismatch"))
        << refused.errors;
  }
}

TEST_F(Tls, EchoAndMetricsSpeakItToo) {
  Server server({"--listen", certificate_->listener("metrics")});
  const std::string secure = address(server);
  Process browser(
      {"openssl", "s_client", "-quiet", "-verify_quiet", "-alpn", "http/1.1", "-connect", secure});
  browser.write("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const std::string page = browser.wait_for_output("hubbub_tls_handshakes_total 1");
  EXPECT_TRUE(contains(page, "200 OK")) << page;
  Server echoing({"--listen", certificate_->listener("echo")});
  Process echo({"openssl", "s_client", "-quiet", "-verify_quiet", "-connect", address(echoing)});
  echo.write("and back\n");
  echo.wait_for_output("and back\n");
}

TEST_F(Tls, TheLoadTesterProvesEveryDelivery) {
  const auto server = serve();
  const Outcome loaded = run({program("HUBBUB_LOAD"),
                              "broadcast",
                              "--tls",
                              "--connect",
                              address(*server),
                              "--clients",
                              "30",
                              "--rate",
                              "100",
                              "--duration",
                              "1s",
                              "--warmup",
                              "200ms",
                              "--quiet",
                              "--json",
                              "-",
                              "--assert",
                              "lost==0",
                              "--assert",
                              "duplicated==0"});
  EXPECT_EQ(loaded.status, 0) << loaded.errors;
  EXPECT_TRUE(contains(loaded.output, "\"tls\": true")) << loaded.output;
  const Outcome deceived = run({program("HUBBUB_LOAD"), "echo", "--tls", "--connect",
                                "127.0.0.1:" + std::to_string(server->echo_port()), "--clients",
                                "2", "--duration", "1s", "--quiet"});
  EXPECT_EQ(deceived.status, 2) << deceived.output;
  EXPECT_TRUE(contains(deceived.errors, "rotocol error")) << deceived.errors;
}

TEST_F(Tls, ManyReadALineEach) {
  constexpr int kPeople = 20;
  const auto server = serve();
  std::vector<std::unique_ptr<Process>> people;
  for (int i = 0; i < kPeople; ++i) {
    people.push_back(std::make_unique<Process>(
        hubbub(*server, {"--tls-fingerprint", certificate_->fingerprint()})));
  }
  for (const auto& person : people) person->wait_for_output("you are now in #lobby");
  Person alice = server->person("alice");
  for (int i = 0; i < 100; ++i) alice.say("line " + std::to_string(i));
  for (const auto& person : people) {
    const std::string seen = person->wait_for_output("<alice> line 99");
    std::size_t at = 0;
    for (int i = 0; i < 100; ++i) {
      at = seen.find("<alice> line " + std::to_string(i) + "\n", at);
      ASSERT_NE(at, std::string::npos) << "line " << i;
    }
  }
  for (const auto& person : people) {
    person->close_input();
    EXPECT_EQ(person->wait(), 0);
  }
}

}  // namespace
}  // namespace e2e
