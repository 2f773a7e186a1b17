"""How the zoo's networks come to be: made audio, teachers, the float student, and what is derived from it."""
