// TLS: two sessions over memory, and streams that speak it on every ring.
#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <poll.h>

#include "core/stream.hpp"
#include "core/timeout.hpp"
#include "core/tls_session.hpp"
#include "tests/unit/certificates.hpp"
#include "tests/unit/scripted_test.hpp"
#include "tests/unit/support.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;
using State = TlsSession::State;
using support::Certificate;
using support::Sockets;
using support::World;

// A client and a server, and the wires between them.
struct Pair {
  Pair(std::shared_ptr<const TlsContext> of_server, std::shared_ptr<const TlsContext> of_client,
       const std::string& host = "localhost")
      : server(std::move(of_server)), client(std::move(of_client), host) {}

  // Carries bytes to and fro, in portions, until there are none.
  void exchange(std::size_t portion = SIZE_MAX) {
    while (!to_server.empty() || !to_client.empty()) {
      carry(to_server, portion, server, server_got, to_client);
      carry(to_client, portion, client, client_got, to_server);
    }
  }
  void shake_hands(std::size_t portion = SIZE_MAX) {
    client.begin(to_server);
    exchange(portion);
  }

  TlsSession server;
  TlsSession client;
  std::string to_server;
  std::string to_client;
  std::string server_got;
  std::string client_got;

 private:
  static void carry(std::string& wire, std::size_t portion, TlsSession& to, std::string& got,
                    std::string& answer) {
    const std::string bytes = std::exchange(wire, {});
    std::string_view rest = bytes;
    while (!rest.empty()) {
      to.receive(rest.substr(0, portion), got, answer);
      rest.remove_prefix(std::min(portion, rest.size()));
    }
  }
};

iovec piece(std::string_view bytes) {
  return {.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
}

class TlsTest : public ::testing::Test {
 protected:
  std::shared_ptr<const TlsContext> server(const std::vector<std::string>& protocols = {}) const {
    return TlsContext::server(certificate_.identity(), protocols);
  }
  std::shared_ptr<const TlsContext> believer() const {
    return TlsContext::client({.authorities = certificate_.file()});
  }

  Certificate certificate_;
};

TEST_F(TlsTest, BytesArriveAsTheyWereHoweverTheWireCutsThem) {
  for (const std::size_t portion : {SIZE_MAX, std::size_t{1000}, std::size_t{1}}) {
    SCOPED_TRACE(portion);
    Pair pair(server(), believer());
    pair.shake_hands(portion);
    ASSERT_EQ(pair.server.state(), State::kOpen) << pair.server.failure();
    ASSERT_EQ(pair.client.state(), State::kOpen) << pair.client.failure();
    EXPECT_EQ(pair.client.description().substr(0, 7), "TLSv1.3");
    EXPECT_EQ(pair.client.peer_fingerprint(), certificate_.fingerprint());
    const std::string there = support::numbered_bytes(100'000);
    const std::string back = support::numbered_bytes(16'384);
    const std::array pieces{piece(std::string_view(there).substr(0, 10)),
                            piece(std::string_view(there).substr(10, 40'000)),
                            piece(std::string_view(there).substr(40'010))};
    EXPECT_TRUE(pair.client.seal(pieces, pair.to_server));
    const std::array one{piece(back)};
    EXPECT_TRUE(pair.server.seal(one, pair.to_client));
    EXPECT_EQ(pair.to_server.find("1.2.3.4.5.6.7"), std::string::npos);
    pair.exchange(portion);
    EXPECT_TRUE(pair.server_got == there);
    EXPECT_TRUE(pair.client_got == back);
  }
}

TEST_F(TlsTest, WhatIsSealedTogetherIsOneRecord) {
  Pair pair(server(), believer());
  pair.shake_hands();
  const std::string line(50, 'x');
  std::array<iovec, 16> pieces;
  pieces.fill(piece(line));
  std::string together;
  EXPECT_TRUE(pair.server.seal(pieces, together));
  EXPECT_LT(together.size(), 16 * line.size() + 64);
}

TEST_F(TlsTest, AnAnnouncedEndIsKnownFromOneThatIsNot) {
  Pair pair(server(), believer());
  pair.shake_hands();
  pair.client.end(pair.to_server);
  EXPECT_EQ(pair.server.state(), State::kOpen);
  pair.exchange();
  EXPECT_EQ(pair.server.state(), State::kEnded);
  const std::array last{piece("last words")};  // the other direction is open still
  EXPECT_TRUE(pair.server.seal(last, pair.to_client));
  pair.exchange();
  EXPECT_EQ(pair.client_got, "last words");
}

TEST_F(TlsTest, NothingIsSealedBeforeItIsOpen) {
  Pair pair(server(), believer());
  std::string wire;
  const std::array early{piece("early")};
  EXPECT_FALSE(pair.server.seal(early, wire));
  EXPECT_TRUE(wire.empty());
}

// --- Whom one believes. ---

std::string refusal(const std::shared_ptr<const TlsContext>& server,
                    const std::shared_ptr<const TlsContext>& client, const std::string& host) {
  Pair pair(server, client, host);
  pair.shake_hands();
  if (pair.client.state() == State::kOpen) return "believed";
  EXPECT_EQ(pair.client.state(), State::kFailed);
  EXPECT_EQ(pair.server.state(), State::kFailed);  // it was told
  return pair.client.failure();
}

TEST_F(TlsTest, WhoIsNotConfirmedByAnAuthorityIsNotBelieved) {
  EXPECT_EQ(refusal(server(), TlsContext::client({}), "localhost"), "self-signed certificate");
  EXPECT_EQ(refusal(server(), believer(), "localhost"), "believed");
  EXPECT_EQ(refusal(server(), TlsContext::client({.everybody = true}), "anything"), "believed");
}

TEST_F(TlsTest, TheNameThatWasAskedForMustStandInTheCertificate) {
  EXPECT_EQ(refusal(server(), believer(), "chat.example"), "hostname mismatch");
  EXPECT_EQ(refusal(server(), believer(), "127.0.0.1"), "believed");
  EXPECT_EQ(refusal(server(), believer(), "127.0.0.2"), "IP address mismatch");
}

TEST_F(TlsTest, AFingerprintIsBelievedAndNothingElse) {
  const auto pinned = TlsContext::client({.fingerprint = certificate_.fingerprint()});
  EXPECT_EQ(refusal(server(), pinned, "whatever"), "believed");
  const Certificate other;
  EXPECT_EQ(refusal(TlsContext::server(other.identity()), pinned, "localhost"),
            "certificate rejected");
  std::string plain = certificate_.fingerprint();
  std::erase(plain, ':');
  EXPECT_EQ(refusal(server(), TlsContext::client({.fingerprint = plain}), "x"), "believed");
}

TEST_F(TlsTest, ACertificateThatIsNotBelievedCanBeLookedAt) {
  Pair pair(server(), TlsContext::client({}));
  pair.shake_hands();
  EXPECT_EQ(pair.client.state(), State::kFailed);
  EXPECT_EQ(pair.client.peer_fingerprint(), certificate_.fingerprint());
  const Certificate other;
  Pair pinned(server(), TlsContext::client({.fingerprint = other.fingerprint()}));
  pinned.shake_hands();
  EXPECT_EQ(pinned.client.peer_fingerprint(), certificate_.fingerprint());
}

// --- What cannot be. ---

std::string trouble(const TlsIdentity& identity) {
  try {
    TlsContext::server(identity);
    return "fine";
  } catch (const TlsError& error) {
    return error.what();
  }
}

TEST_F(TlsTest, AFileThatCannotBeUsedIsNamed) {
  const Certificate other;
  const std::string missing = certificate_.file() + ".missing";
  EXPECT_EQ(trouble({.certificate = missing, .key = certificate_.key_file()}),
            missing + ": No such file or directory");
  EXPECT_EQ(trouble({.certificate = certificate_.file(), .key = missing}),
            missing + ": No such file or directory");
  EXPECT_EQ(trouble({.certificate = certificate_.file(), .key = other.key_file()}),
            other.key_file() + ": key values mismatch");
  const std::string nonsense = certificate_.file() + ".nonsense";
  std::ofstream(nonsense) << "nonsense\n";
  EXPECT_EQ(trouble({.certificate = nonsense, .key = certificate_.key_file()}),
            nonsense + ": no start line");
  EXPECT_THROW(TlsContext::client({.authorities = missing}), TlsError);
}

TEST_F(TlsTest, AFingerprintThatIsNoneIsRefused) {
  for (const char* const bad : {"abc", "zz", "AB:CD", "not a fingerprint at all"}) {
    EXPECT_THROW(TlsContext::client({.fingerprint = bad}), TlsError) << bad;
  }
  EXPECT_THROW(TlsContext::client({.fingerprint = certificate_.fingerprint() + ":00"}), TlsError);
}

TEST_F(TlsTest, WhatIsNoTlsFails) {
  TlsSession session(server());
  std::string plain;
  std::string wire;
  session.receive("hello, is anybody there?\r\n", plain, wire);
  EXPECT_EQ(session.state(), State::kFailed);
  EXPECT_FALSE(session.failure().empty());
  EXPECT_TRUE(plain.empty());
  session.receive("more of it\r\n", plain, wire);
  EXPECT_EQ(session.state(), State::kFailed);
}

TEST_F(TlsTest, ARecordThatWasTamperedWithFails) {
  Pair pair(server(), believer());
  pair.shake_hands();
  const std::array words{piece("words")};
  EXPECT_TRUE(pair.client.seal(words, pair.to_server));
  pair.to_server.back() ^= 1;
  pair.exchange();
  EXPECT_EQ(pair.server.state(), State::kFailed);
  EXPECT_TRUE(pair.server_got.empty());
  EXPECT_EQ(pair.client.state(), State::kFailed);  // the alert
}

TEST_F(TlsTest, WhoSpeaksOnlyOldVersionsIsRefused) {
  const auto modern = server();
  const auto old = TlsContext::client({.everybody = true});
  for (const auto& context : {modern, old}) {  // OpenSSL's own policy would refuse them too
    ::SSL_CTX_set_cipher_list(context->get(), "DEFAULT:@SECLEVEL=0");
  }
  ::SSL_CTX_set_min_proto_version(old->get(), TLS1_VERSION);
  ::SSL_CTX_set_max_proto_version(old->get(), TLS1_1_VERSION);
  Pair pair(modern, old);
  pair.shake_hands();
  EXPECT_EQ(pair.server.failure(), "unsupported protocol");
}

// Anybody on the way can write that.
TEST_F(TlsTest, AnEndInTheHandshakeIsAFailure) {
  const std::string close_notify("\x15\x03\x03\x00\x02\x01\x00", 7);
  Pair pair(server(), believer());
  pair.client.begin(pair.to_server);
  std::string plain;
  pair.client.receive(close_notify, plain, pair.to_server);
  EXPECT_EQ(pair.client.state(), State::kFailed);
  EXPECT_EQ(pair.client.failure(), "the peer ended the handshake");
}

TEST_F(TlsTest, AProtocolIsAgreedOnWhereBothKnowOne) {
  for (const bool known : {true, false}) {
    const auto client = believer();
    const std::string offer = known ? "\x08http/1.1" : "\x03xyz";
    ::SSL_CTX_set_alpn_protos(client->get(), reinterpret_cast<const unsigned char*>(offer.data()),
                              static_cast<unsigned>(offer.size()));
    Pair pair(server({"http/1.1"}), client);
    pair.shake_hands();
    EXPECT_EQ(pair.client.state(), State::kOpen);
    EXPECT_EQ(pair.client.protocol(), known ? "http/1.1" : "");
    EXPECT_EQ(pair.server.protocol(), known ? "http/1.1" : "");
  }
}

// --- Streams. ---

class TlsStreamTest : public support::EveryRingTest {
 protected:
  Certificate certificate_;
  std::shared_ptr<const TlsContext> server_ = TlsContext::server(certificate_.identity());
  std::shared_ptr<const TlsContext> client_ =
      TlsContext::client({.authorities = certificate_.file()});
};
INSTANTIATE_TEST_SUITE_P(Rings, TlsStreamTest, support::kEveryRing, support::ring_name);

Stream stream(support::Socket& socket) {
  return {current_loop(), socket.release(), {}};
}

Task<void> write_all(Stream& to, std::string bytes) {
  co_await to.write(bytes);
  co_await to.finish(5s);
}

Task<void> serve(Stream& peer, std::shared_ptr<const TlsContext> context, std::string bytes) {
  co_await peer.start_tls(std::move(context));
  co_await write_all(peer, std::move(bytes));
}

TEST_P(TlsStreamTest, ALargeTransferIsExactAndItsEndOrderly) {
  constexpr auto body = [](Sockets sockets, std::shared_ptr<const TlsContext> server,
                           std::shared_ptr<const TlsContext> client) -> Task<void> {
    Stream near = stream(sockets.far);
    Stream far = stream(sockets.near);  // whose send buffer may be small
    const std::string bytes = support::numbered_bytes(1'500'000);
    const TaskHandle<void> serving =
        current_loop().spawn(serve(far, std::move(server), bytes), "server");
    co_await near.start_tls(std::move(client), "localhost");
    EXPECT_NE(near.tls(), nullptr);
    const std::string got = co_await near.read_exactly(bytes.size());
    EXPECT_TRUE(got == bytes);
    const Received end = co_await near.receive();
    EXPECT_TRUE(end.empty());
    EXPECT_EQ(near.end_error(), 0);
    co_await near.finish(5s);
    co_await serving;
  };
  World world(make_ring());
  world.run(body(support::tcp_sockets(), server_, client_));
  World narrow(make_ring());
  narrow.run(body(support::tcp_sockets(4096), server_, client_));
}

TEST_P(TlsStreamTest, WhatIsWrittenBeforeItIsOpenFollowsTheHandshake) {
  constexpr auto body = [](Sockets sockets, std::shared_ptr<const TlsContext> server,
                           std::shared_ptr<const TlsContext> client) -> Task<void> {
    Stream near = stream(sockets.near);
    Stream far = stream(sockets.far);
    const TaskHandle<void> serving =
        current_loop().spawn(far.start_tls(std::move(server)), "server");
    const TaskHandle<void> shaking =
        current_loop().spawn(near.start_tls(std::move(client), "localhost"), "client");
    co_await sleep(0s);
    far.write("hello\n");
    near.write("hi\n");
    co_await serving;
    co_await shaking;
    const auto from_server = co_await near.read_line();
    const auto from_client = co_await far.read_line();
    EXPECT_EQ(from_server, "hello");
    EXPECT_EQ(from_client, "hi");
  };
  World world(make_ring());
  world.run(body(support::tcp_sockets(), server_, client_));
}

TEST_P(TlsStreamTest, AnEndThatWasNotAnnouncedIsNoOrderlyOne) {
  constexpr auto body = [](Sockets sockets, std::shared_ptr<const TlsContext> server,
                           std::shared_ptr<const TlsContext> client) -> Task<void> {
    Stream near = stream(sockets.near);
    Stream far = stream(sockets.far);
    const TaskHandle<void> serving =
        current_loop().spawn(far.start_tls(std::move(server)), "server");
    co_await near.start_tls(std::move(client), "localhost");
    co_await serving;
    {
      const Stream gone = std::move(near);  // closes without a word
    }
    const Received end = co_await far.receive();
    EXPECT_TRUE(end.empty());
    EXPECT_EQ(far.end_error(), ECONNABORTED);
  };
  World world(make_ring());
  world.run(body(support::tcp_sockets(), server_, client_));
}

TEST_P(TlsStreamTest, WhoSpeaksSomethingElseIsRefused) {
  constexpr auto body = [](Sockets sockets,
                           std::shared_ptr<const TlsContext> server) -> Task<std::string> {
    Stream far = stream(sockets.far);
    sockets.near.send("hello\r\n");
    std::string why;
    try {
      co_await far.start_tls(std::move(server));
    } catch (const TlsError& error) {
      why = error.what();
    }
    co_await far.finish(1s);
    EXPECT_TRUE(sockets.near.at_end());
    co_return why;
  };
  World world(make_ring());
  EXPECT_FALSE(world.run(body(support::tcp_sockets(), server_)).empty());
}

TEST_P(TlsStreamTest, AHandshakeCanBeGivenATimeAndThenTheStreamFinished) {
  constexpr auto body = [](Sockets sockets,
                           std::shared_ptr<const TlsContext> server) -> Task<bool> {
    Stream far = stream(sockets.far);
    bool late = false;
    try {
      co_await timeout(20ms, far.start_tls(std::move(server)));
    } catch (const TimeoutError&) {
      late = true;
    }
    far.write("never heard");
    co_await far.finish(20ms);
    co_return late;
  };
  World world(make_ring());
  EXPECT_TRUE(world.run(body(support::tcp_sockets(), server_)));
}

TEST_P(TlsStreamTest, APeerThatGoesInTheHandshakeIsAnError) {
  constexpr auto body = [](Sockets sockets,
                           std::shared_ptr<const TlsContext> server) -> Task<void> {
    Stream far = stream(sockets.far);
    sockets.near.close();
    co_await far.start_tls(std::move(server));
  };
  World world(make_ring());
  EXPECT_THROW(world.run(body(support::tcp_sockets(), server_)), TlsError);
}

TEST_P(TlsStreamTest, WhoIsNotBelievedIsToldAndFinishDoesNotWaitForWhatCannotBeSent) {
  constexpr auto serve_nobody = [](Stream& far,
                                   std::shared_ptr<const TlsContext> server) -> Task<std::string> {
    std::string why;
    try {
      co_await far.start_tls(std::move(server));
    } catch (const TlsError& error) {
      why = error.what();
    }
    co_await far.finish(1h);
    co_return why;
  };
  constexpr auto body = [](Sockets sockets, std::shared_ptr<const TlsContext> server,
                           auto serve) -> Task<std::string> {
    Stream near = stream(sockets.near);
    Stream far = stream(sockets.far);
    TaskHandle<std::string> serving = current_loop().spawn(serve(far, std::move(server)), "server");
    co_await sleep(0s);
    far.write("welcome\n");
    std::string why;
    const auto distrusting = TlsContext::client({});
    try {
      co_await near.start_tls(distrusting, "localhost");
    } catch (const TlsError& error) {
      why = error.what();
    }
    co_await near.finish(1h);
    const std::string told = co_await serving;
    EXPECT_EQ(told, "tlsv1 alert unknown ca");
    co_return why;
  };
  World world(make_ring());
  EXPECT_EQ(world.run(body(support::tcp_sockets(), server_, serve_nobody)),
            "self-signed certificate");
}

TEST_P(TlsStreamTest, ASlowReaderLagsInTheLogsAndNotInSealedBytes) {
  constexpr auto body = [](Sockets sockets, std::shared_ptr<const TlsContext> server,
                           std::shared_ptr<const TlsContext> client) -> Task<void> {
    Stream near = stream(sockets.far);
    Stream far = stream(sockets.near);  // whose send buffer is small
    const TaskHandle<void> serving =
        current_loop().spawn(far.start_tls(std::move(server)), "server");
    co_await near.start_tls(std::move(client), "localhost");
    co_await serving;
    Log log;
    Source source{Cursor(log)};
    far.outflow().add(source);
    const std::string line(1000, 'x');
    constexpr std::size_t kLines = 10'000;
    for (std::size_t i = 0; i < kLines; ++i) log.append(line, Record::kMessage);
    far.outflow().mark_lagging();
    while (!far.outflow().blocked()) co_await sleep(0s);
    EXPECT_LE(far.outflow().mailbox_bytes(), 3 * Outflow::kSealedMost);
    EXPECT_FALSE(source.cursor.at_end());
    const std::string got = co_await near.read_exactly(kLines * line.size());
    EXPECT_EQ(got.find_first_not_of('x'), std::string::npos);
    co_await far.outflow().drain(0);
    EXPECT_TRUE(source.cursor.at_end());
    far.outflow().remove(source);
  };
  World world(make_ring());
  world.run(body(support::tcp_sockets(4096), server_, client_));
}

// --- On a ring where everything can come at the same time. ---

class SealedStreamTest : public support::ScriptedTest {
 protected:
  static constexpr int kSocket = 5;

  SealedStreamTest() {
    shaking_ = loop_.spawn(stream_->start_tls(TlsContext::server(certificate_.identity())), "tls");
    std::string wire;
    client_.begin(wire);
    while (!shaking_.done()) {
      settle();
      if (!wire.empty()) ring_.bring(ring_.newest("receive"), std::exchange(wire, {}));
      settle();
      client_.receive(std::exchange(ring_.wire[kSocket], {}), got_, wire);
    }
    shaking_.result();
    shaking_.detach();
    if (!wire.empty()) from_client(wire);
    settle();
  }
  ~SealedStreamTest() override {
    stream_.reset();
    settle();
    loop_.run(support::nothing());
  }

  void from_client(std::string bytes) { ring_.bring(ring_.newest("receive"), std::move(bytes)); }
  // Asks for an answer that it will not read.
  std::string key_update() {
    std::string wire;
    ::SSL_key_update(client_.native(), SSL_KEY_UPDATE_REQUESTED);
    const std::array word{piece("x")};
    EXPECT_TRUE(client_.seal(word, wire));
    return wire;
  }

  Certificate certificate_;
  TlsSession client_{TlsContext::client({.everybody = true})};
  std::string got_;
  std::optional<Stream> stream_{std::in_place, loop_, kSocket, Address()};
  TaskHandle<void> shaking_;
};

TEST_F(SealedStreamTest, AnAnswerOfTlsMayComeTogetherWithABlockedSend) {
  stream_->write("first");
  loop_.run_once();
  ring_.room[kSocket] = 0;
  stream_->write("second");
  loop_.run_once();  // offered
  from_client(key_update());
  settle();
  EXPECT_TRUE(stream_->outflow().blocked());
  settle();
  ring_.room[kSocket] = 1000;
  ring_.answer(ring_.newest("poll"), POLLOUT);
  settle();
  std::string wire;
  client_.receive(ring_.wire[kSocket], got_, wire);
  EXPECT_EQ(client_.state(), State::kOpen) << client_.failure();
  EXPECT_EQ(got_, "firstsecond");
}

TEST_F(SealedStreamTest, WhoAsksForAnswersAndReadsNoneIsGivenUp) {
  ring_.room[kSocket] = 0;
  constexpr int kAtMost = 20'000;
  int asked = 0;
  while (stream_->end_error() == 0 && asked < kAtMost) {
    std::string many;
    for (int i = 0; i < 100; ++i, ++asked) many += key_update();
    from_client(many);
    loop_.run_once();
  }
  EXPECT_EQ(stream_->end_error(), EPROTO);
  EXPECT_LT(asked, kAtMost);
}

TEST_F(SealedStreamTest, WhoWaitsToWriteHearsOfAFailure) {
  constexpr auto write = [](Stream& stream, bool& done) -> Task<void> {
    co_await stream.write(std::string(1'000'000, 'x'));
    done = true;
  };
  ring_.room[kSocket] = 0;
  bool done = false;
  loop_.spawn(write(*stream_, done), "writer").detach();
  settle();
  EXPECT_FALSE(done);
  std::string bad = key_update();
  bad.back() ^= 1;
  from_client(bad);
  settle();
  EXPECT_EQ(stream_->end_error(), EPROTO);
  ring_.room.erase(kSocket);
  ring_.answer(ring_.newest("poll"), POLLOUT);
  settle();
  EXPECT_TRUE(done);
  EXPECT_TRUE(stream_->outflow().drained());
}

}  // namespace
}  // namespace core
