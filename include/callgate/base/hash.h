// A fast 64-bit hash. It is the same on every machine, because keys of dead ends are stored. It
// does not resist attacks, and need not: an agent whose calls collide on purpose only gets wrong
// findings about itself.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace callgate {

inline uint64_t mix(uint64_t a, uint64_t b) {
  a = (a ^ b) * 0x9e3779b97f4a7c15ULL;
  a ^= a >> 32;
  a *= 0xd6e8feb86659fd93ULL;
  return a ^ (a >> 29);
}

inline uint64_t hash_step(uint64_t h, const char* at) {
  uint64_t word;
  std::memcpy(&word, at, 8);
  h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
  return h ^ h >> 32;
}

inline uint64_t hash_of(std::string_view bytes, uint64_t seed = 0) {
  uint64_t h = seed ^ (bytes.size() * 0xff51afd7ed558ccdULL);
  const char* at = bytes.data();
  size_t left = bytes.size();
  // Each step needs the result of the step before it, so long texts use four independent lanes that
  // the processor computes at the same time.
  if (left >= 64) {
    uint64_t lanes[4] = {h, ~h, h + 1, ~h - 1};
    for (; left >= 32; at += 32, left -= 32)
      for (int lane = 0; lane < 4; ++lane) lanes[lane] = hash_step(lanes[lane], at + 8 * lane);
    h = mix(mix(lanes[0], lanes[1]), mix(lanes[2], lanes[3]));
  }
  for (; left >= 8; at += 8, left -= 8) h = hash_step(h, at);
  uint64_t word = 0;
  if (left > 0) std::memcpy(&word, at, left);
  return mix(h, word);
}

}  // namespace callgate
