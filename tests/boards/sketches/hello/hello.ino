// Says hello ten times a second, and counts.
void setup() { Serial.begin(1000000); }

void loop() {
  static unsigned long count = 0;
  Serial.print("hello ");
  Serial.println(count++);
  delay(100);
}
