// ProxyHeader: however the bytes are cut it comes to the same, it takes a header and not a byte
// more, and it understands what a reading of the whole in one go understands, and nothing else.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>

#include "core/assert.hpp"
#include "core/network.hpp"
#include "server/proxy_header.hpp"
#include "tests/fuzz/pieces.hpp"

namespace {

using server::ProxyHeader;
using State = ProxyHeader::State;
using namespace std::string_literals;

// A whole header at the beginning of what came.
struct Header {
  std::size_t size;
  std::optional<core::HostBytes> host;
  unsigned port = 0;
};

bool is_number(const std::string& text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
         (text == "0" || text.front() != '0') && std::stoul(text) <= 65535;
}

std::optional<core::HostBytes> host_of(bool is_v6, const std::string& text) {
  core::HostBytes bytes{};
  if (!is_v6) bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (text.find('\0') != text.npos) return std::nullopt;
  const bool valid = ::inet_pton(is_v6 ? AF_INET6 : AF_INET, text.c_str(), &bytes[is_v6 ? 0 : 12]);
  return valid ? std::optional(bytes) : std::nullopt;
}

std::optional<Header> text_by_the_book(std::string_view bytes) {
  const std::size_t end = bytes.find_first_of("\r\n");
  if (end == bytes.npos || bytes.substr(end, 2) != "\r\n") return std::nullopt;
  Header header{.size = end + 2, .host = {}};
  if (header.size > 107) return std::nullopt;
  std::vector<std::string> fields(1);
  for (const char c : bytes.substr(0, end)) {
    if (c == ' ') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  if (fields.size() < 2 || fields[0] != "PROXY") return std::nullopt;
  if (fields[1] == "UNKNOWN") return header;
  const bool is_v6 = fields[1] == "TCP6";
  if ((!is_v6 && fields[1] != "TCP4") || fields.size() != 6) return std::nullopt;
  header.host = host_of(is_v6, fields[2]);
  if (!header.host || !host_of(is_v6, fields[3])) return std::nullopt;
  if (!is_number(fields[4]) || !is_number(fields[5])) return std::nullopt;
  header.port = static_cast<unsigned>(std::stoul(fields[4]));
  return header;
}

std::optional<Header> binary_by_the_book(std::string_view bytes) {
  if (bytes.size() < 16 || bytes.substr(0, 12) != "\r\n\r\n\0\r\nQUIT\n"s) return std::nullopt;
  const auto byte = [bytes](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  const std::size_t length = byte(14) * 256U + byte(15);
  if (16 + length > 2048 || bytes.size() < 16 + length) return std::nullopt;
  Header header{.size = 16 + length, .host = {}};
  if (byte(12) == 0x20) return header;
  if (byte(12) != 0x21) return std::nullopt;
  if (byte(13) == 0) return header;
  if (byte(13) == 0x31) return length >= 216 ? std::optional(header) : std::nullopt;
  const bool is_v6 = byte(13) == 0x21;
  if ((!is_v6 && byte(13) != 0x11) || length < (is_v6 ? 36U : 12U)) return std::nullopt;
  core::HostBytes host{};
  if (!is_v6) host = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  std::memcpy(&host[is_v6 ? 0 : 12], &bytes[16], is_v6 ? 16 : 4);
  header.host = host;
  header.port = byte(is_v6 ? 48 : 24) * 256U + byte(is_v6 ? 49 : 25);
  return header;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Pieces pieces(data, size);
  ProxyHeader header;
  State state = State::kIncomplete;
  std::size_t taken = 0;
  pieces.for_each([&](std::string_view piece, std::uint8_t) {
    if (state != State::kIncomplete) return;
    std::string_view rest = piece;
    state = header.feed(rest);
    taken += piece.size() - rest.size();
    HUBBUB_ASSERT(rest.empty() || state != State::kIncomplete);
    HUBBUB_ASSERT(header.fault().empty() == (state != State::kMalformed));
  });
  HUBBUB_ASSERT(taken <= ProxyHeader::kBinaryMost);

  const std::string_view bytes = pieces.text();
  auto expected = text_by_the_book(bytes);
  if (!expected) expected = binary_by_the_book(bytes);
  HUBBUB_ASSERT(expected.has_value() == (state == State::kComplete));
  if (!expected) {
    HUBBUB_ASSERT(header.source() == core::Address());
    return 0;
  }
  HUBBUB_ASSERT(taken == expected->size);
  HUBBUB_ASSERT(expected->host.has_value() == (header.source().size() > 0));
  if (expected->host) {
    HUBBUB_ASSERT(core::host_bytes(header.source()) == *expected->host);
    HUBBUB_ASSERT(header.source().port() == expected->port);
  }
  return 0;
}
