// Fingerprints: the SHA-256 of a certificate, by which people tell one from another.
#pragma once

#include <string>

struct x509_st;

namespace core {

// The 32 bytes of the digest of its DER form; empty where there is no memory for it.
std::string certificate_fingerprint(const x509_st* certificate);

// "AB:CD:...", as openssl(1) prints it.
std::string format_fingerprint(const std::string& bytes);

// The bytes of 64 hex digits, in either case, with colons anywhere or nowhere; empty for all else.
std::string parse_fingerprint(std::string text);

}  // namespace core
