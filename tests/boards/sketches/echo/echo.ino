// Sends back every byte that comes, and sleeps in between.
void setup() { Serial.begin(1000000); }

void loop() {
  uint8_t bytes[64];
  size_t count = 0;
  while (count < sizeof bytes && Serial.available() > 0) {
    bytes[count++] = static_cast<uint8_t>(Serial.read());
  }
  if (count > 0) {
    Serial.write(bytes, count);
  } else {
    __asm volatile("wfe");
  }
}
