// Sentences for those whose connections do not fit.
#include "client/load/capacity.hpp"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include "client/load/format.hpp"

namespace load {
namespace {

// Descriptors besides one per client: standard streams, signals, files of proc; and for each thread
// its ring and what wakes it.
constexpr std::size_t kDescriptorsBesides = 32;
constexpr std::size_t kDescriptorsOfThread = 4;

constexpr std::size_t kPortsByDefault = 28'232;

std::size_t divide_up(std::size_t a, std::size_t b) {
  return (a + b - 1) / b;
}

std::optional<std::string> too_many_descriptors(const Options& options, std::size_t allowed) {
  const std::size_t besides = kDescriptorsBesides + kDescriptorsOfThread * options.threads;
  const std::size_t needed = options.clients + besides;
  if (needed <= allowed) return std::nullopt;
  std::string sentence = fmt::format(
      "{} clients need {} descriptors, and this process may have {}: the hard limit RLIMIT_NOFILE "
      "(ulimit -Hn). Raise it: as root 'ulimit -n {}', or LimitNOFILE= where systemd starts this",
      grouped(options.clients), grouped(needed), grouped(allowed), needed);
  if (allowed > besides) {
    const std::size_t testers = divide_up(options.clients, allowed - besides);
    sentence += fmt::format(
        ". Or start {} testers of {} clients, each with a --source and a --room of its "
        "own",
        testers, grouped(divide_up(options.clients, testers)));
  }
  return sentence + "; the server needs as many";
}

std::optional<std::string> too_many_ports(const Options& options, std::size_t ports) {
  const std::size_t sources = std::max<std::size_t>(options.sources.size(), 1);
  if (options.clients <= ports * sources) return std::nullopt;
  return fmt::format(
      "{} clients from {} address{} need more local ports than there are to {}: {} for each "
      "address "
      "(net.ipv4.ip_local_port_range). Name {} addresses of this machine, each with --source",
      grouped(options.clients), sources, sources == 1 ? "" : "es", options.address.to_string(),
      grouped(ports), divide_up(options.clients, ports));
}

}  // namespace

std::size_t local_ports() {
  std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
  std::size_t first = 0;
  std::size_t last = 0;
  if (!(file >> first >> last) || last < first) return kPortsByDefault;
  return last - first + 1;
}

std::optional<std::string> too_many(const Options& options, const Capacity& capacity) {
  if (auto sentence = too_many_descriptors(options, capacity.descriptors)) return sentence;
  return too_many_ports(options, capacity.ports_per_source);
}

}  // namespace load
