#include "Print.h"

#include <math.h>

namespace {

constexpr size_t kLongestNumber = 1 + 8 * sizeof(unsigned long long);  // a sign and 64 binary digits
constexpr int kMostDigits = 17;                                        // a double has no more significant ones
constexpr double kLargestFixed = 18446744073709549568.0;               // the largest double below 2^64

}  // namespace

size_t Print::write(const uint8_t* bytes, size_t count) {
  size_t written = 0;
  while (written < count && write(bytes[written]) == 1) {
    ++written;
  }
  return written;
}

size_t Print::print_number(unsigned long long magnitude, bool negative, int base) {
  if (base < 2 || base > 36) {
    base = DEC;
  }
  char text[kLongestNumber];
  char* const end = text + sizeof(text);
  char* first = end;
  do {
    const int digit = static_cast<int>(magnitude % base);
    magnitude /= base;
    *--first = static_cast<char>(digit < 10 ? '0' + digit : 'A' + digit - 10);
  } while (magnitude != 0);
  if (negative) {
    *--first = '-';
  }
  return write(first, static_cast<size_t>(end - first));
}

size_t Print::print(long value, int base) {
  if (base != DEC) {
    return print(static_cast<unsigned long>(value), base);
  }
  return print(static_cast<long long>(value), base);
}

size_t Print::print(unsigned long value, int base) { return print_number(value, false, base); }

size_t Print::print(long long value, int base) {
  const unsigned long long bits = static_cast<unsigned long long>(value);
  const bool negative = base == DEC && value < 0;
  return print_number(negative ? 0 - bits : bits, negative, base);
}

size_t Print::print(unsigned long long value, int base) { return print_number(value, false, base); }

size_t Print::print(double value, int digits) {
  if (isnan(value)) {
    return print("nan");
  }
  if (isinf(value)) {
    return print(value < 0 ? "-inf" : "inf");
  }
  digits = digits < 0 ? 2 : (digits > kMostDigits ? kMostDigits : digits);
  const bool negative = value < 0;
  double magnitude = negative ? -value : value;
  double half = 0.5;
  for (int i = 0; i < digits; ++i) {
    half /= 10;
  }
  magnitude += half;
  if (magnitude > kLargestFixed) {
    return print("ovf");
  }
  const unsigned long long whole = static_cast<unsigned long long>(magnitude);
  size_t written = print_number(whole, negative, DEC);
  if (digits == 0) {
    return written;
  }
  char text[1 + kMostDigits];
  double fraction = magnitude - static_cast<double>(whole);
  text[0] = '.';
  for (int i = 1; i <= digits; ++i) {
    fraction *= 10;
    const int digit = static_cast<int>(fraction);
    text[i] = static_cast<char>('0' + digit);
    fraction -= digit;
  }
  return written + write(text, static_cast<size_t>(digits) + 1);
}
