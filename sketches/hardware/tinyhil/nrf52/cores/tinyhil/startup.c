// From reset to main: the vector table, the FPU, the sections in RAM, the constructors.
#include <stdint.h>

extern uint32_t __StackTop[];
extern uint32_t __data_start[], __data_end[], __bss_start[], __bss_end[];
extern const uint32_t __data_load[];
typedef void (*Procedure)(void);
extern const Procedure __init_array_start[], __init_array_end[];

int main(void);

// A debugger or the simulator stops here; on a board left alone the breakpoint escalates to lock-up.
__attribute__((noreturn)) static void trap(void) {
  for (;;) {
    __asm volatile("bkpt #0");
  }
}

__attribute__((noreturn)) void NMI_Handler(void) { trap(); }
__attribute__((noreturn)) void HardFault_Handler(void) { trap(); }
__attribute__((noreturn)) void MemManage_Handler(void) { trap(); }
__attribute__((noreturn)) void BusFault_Handler(void) { trap(); }
__attribute__((noreturn)) void UsageFault_Handler(void) { trap(); }
__attribute__((noreturn)) void Unexpected_Handler(void) { trap(); }

__attribute__((noreturn)) void Reset_Handler(void) {
  // CPACR: full access to coprocessors 10 and 11, the FPU (ARMv7-M ARM B3.2.20).
  *(volatile uint32_t*)0xE000ED88 |= 0xFu << 20;
  __asm volatile("dsb\n\tisb" ::: "memory");
  const uint32_t* from = __data_load;
  for (uint32_t* to = __data_start; to < __data_end;) {
    *to++ = *from++;
  }
  for (uint32_t* to = __bss_start; to < __bss_end;) {
    *to++ = 0;
  }
  for (const Procedure* constructor = __init_array_start; constructor < __init_array_end; ++constructor) {
    (*constructor)();
  }
  main();
  trap();
}

// 16 system exceptions and the 48 interrupts of the nRF52840. The core enables no interrupt; see wake.h.
__attribute__((section(".vectors"), used)) const Procedure kVectors[16 + 48] = {
    (Procedure)__StackTop, Reset_Handler,   NMI_Handler,        HardFault_Handler,
    MemManage_Handler,     BusFault_Handler, UsageFault_Handler, 0,
    0,                     0,               0,                  Unexpected_Handler,
    Unexpected_Handler,    0,               Unexpected_Handler, Unexpected_Handler,
    [16 ... 63] = Unexpected_Handler,
};
