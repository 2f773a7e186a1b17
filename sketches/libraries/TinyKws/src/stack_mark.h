// How deep the stack has grown: memory below it is painted once, and what lost its paint has been used.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace tinykws {

class StackMark {
 public:
  // Paints `bytes` below the caller's frame; so many must be free there.
  __attribute__((noinline)) void paint(size_t bytes) {
    top_ = static_cast<volatile uint8_t*>(__builtin_frame_address(0)) - kOwnFrame;
    painted_ = bytes;
    for (size_t i = 1; i <= painted_; ++i) *(top_ - i) = kPaint;
  }

  // Bytes of stack used at most below the frame that called paint(): 0 before paint(), and no more than was painted.
  uint32_t used() const {
    size_t untouched = 0;
    while (untouched < painted_ && *(top_ - painted_ + untouched) == kPaint) ++untouched;
    return painted_ == 0 ? 0 : static_cast<uint32_t>(kOwnFrame + painted_ - untouched);
  }

 private:
  static constexpr size_t kOwnFrame = 64;  // paint() must not paint what it stands on
  static constexpr uint8_t kPaint = 0xA5;

  volatile uint8_t* top_ = nullptr;
  size_t painted_ = 0;
};

}  // namespace tinykws
