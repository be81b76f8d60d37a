// Certificates for tests, made on the spot: each signs itself, and stands with its key in a file of
// its own in a temporary folder.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "core/fingerprint.hpp"
#include "core/tls_context.hpp"

namespace core::support {

class Certificate {
 public:
  // `names` in the form of x509v3_config(5ssl): "DNS:localhost,IP:127.0.0.1".
  explicit Certificate(const std::string& names = "DNS:localhost,IP:127.0.0.1") {
    std::string folder = (std::filesystem::temp_directory_path() / "hubbub-tls-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = folder;
    write(folder_, names);
  }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
  ~Certificate() { std::filesystem::remove_all(folder_); }

  std::string file() const { return folder_ + "/certificate.pem"; }
  std::string key_file() const { return folder_ + "/key.pem"; }
  TlsIdentity identity() const { return {.certificate = file(), .key = key_file()}; }
  const std::string& fingerprint() const { return fingerprint_; }
  // Another in its place, as when one is renewed.
  void renew(const std::string& names = "DNS:localhost,IP:127.0.0.1") { write(folder_, names); }

 private:
  void write(const std::string& folder, const std::string& names) {
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, void (*)(X509*)> made(::X509_new(), X509_free);
    X509* const certificate = made.get();
    constexpr long kDay = 24L * 60 * 60;
    ::X509_set_version(certificate, X509_VERSION_3);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate), 1);
    ::X509_gmtime_adj(::X509_getm_notBefore(certificate), -kDay);
    ::X509_gmtime_adj(::X509_getm_notAfter(certificate), kDay);
    ::X509_set_pubkey(certificate, key.get());
    X509_NAME* const name = ::X509_get_subject_name(certificate);
    ::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                 reinterpret_cast<const unsigned char*>("hubbub test"), -1, -1, 0);
    ::X509_set_issuer_name(certificate, name);
    X509_EXTENSION* const extension =
        ::X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    ::X509_add_ext(certificate, extension, -1);
    ::X509_EXTENSION_free(extension);
    ::X509_sign(certificate, key.get(), ::EVP_sha256());

    std::FILE* file = std::fopen((folder + "/certificate.pem").c_str(), "w");
    ::PEM_write_X509(file, certificate);
    std::fclose(file);
    file = std::fopen((folder + "/key.pem").c_str(), "w");
    ::PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    fingerprint_ = format_fingerprint(certificate_fingerprint(certificate));
  }

  std::string folder_;
  std::string fingerprint_;
};

}  // namespace core::support
