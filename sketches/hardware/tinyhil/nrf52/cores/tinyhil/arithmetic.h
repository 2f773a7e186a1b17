// min, max and abs for every type, as functions: each argument is evaluated once.
#pragma once

template <typename A, typename B>
constexpr auto min(const A& a, const B& b) -> decltype(b < a ? b : a) {
  return b < a ? b : a;
}

template <typename A, typename B>
constexpr auto max(const A& a, const B& b) -> decltype(a < b ? b : a) {
  return a < b ? b : a;
}

template <typename T>
constexpr T abs(T x) {
  return x < 0 ? -x : x;
}
