#pragma once

#include <stddef.h>

class Print;

// Something that can write itself as text.
class Printable {
 public:
  // Returns the bytes written.
  virtual size_t printTo(Print& print) const = 0;
};
