// OpenSSL's SSL_CTX, set up once: see SSL_CTX_new(3ssl) and SSL_CTX_set_cert_verify_callback(3ssl).
#include "core/tls_context.hpp"

#include <cstring>
#include <new>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "core/fingerprint.hpp"
#include "core/tls_session.hpp"

namespace core {

namespace {

// What it is that the peer speaks, out of what it offers. See SSL_CTX_set_alpn_select_cb(3ssl).
int select_protocol(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void* argument) {
  const auto& ours = *static_cast<const std::string*>(argument);
  unsigned char* found = nullptr;
  const int result = ::SSL_select_next_proto(
      &found, chosen_size, reinterpret_cast<const unsigned char*>(ours.data()),
      static_cast<unsigned>(ours.size()), offered, offered_size);
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

// One certificate is believed, whoever signed it; the handshake proves that the peer has its key.
int check_fingerprint(X509_STORE_CTX* check, void* argument) {
  const auto& expected = *static_cast<const std::string*>(argument);
  try {
    if (certificate_fingerprint(::X509_STORE_CTX_get0_cert(check)) == expected) return 1;
  } catch (const std::bad_alloc&) {  // OpenSSL is C; who cannot be checked is not believed
  }
  TlsSession::note_refused(check);
  ::X509_STORE_CTX_set_error(check, X509_V_ERR_CERT_REJECTED);
  return 0;
}

int note_refusal(int accepted, X509_STORE_CTX* check) {
  if (accepted != 1) TlsSession::note_refused(check);
  return accepted;
}

[[noreturn]] void fail_with(const std::string& file) {
  throw TlsError(fmt::format("{}: {}", file, take_tls_error()));
}

}  // namespace

std::string take_tls_error() {
  const unsigned long code = ::ERR_peek_error();
  const char* const reason = ::ERR_reason_error_string(code);
  std::string sentence;
  if (reason != nullptr) {
    sentence = reason;
  } else if (ERR_SYSTEM_ERROR(code)) {
    sentence = std::strerror(ERR_GET_REASON(code));
  } else {
    sentence = "TLS failed";
  }
  ::ERR_clear_error();
  return sentence;
}

TlsContext::TlsContext(bool is_server)
    : context_(::SSL_CTX_new(is_server ? ::TLS_server_method() : ::TLS_client_method())),
      is_server_(is_server) {
  if (context_ == nullptr) throw TlsError(take_tls_error());
  ::SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
  ::SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  ::SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS);  // an idle connection needs none
}

TlsContext::~TlsContext() {
  ::SSL_CTX_free(context_);
}

std::shared_ptr<const TlsContext> TlsContext::server(const TlsIdentity& identity,
                                                     const std::vector<std::string>& protocols) {
  const std::shared_ptr<TlsContext> context(new TlsContext(true));
  context->use(identity);
  context->offer(protocols);
  return context;
}

std::shared_ptr<const TlsContext> TlsContext::client(const TlsTrust& trust) {
  const std::shared_ptr<TlsContext> context(new TlsContext(false));
  context->believe(trust);
  return context;
}

void TlsContext::use(const TlsIdentity& identity) {
  ::ERR_clear_error();
  if (::SSL_CTX_use_certificate_chain_file(context_, identity.certificate.c_str()) != 1) {
    fail_with(identity.certificate);
  }
  // Without a passphrase: a server that asks for one cannot start by itself.
  ::SSL_CTX_set_default_passwd_cb(context_, [](char*, int, int, void*) { return 0; });
  if (::SSL_CTX_use_PrivateKey_file(context_, identity.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    fail_with(identity.key);
  }
  if (::SSL_CTX_check_private_key(context_) != 1) fail_with(identity.key);
}

void TlsContext::offer(const std::vector<std::string>& protocols) {
  for (const std::string& protocol : protocols) {
    protocols_ += static_cast<char>(protocol.size());
    protocols_ += protocol;
  }
  if (!protocols_.empty()) ::SSL_CTX_set_alpn_select_cb(context_, select_protocol, &protocols_);
}

void TlsContext::believe(const TlsTrust& trust) {
  ::ERR_clear_error();
  if (trust.everybody) return;
  ::SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, note_refusal);
  if (!trust.fingerprint.empty()) {
    fingerprint_ = parse_fingerprint(trust.fingerprint);
    if (fingerprint_.empty()) {
      throw TlsError("\"" + trust.fingerprint + "\" is no fingerprint: 64 hex digits (SHA-256)");
    }
    ::SSL_CTX_set_cert_verify_callback(context_, check_fingerprint, &fingerprint_);
    return;
  }
  checks_name_ = true;
  if (trust.authorities.empty()) {
    ::SSL_CTX_set_default_verify_paths(context_);
  } else if (::SSL_CTX_load_verify_file(context_, trust.authorities.c_str()) != 1) {
    fail_with(trust.authorities);
  }
}

}  // namespace core
