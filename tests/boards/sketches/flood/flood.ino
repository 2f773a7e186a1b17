// Counts as fast as the line carries it.
void setup() { Serial.begin(1000000); }

void loop() {
  static unsigned long count = 0;
  Serial.println(count++);
}
