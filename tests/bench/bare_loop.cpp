// A bare epoll server, to compare with: what a competent programmer writes in an afternoon, without
// a runtime, without rooms or names. One thread, level-triggered epoll, one buffer for all reads; a
// client that does not take its bytes gets a queue of its own and is watched until it does.
//
//   bare_loop echo PORT      sends back what it reads
//   bare_loop fanout PORT    every line of one client goes to all others, as the chat dialect says
//                            it; one send per recipient and piece received, the classic loop
//
// It depends on nothing of this project, and is written in the plain style that it stands for.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr int kEventsMost = 512;
constexpr size_t kLineMost = 64 * 1024;
constexpr size_t kOwedMost = 64 * 1024 * 1024;

struct Client {
  int socket;
  bool gone;         // closed at the end of the pass: its pointer may still stand in an event
  std::string line;  // fanout: a line without its end yet
  std::string owed;  // what the socket did not take
  size_t place;      // in clients
};

int epoll_descriptor;
bool fanning_out;
std::vector<Client*> clients;
std::vector<Client*> gone;
std::string outgoing;
char buffer[64 * 1024];

void fail(const char* what) {
  perror(what);
  exit(1);
}

void watch(Client* client, int operation) {
  epoll_event event{};
  event.events = EPOLLIN | (client->owed.empty() ? 0U : static_cast<unsigned>(EPOLLOUT));
  event.data.ptr = client;
  if (epoll_ctl(epoll_descriptor, operation, client->socket, &event) != 0) fail("epoll_ctl");
}

void drop(Client* client) {
  if (client->gone) return;
  client->gone = true;
  gone.push_back(client);
  clients.back()->place = client->place;
  clients[client->place] = clients.back();
  clients.pop_back();
}

void send_to(Client* client, const char* bytes, size_t size) {
  if (client->gone) return;
  size_t sent = 0;
  if (client->owed.empty()) {
    ssize_t result = send(client->socket, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (result < 0 && errno != EAGAIN) return drop(client);
    if (result > 0) sent = static_cast<size_t>(result);
    if (sent == size) return;
  }
  bool was_owed = !client->owed.empty();
  client->owed.append(bytes + sent, size - sent);
  if (client->owed.size() > kOwedMost) return drop(client);
  if (!was_owed) watch(client, EPOLL_CTL_MOD);
}

void send_owed(Client* client) {
  ssize_t result =
      send(client->socket, client->owed.data(), client->owed.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (result < 0 && errno != EAGAIN) return drop(client);
  if (result > 0) client->owed.erase(0, static_cast<size_t>(result));
  if (client->owed.empty()) watch(client, EPOLL_CTL_MOD);
}

void take_line(Client* client, const char* line, size_t size) {
  if (size > 0 && line[size - 1] == '\r') --size;
  constexpr const char kJoin[] = "/join ";
  constexpr size_t kJoinSize = sizeof kJoin - 1;
  if (size > kJoinSize && memcmp(line, kJoin, kJoinSize) == 0) {
    std::string answer = "-- joined " + std::string(line + kJoinSize, size - kJoinSize) + "\r\n";
    send_to(client, answer.data(), answer.size());
    return;
  }
  outgoing += "00:00 #load <x> ";
  outgoing.append(line, size);
  outgoing += "\r\n";
}

void fan_out(Client* client, const char* bytes, size_t size) {
  outgoing.clear();
  const char* end = bytes + size;
  while (const void* stop = memchr(bytes, '\n', static_cast<size_t>(end - bytes))) {
    const char* line_end = static_cast<const char*>(stop);
    if (client->line.empty()) {
      take_line(client, bytes, static_cast<size_t>(line_end - bytes));
    } else {
      client->line.append(bytes, line_end);
      take_line(client, client->line.data(), client->line.size());
      client->line.clear();
    }
    bytes = line_end + 1;
  }
  client->line.append(bytes, end);
  if (client->line.size() > kLineMost) drop(client);
  if (outgoing.empty()) return;
  for (size_t i = clients.size(); i-- > 0;) {  // backwards: drop() puts the last in a gap
    if (clients[i] != client) send_to(clients[i], outgoing.data(), outgoing.size());
  }
}

void receive(Client* client) {
  ssize_t size = recv(client->socket, buffer, sizeof buffer, MSG_DONTWAIT);
  if (size == 0 || (size < 0 && errno != EAGAIN)) return drop(client);
  if (size < 0) return;
  if (fanning_out) {
    fan_out(client, buffer, static_cast<size_t>(size));
  } else {
    send_to(client, buffer, static_cast<size_t>(size));
  }
}

void accept_all(int listener) {
  for (;;) {
    int socket = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return;
    int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    clients.push_back(new Client{socket, false, {}, {}, clients.size()});
    watch(clients.back(), EPOLL_CTL_ADD);
  }
}

int listen_on(int port) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("bind");
  if (listen(listener, 4096) != 0) fail("listen");
  socklen_t size = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  printf("listening address=127.0.0.1:%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

void serve(int listener) {
  epoll_event event{};
  event.events = EPOLLIN;  // of the listener: without a client
  if (epoll_ctl(epoll_descriptor, EPOLL_CTL_ADD, listener, &event) != 0) fail("epoll_ctl");
  epoll_event events[kEventsMost];
  for (;;) {
    int count = epoll_wait(epoll_descriptor, events, kEventsMost, -1);
    for (int i = 0; i < count; ++i) {
      Client* client = static_cast<Client*>(events[i].data.ptr);
      if (client == nullptr) {
        accept_all(listener);
        continue;
      }
      if (!client->gone && (events[i].events & EPOLLOUT) != 0) send_owed(client);
      if (!client->gone && (events[i].events & ~EPOLLOUT) != 0) receive(client);
    }
    for (Client* client : gone) {
      close(client->socket);
      delete client;
    }
    gone.clear();
  }
}

}  // namespace

int main(int argc, char** argv) {
  fanning_out = argc == 3 && strcmp(argv[1], "fanout") == 0;
  if (!fanning_out && (argc != 3 || strcmp(argv[1], "echo") != 0)) {
    fprintf(stderr, "usage: bare_loop echo|fanout PORT\n");
    return 2;
  }
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  epoll_descriptor = epoll_create1(EPOLL_CLOEXEC);
  serve(listen_on(atoi(argv[2])));
}
