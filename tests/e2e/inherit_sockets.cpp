// Runs a program as systemd would that opened its sockets: inherit_sockets NAME[:NAME...] PROGRAM
// ARGUMENT...: each name is a listening socket on a free port of 127.0.0.1. "udp" is one that is no
// listening socket.
#include <cstdlib>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

void open_socket(bool is_stream, int at) {
  const int socket = ::socket(AF_INET, is_stream ? SOCK_STREAM : SOCK_DGRAM, 0);
  sockaddr_in any = {};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0) std::abort();
  if (is_stream && ::listen(socket, 100) != 0) std::abort();
  if (socket == at) return;
  ::dup2(socket, at);
  ::close(socket);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string names = argv[1];
  int count = 0;
  for (std::size_t at = 0; at != std::string::npos; ++count) {
    const std::size_t end = names.find(':', at);
    open_socket(names.substr(at, end - at) != "udp", 3 + count);
    at = end == std::string::npos ? end : end + 1;
  }
  ::setenv("LISTEN_FDS", std::to_string(count).c_str(), 1);
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDNAMES", names.c_str(), 1);
  ::execv(argv[2], argv + 2);
  return 127;
}
