// TLS settings that many connections share: which certificate is shown, or which are believed.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

struct ssl_ctx_st;

namespace core {

// TLS could not be set up, or a handshake failed; what() says why, in a sentence's second half.
class TlsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// PEM files. The certificate's may hold its chain, its own first, and the key as well.
struct TlsIdentity {
  std::string certificate{};
  std::string key{};

  bool operator==(const TlsIdentity&) const = default;
};

// Whom a client believes to be the server it wants. Without any of these: whom the system's
// authorities confirm, under the name that was asked for. Of several the last one counts; a
// fingerprint stands instead of every other check: name, dates, who signed it.
struct TlsTrust {
  std::string authorities{};  // a PEM file of certificates to believe instead of the system's
  std::string fingerprint{};  // SHA-256 of the one certificate to believe, in hex, colons allowed
  bool everybody = false;     // no protection against one in between
};

// TLS 1.2 and 1.3 with OpenSSL's defaults for everything else, without compression and
// renegotiation. Made once and shared: a connection keeps the one it began with, so another may
// take its place for those that come later. Any thread.
class TlsContext {
 public:
  // For who accepts. `protocols` are those it speaks, for clients that ask (ALPN, RFC 7301); who
  // asks for none of them is served all the same. Throws TlsError that names the file, also where
  // the key is not the certificate's.
  static std::shared_ptr<const TlsContext> server(const TlsIdentity& identity,
                                                  const std::vector<std::string>& protocols = {});
  // For who connects. Throws TlsError.
  static std::shared_ptr<const TlsContext> client(const TlsTrust& trust);

  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  bool is_server() const { return is_server_; }
  // Whether the name that was asked for has to stand in the certificate.
  bool checks_name() const { return checks_name_; }
  ssl_ctx_st* get() const { return context_; }

 private:
  explicit TlsContext(bool is_server);

  void use(const TlsIdentity& identity);
  void offer(const std::vector<std::string>& protocols);
  void believe(const TlsTrust& trust);

  ssl_ctx_st* context_;
  std::string protocols_;    // as ALPN writes them
  std::string fingerprint_;  // 32 bytes
  bool is_server_;
  bool checks_name_ = false;
};

// OpenSSL's first error of this thread, the cause of the others, as a sentence, without its codes;
// clears all of them.
std::string take_tls_error();

}  // namespace core
