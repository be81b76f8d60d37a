// Digest, print, parse.
#include "core/fingerprint.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <system_error>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace core {

std::string certificate_fingerprint(const x509_st* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (::X509_digest(certificate, ::EVP_sha256(), digest.data(), &size) != 1) return {};
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string format_fingerprint(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += fmt::format("{}{:02X}", text.empty() ? "" : ":", static_cast<unsigned char>(byte));
  }
  return text;
}

std::string parse_fingerprint(std::string text) {
  constexpr std::size_t kDigits = 64;
  std::erase(text, ':');
  if (text.size() != kDigits) return {};
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned byte = 0;
    const auto [rest, error] = std::from_chars(&text[i], &text[i] + 2, byte, 16);
    if (error != std::errc{} || rest != &text[i] + 2) return {};
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

}  // namespace core
