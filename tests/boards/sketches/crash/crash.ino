// Says what it is about to do when a byte comes, and then writes to memory that is not there.
__attribute__((noinline)) static void write_outside_memory() {
  *reinterpret_cast<volatile uint32_t*>(0x60000000) = 1;
}

void setup() { Serial.begin(1000000); }

void loop() {
  if (Serial.read() >= 0) {
    Serial.println("about to crash");
    Serial.flush();
    write_outside_memory();
  }
  __asm volatile("wfe");
}
