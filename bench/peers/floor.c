// The floor: a bare epoll loop that finds the end of each request and answers a constant. It parses no JSON, checks
// nothing and stores nothing; what it costs is what the kernel's sockets cost. One thread, level-triggered, keep-alive
// and pipelining. Requests need a Content-Length; anything else closes the connection.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER_BYTES = 16384, EVENT_COUNT = 512, PIPELINE_COUNT = 64 };

static const char REPLY[] =
    "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 56\r\n\r\n"
    "{\"status\":\"accepted\",\"key\":\"ord-0000000000000000000000\"}\n";

// What a connection has sent and was not answered yet.
struct connection {
  int fd;
  size_t bytes;
  char buffer[BUFFER_BYTES];
};

static void die(const char *what) {
  perror(what);
  exit(1);
}

// Returns the bytes of the first whole request in the buffer, 0 when it is incomplete, -1 when it cannot be framed.
static ssize_t request_bytes(const char *buffer, size_t bytes) {
  const char *end = memmem(buffer, bytes, "\r\n\r\n", 4);
  if (end == NULL) return bytes == BUFFER_BYTES ? -1 : 0;
  for (const char *line = memchr(buffer, '\n', bytes); line != NULL && line < end;
       line = memchr(line + 1, '\n', (size_t)(end + 2 - line))) {
    if (strncasecmp(line + 1, "content-length:", 15) != 0) continue;
    size_t total = (size_t)(end + 4 - buffer) + strtoul(line + 16, NULL, 10);
    if (total > BUFFER_BYTES) return -1;
    return total <= bytes ? (ssize_t)total : 0;
  }
  return -1;
}

// Answers `count` requests with one call. A reply that does not fit the socket's buffer ends the connection: no client of
// the bench leaves so much unread.
static int reply(int fd, size_t count) {
  static char replies[PIPELINE_COUNT * (sizeof REPLY - 1)];
  if (replies[0] == 0)
    for (size_t i = 0; i < PIPELINE_COUNT; i++) memcpy(replies + i * (sizeof REPLY - 1), REPLY, sizeof REPLY - 1);
  size_t bytes = count * (sizeof REPLY - 1);
  return send(fd, replies, bytes, MSG_NOSIGNAL) == (ssize_t)bytes ? 0 : -1;
}

// Reads once and answers every whole request. Returns -1 when the connection is over.
static int serve(struct connection *c) {
  ssize_t got = recv(c->fd, c->buffer + c->bytes, BUFFER_BYTES - c->bytes, 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR ? 0 : -1;
  if (got == 0) return -1;
  c->bytes += (size_t)got;
  size_t done = 0, count = 0;
  while (count < PIPELINE_COUNT) {
    ssize_t request = request_bytes(c->buffer + done, c->bytes - done);
    if (request < 0) return -1;
    if (request == 0) break;
    done += (size_t)request;
    count++;
  }
  if (done > 0) memmove(c->buffer, c->buffer + done, c->bytes - done);
  c->bytes -= done;
  return count > 0 ? reply(c->fd, count) : 0;
}

static void take(int epoll, int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
  if (fd < 0) return;
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct connection *c = malloc(sizeof *c);
  if (c == NULL) die("malloc");
  c->fd = fd;
  c->bytes = 0;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
}

static int open_listener(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t bytes = sizeof address;
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, bytes) < 0 || listen(fd, 4096) < 0) die("listen");
  if (getsockname(fd, (struct sockaddr *)&address, &bytes) < 0) die("getsockname");
  printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

int main(void) {
  int listener = open_listener(), epoll = epoll_create1(0);
  struct epoll_event events[EVENT_COUNT], listening = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &listening) < 0) die("epoll");
  for (;;) {
    int count = epoll_wait(epoll, events, EVENT_COUNT, -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) {
      struct connection *c = events[i].data.ptr;
      if (c == NULL) {
        take(epoll, listener);
      } else if (serve(c) < 0) {
        close(c->fd);
        free(c);
      }
    }
  }
}
