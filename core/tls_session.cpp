// OpenSSL between two pieces of memory, by a BIO of our own (BIO_meth_new(3ssl)): it reads what the
// caller brought and writes where the caller wants it, and so keeps no buffer for an idle
// connection.
#include "core/tls_session.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <new>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "core/assert.hpp"
#include "core/fingerprint.hpp"

namespace core {

namespace {

constexpr std::size_t kTlsRecordMost = SSL3_RT_MAX_PLAIN_LENGTH;

std::string fingerprint_of(const X509* certificate) {
  return format_fingerprint(certificate_fingerprint(certificate));
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

// Where OpenSSL reads and writes during one call.
class Lent {
 public:
  Lent(std::string_view& arrived, std::string_view bytes, std::string*& wire, std::string& to)
      : arrived_(arrived), wire_(wire) {
    arrived_ = bytes;
    wire_ = &to;
    ::ERR_clear_error();
  }
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;
  ~Lent() {
    arrived_ = {};
    wire_ = nullptr;
  }

 private:
  std::string_view& arrived_;
  std::string*& wire_;
};

}  // namespace

const bio_method_st* TlsSession::memory() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const made = ::BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "hubbub");
    HUBBUB_ASSERT(made != nullptr);
    ::BIO_meth_set_read(made, read);
    ::BIO_meth_set_write(made, write);
    ::BIO_meth_set_ctrl(made, [](BIO*, int command, long, void*) -> long {
      return command == BIO_CTRL_FLUSH ? 1 : 0;
    });
    return made;
  }();
  return method;
}

int TlsSession::read(bio_st* bio, char* to, int most) {
  auto& self = *static_cast<TlsSession*>(::BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (self.arrived_.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t count = std::min(self.arrived_.size(), static_cast<std::size_t>(most));
  std::memcpy(to, self.arrived_.data(), count);
  self.arrived_.remove_prefix(count);
  return static_cast<int>(count);
}

int TlsSession::write(bio_st* bio, const char* from, int size) {
  auto& self = *static_cast<TlsSession*>(::BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  HUBBUB_ASSERT(self.wire_ != nullptr);
  try {
    self.wire_->append(from, static_cast<std::size_t>(size));
  } catch (const std::bad_alloc&) {  // OpenSSL is C
    return -1;
  }
  return size;
}

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context, const std::string& host)
    : context_(std::move(context)), ssl_(::SSL_new(context_->get())) {
  BIO* const bio = ::BIO_new(memory());
  if (ssl_ == nullptr || bio == nullptr) {
    ::SSL_free(ssl_);
    ::BIO_free(bio);
    throw TlsError(take_tls_error());
  }
  ::BIO_set_data(bio, this);
  ::BIO_set_init(bio, 1);
  ::SSL_set_bio(ssl_, bio, bio);
  SSL_set_app_data(ssl_, this);
  if (context_->is_server()) {
    ::SSL_set_accept_state(ssl_);
    return;
  }
  ::SSL_set_connect_state(ssl_);
  if (!expect(host)) {
    ::SSL_free(ssl_);
    throw TlsError(fmt::format("'{}' is no name that a certificate could have", host));
  }
}

// Of a client: the name to ask for, and to find in the certificate.
bool TlsSession::expect(const std::string& host) {
  HUBBUB_ASSERT(!context_->checks_name() || !host.empty());
  const bool by_address = is_address(host);
  if (!by_address && !host.empty() && SSL_set_tlsext_host_name(ssl_, host.c_str()) != 1) {
    return false;
  }
  if (!context_->checks_name()) return true;
  return by_address ? ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(ssl_), host.c_str()) == 1
                    : ::SSL_set1_host(ssl_, host.c_str()) == 1;
}

TlsSession::~TlsSession() {
  ::SSL_free(ssl_);
}

void TlsSession::begin(std::string& wire) {
  if (context_->is_server()) return;
  const Lent lent(arrived_, {}, wire_, wire);
  shake_hands();
}

void TlsSession::receive(std::string_view from_wire, std::string& plain, std::string& wire) {
  if (state_ == State::kEnded || state_ == State::kFailed) return;
  const Lent lent(arrived_, from_wire, wire_, wire);
  if (first_byte_ == 0 && !from_wire.empty()) first_byte_ = static_cast<std::uint8_t>(from_wire[0]);
  if (state_ == State::kHandshake) shake_hands();
  if (state_ == State::kOpen) read_plain(plain);
}

void TlsSession::shake_hands() {
  const int result = ::SSL_do_handshake(ssl_);
  if (result == 1) {
    state_ = State::kOpen;
  } else {
    note_result(result);
  }
}

void TlsSession::read_plain(std::string& plain) {
  static thread_local std::array<char, kTlsRecordMost> buffer;
  for (;;) {
    std::size_t count = 0;
    const int result = ::SSL_read_ex(ssl_, buffer.data(), buffer.size(), &count);
    if (result != 1) return note_result(result);
    plain.append(buffer.data(), count);
  }
}

bool TlsSession::seal(std::span<const iovec> pieces, std::string& wire) {
  if (state_ == State::kHandshake || state_ == State::kFailed) return false;
  const Lent lent(arrived_, {}, wire_, wire);
  static thread_local std::string together;
  together.clear();
  for (const iovec& piece : pieces) {
    std::string_view rest(static_cast<const char*>(piece.iov_base), piece.iov_len);
    while (!rest.empty()) {
      const std::string_view part = rest.substr(0, kTlsRecordMost - together.size());
      rest.remove_prefix(part.size());
      together.append(part);
      if (together.size() < kTlsRecordMost) continue;
      if (!write_plain(together)) return false;
      together.clear();
    }
  }
  return together.empty() || write_plain(together);
}

bool TlsSession::write_plain(std::string_view plain) {
  std::size_t written = 0;
  const int result = ::SSL_write_ex(ssl_, plain.data(), plain.size(), &written);
  if (result != 1) note_result(result);
  return result == 1;
}

void TlsSession::end(std::string& wire) {
  if (state_ == State::kHandshake || state_ == State::kFailed) return;
  const Lent lent(arrived_, {}, wire_, wire);
  ::SSL_shutdown(ssl_);
  ::ERR_clear_error();
}

// What a call that did not succeed means: no more bytes for now, the peer's end, or a failure.
void TlsSession::note_result(int result) {
  switch (::SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return;
    case SSL_ERROR_ZERO_RETURN:
      if (state_ == State::kHandshake) return give_up("the peer ended the handshake");
      state_ = State::kEnded;
      return;
    default:
      break;
  }
  const long verified = ::SSL_get_verify_result(ssl_);
  const bool distrusts = state_ == State::kHandshake && !context_->is_server() &&
                         verified != X509_V_OK && verified != X509_V_ERR_UNSPECIFIED;
  failure_ = take_tls_error();
  if (distrusts) failure_ = ::X509_verify_cert_error_string(verified);
  state_ = State::kFailed;
}

void TlsSession::give_up(std::string why) {
  failure_ = std::move(why);
  state_ = State::kFailed;
}

std::string TlsSession::description() const {
  return fmt::format("{} {}", ::SSL_get_version(ssl_), ::SSL_get_cipher_name(ssl_));
}

std::string TlsSession::peer_fingerprint() const {
  if (!refused_.empty()) return refused_;
  const X509* const certificate = ::SSL_get0_peer_certificate(ssl_);
  return certificate == nullptr ? std::string() : fingerprint_of(certificate);
}

// OpenSSL forgets a certificate that it did not accept.
void TlsSession::note_refused(x509_store_ctx_st* check) {
  const void* const ssl =
      ::X509_STORE_CTX_get_ex_data(check, ::SSL_get_ex_data_X509_STORE_CTX_idx());
  auto* const self = static_cast<TlsSession*>(SSL_get_app_data(static_cast<const SSL*>(ssl)));
  const X509* const certificate = ::X509_STORE_CTX_get0_cert(check);
  if (self == nullptr || certificate == nullptr) return;
  try {
    self->refused_ = fingerprint_of(certificate);
  } catch (const std::bad_alloc&) {  // OpenSSL is C; it is refused without one
  }
}

std::string_view TlsSession::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  ::SSL_get0_alpn_selected(ssl_, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

}  // namespace core
