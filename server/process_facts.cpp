// getrusage(2), getrlimit(2), proc(5).
#include "server/process_facts.hpp"

#include <cstdio>
#include <memory>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace server {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// The second word of /proc/self/statm: pages.
std::uint64_t resident_bytes() {
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Closer> file(std::fopen("/proc/self/statm", "re"));
  unsigned long pages = 0;
  if (!file || std::fscanf(file.get(), "%*u %lu", &pages) != 1) return 0;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// The time of a process's folder in /proc is that of its start.
double start_seconds() {
  struct ::stat folder = {};
  if (::stat("/proc/self", &folder) != 0) return 0;
  return static_cast<double>(folder.st_ctim.tv_sec) +
         static_cast<double>(folder.st_ctim.tv_nsec) / 1e9;
}

}  // namespace

ProcessFacts ProcessFacts::now() {
  ProcessFacts facts;
  struct ::rusage usage = {};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    facts.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  struct ::rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.descriptors_most = limit.rlim_cur;
  facts.resident_bytes = server::resident_bytes();
  static const double started = server::start_seconds();
  facts.start_seconds = started;
  return facts;
}

}  // namespace server
