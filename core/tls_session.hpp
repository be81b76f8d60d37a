// TlsSession: TLS of one connection, between bytes of the wire and plain ones. It has no socket: a
// Stream gives it what arrives and sends what it makes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <sys/uio.h>

#include "core/tls_context.hpp"

struct bio_method_st;
struct bio_st;
struct ssl_st;
struct x509_store_ctx_st;

namespace core {

// Thread: one at a time. Stays in place. Memory: OpenSSL's state of some kilobytes; buffers exist
// while a record is incomplete.
// Errors: what goes wrong is a state and a sentence, no exception: the peer decides about it.
class TlsSession {
 public:
  enum class State : std::uint8_t {
    kHandshake,
    kOpen,
    kEnded,   // the peer said that nothing follows (close_notify)
    kFailed,  // see failure(); what was made for the wire, an alert, is still to be sent
  };

  // `host` is for clients: the name or address that is connected to; not empty where the context
  // checks it (asserted). Throws TlsError.
  explicit TlsSession(std::shared_ptr<const TlsContext> context, const std::string& host = {});
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  ~TlsSession();

  State state() const { return state_; }
  // Whether what came first looked like TLS (a record of the handshake, RFC 8446 5.1).
  bool heard_tls() const { return first_byte_ == 22; }
  const std::string& failure() const { return failure_; }

  // The client's first words. Appends to `wire`.
  void begin(std::string& wire);
  // Takes what came from the wire, all of it; appends what it says to `plain`, and to `wire` what
  // has to be sent because of it.
  void receive(std::string_view from_wire, std::string& plain, std::string& wire);
  // Appends records that carry the pieces, put together. False: it is not open yet, or has failed.
  bool seal(std::span<const iovec> pieces, std::string& wire);
  // Says that nothing follows.
  void end(std::string& wire);

  // Fails, for a reason of the owner's.
  void give_up(std::string why);

  // "TLSv1.3 TLS_AES_256_GCM_SHA384", once it is open.
  std::string description() const;
  // SHA-256 of the peer's certificate, for people, also of one that was not believed; empty where
  // it showed none.
  std::string peer_fingerprint() const;
  // For what OpenSSL can do besides.
  ssl_st* native() const { return ssl_; }
  // For a TlsContext: the certificate that is being checked is not believed.
  static void note_refused(x509_store_ctx_st* check);
  // What both agreed to speak; empty: nothing was agreed.
  std::string_view protocol() const;

 private:
  static const bio_method_st* memory();
  static int read(bio_st* bio, char* to, int most);
  static int write(bio_st* bio, const char* from, int size);

  bool expect(const std::string& host);
  void shake_hands();
  void read_plain(std::string& plain);
  bool write_plain(std::string_view plain);
  void note_result(int result);

  std::shared_ptr<const TlsContext> context_;
  ssl_st* ssl_ = nullptr;
  std::string_view arrived_;     // what OpenSSL may read, during a call
  std::string* wire_ = nullptr;  // and where to it writes
  std::string failure_;
  std::string refused_;  // fingerprint of a certificate
  State state_ = State::kHandshake;
  std::uint8_t first_byte_ = 0;
};

}  // namespace core
