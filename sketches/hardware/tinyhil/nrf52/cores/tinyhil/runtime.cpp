// What the C and C++ languages expect of a board that has no operating system and no libstdc++.
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>

extern "C" {

extern char __HeapBase[], __HeapLimit[];

// Ends the program where a debugger or the simulator sees it; the call stack names the cause.
__attribute__((noreturn)) void abort() {
  for (;;) {
    __asm volatile("bkpt #1");
  }
}

__attribute__((noreturn)) void __assert_func(const char* file, int line, const char* function, const char* condition) {
  // Kept in registers r0..r3 by the calling convention, for whoever looks at the stop.
  __asm volatile("" ::"r"(file), "r"(line), "r"(function), "r"(condition));
  abort();
}

__attribute__((noreturn)) void _exit(int) { abort(); }
__attribute__((noreturn)) void __cxa_pure_virtual() { abort(); }
__attribute__((noreturn)) void __cxa_deleted_virtual() { abort(); }

// Objects with static storage live as long as the board has power: their destructors are never run.
int __aeabi_atexit(void*, void (*)(void*), void*) { return 0; }
void* __dso_handle = nullptr;

// malloc's memory: from the end of .bss to the stack's limit.
void* _sbrk(ptrdiff_t increment) {
  static char* top = __HeapBase;
  if (increment > __HeapLimit - top || increment < __HeapBase - top) {
    errno = ENOMEM;
    return reinterpret_cast<void*>(-1);
  }
  char* const block = top;
  top += increment;
  return block;
}

// newlib's stdio links these; there are no files.
int _close(int) { return -1; }
int _fstat(int, struct stat*) { return -1; }
int _isatty(int) { return 0; }
int _lseek(int, int, int) { return -1; }
int _read(int, char*, int) { return -1; }
int _write(int, const char*, int) { return -1; }
int _getpid() { return 1; }
int _kill(int, int) { abort(); }

}  // extern "C"

void* operator new(size_t size) {
  void* const block = malloc(size);
  if (block == nullptr) {
    abort();
  }
  return block;
}
void* operator new[](size_t size) { return operator new(size); }
void operator delete(void* block) noexcept { free(block); }
void operator delete[](void* block) noexcept { free(block); }
void operator delete(void* block, size_t) noexcept { free(block); }
void operator delete[](void* block, size_t) noexcept { free(block); }
