// An Arduino core for the host: Serial is standard input and output. It has what TinyKws' board.h lists, no more.
#pragma once

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define F_CPU 64000000L

inline unsigned long micros() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<unsigned long>(now.tv_sec) * 1000000ul + static_cast<unsigned long>(now.tv_nsec) / 1000ul;
}

class HostSerial {
 public:
  void begin(unsigned long) {}

  // Waits a moment for a byte, as a board would sleep; the end of the input ends the program.
  int available() {
    pollfd line = {STDIN_FILENO, POLLIN, 0};
    if (poll(&line, 1, 100) <= 0) return 0;
    int waiting = 0;
    if (ioctl(STDIN_FILENO, FIONREAD, &waiting) != 0 || waiting == 0) exit(0);
    return waiting;
  }

  int read() {
    uint8_t byte;
    return ::read(STDIN_FILENO, &byte, 1) == 1 ? byte : -1;
  }

  void write(const uint8_t* bytes, size_t count) {
    while (count > 0) {
      const ssize_t written = ::write(STDOUT_FILENO, bytes, count);
      if (written <= 0) exit(0);
      bytes += written;
      count -= static_cast<size_t>(written);
    }
  }

  void flush() {}
};

static HostSerial Serial;

void setup();
void loop();

int main() {
  signal(SIGPIPE, SIG_IGN);  // a host that hung up is a failed write
  setup();
  for (;;) loop();
}
