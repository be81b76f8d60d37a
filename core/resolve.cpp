// getaddrinfo(3), which cannot be interrupted, in a thread.
#include "core/resolve.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <netdb.h>

namespace core {
namespace {

struct LookUp {
  std::vector<Address> addresses;
  std::string failure;  // why there are none
};

// Gives its failure as a value: who gave up waiting does not want to hear of it.
LookUp look_up(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  const int system_error = errno;
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> found(list, [](addrinfo* all) {
    if (all != nullptr) ::freeaddrinfo(all);
  });
  LookUp result;
  if (error != 0) {
    result.failure = error == EAI_SYSTEM ? std::strerror(system_error) : ::gai_strerror(error);
    return result;
  }
  for (const addrinfo* one = found.get(); one != nullptr; one = one->ai_next) {
    const Address address = Address::from(one->ai_addr, one->ai_addrlen);
    if (address.size() > 0) result.addresses.push_back(address.with_port(port));
  }
  if (result.addresses.empty()) result.failure = "it has no internet address";
  return result;
}

// Address::parse() takes localhost for 127.0.0.1; the system may know it as ::1 too.
std::optional<Address> numeric(const std::string& host, std::uint16_t port) {
  if (host == "localhost") return std::nullopt;
  if (const auto address = Address::parse(fmt::format("{}:{}", host, port))) return address;
  return Address::parse(fmt::format("[{}]:{}", host, port));
}

}  // namespace

Task<std::vector<Address>> resolve(Executor& executor, std::string host, std::uint16_t port) {
  if (const auto address = numeric(host, port)) co_return std::vector<Address>{*address};
  // The C function would look up what stands before a NUL.
  LookUp found{.addresses = {}, .failure = "it is no name"};
  if (!host.empty() && host.find('\0') == std::string::npos) {
    auto ask = [host, port] { return look_up(host, port); };
    found = co_await to_thread(executor, std::move(ask));
  }
  if (found.addresses.empty()) {
    throw ResolveError(fmt::format("cannot find {}: {}", host, found.failure));
  }
  co_return std::move(found.addresses);
}

}  // namespace core
