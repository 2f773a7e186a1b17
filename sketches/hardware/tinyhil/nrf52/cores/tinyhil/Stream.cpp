#include "Stream.h"

#include "Arduino.h"

bool Stream::wait_for_byte(unsigned long timeout_ms) {
  const unsigned long start = millis();
  while (available() <= 0) {
    if (millis() - start >= timeout_ms) {
      return false;
    }
    yield();
  }
  return true;
}

int Stream::timed_read() { return wait_for_byte(timeout_ms_) ? read() : -1; }

int Stream::timed_peek() { return wait_for_byte(timeout_ms_) ? peek() : -1; }

size_t Stream::readBytes(char* buffer, size_t length) {
  size_t count = 0;
  while (count < length) {
    const int byte = timed_read();
    if (byte < 0) {
      break;
    }
    buffer[count++] = static_cast<char>(byte);
  }
  return count;
}

size_t Stream::readBytesUntil(char terminator, char* buffer, size_t length) {
  size_t count = 0;
  while (count < length) {
    const int byte = timed_read();
    if (byte < 0 || byte == static_cast<uint8_t>(terminator)) {
      break;
    }
    buffer[count++] = static_cast<char>(byte);
  }
  return count;
}

bool Stream::find(const char* target) {
  const size_t length = strlen(target);
  size_t matched = 0;
  while (matched < length) {
    const int byte = timed_read();
    if (byte < 0) {
      return false;
    }
    // The longest beginning of the target that the bytes read so far end with.
    while (matched > 0 && byte != static_cast<uint8_t>(target[matched])) {
      size_t shorter = matched - 1;
      while (shorter > 0 && memcmp(target, target + matched - shorter, shorter) != 0) {
        --shorter;
      }
      matched = shorter;
    }
    if (byte == static_cast<uint8_t>(target[matched])) {
      ++matched;
    }
  }
  return true;
}

bool Stream::skip_to_number(bool& negative) {
  negative = false;
  for (;;) {
    const int next = timed_peek();
    if (next < 0) {
      return false;
    }
    if (next >= '0' && next <= '9') {
      return true;
    }
    negative = next == '-';
    read();
  }
}

long Stream::parseInt() {
  bool negative;
  if (!skip_to_number(negative)) {
    return 0;
  }
  unsigned long value = 0;
  for (int next = timed_peek(); next >= '0' && next <= '9'; next = timed_peek()) {
    value = 10 * value + static_cast<unsigned long>(read() - '0');
  }
  return static_cast<long>(negative ? 0 - value : value);
}

float Stream::parseFloat() {
  bool negative;
  if (!skip_to_number(negative)) {
    return 0;
  }
  double value = 0;
  double place = 1;
  bool fraction = false;
  for (int next = timed_peek(); (next >= '0' && next <= '9') || (next == '.' && !fraction); next = timed_peek()) {
    read();
    if (next == '.') {
      fraction = true;
      continue;
    }
    value = 10 * value + (next - '0');
    place = fraction ? 10 * place : place;
  }
  return static_cast<float>((negative ? -value : value) / place);
}
