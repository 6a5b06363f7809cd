#include "keys.h"

#include <bit>
#include <cstring>

#include "callgate/base/digest.h"
#include "callgate/base/fold.h"
#include "callgate/wire/utf8.h"
#include "text.h"

namespace callgate {

namespace {

// For at most this many keys, comparing every pair is faster than hashing.
constexpr size_t kFew = 16;
constexpr size_t kKeep = size_t{1} << 16;

// SipHash-1-3 with a random seed, so that a peer that does not know the seed can't choose keys with
// colliding hashes.
struct Sip {
  uint64_t a, b, c, d;

  Sip(uint64_t k0, uint64_t k1)
      : a(k0 ^ 0x736f6d6570736575),
        b(k1 ^ 0x646f72616e646f6d),
        c(k0 ^ 0x6c7967656e657261),
        d(k1 ^ 0x7465646279746573) {}

  void round() {
    a += b, b = std::rotl(b, 13) ^ a, a = std::rotl(a, 32);
    c += d, d = std::rotl(d, 16) ^ c;
    a += d, d = std::rotl(d, 21) ^ a;
    c += b, b = std::rotl(b, 17) ^ c, c = std::rotl(c, 32);
  }
  void word(uint64_t m) {
    d ^= m;
    round();
    a ^= m;
  }
  uint64_t finish() {
    c ^= 0xff;
    round(), round(), round();
    return a ^ b ^ c ^ d;
  }
};

std::string_view key_of(std::string_view text, const Node& node) {
  return text.substr(node.key_begin + 1, node.key_end - node.key_begin - 2);
}

}  // namespace

KeyCounter::KeyCounter() {
  const std::string bytes = random_bytes(sizeof seed_);
  std::memcpy(seed_.data(), bytes.data(), sizeof seed_);
}

uint32_t KeyCounter::repeated(std::string_view text, const std::vector<Node>& nodes,
                              uint32_t object, uint32_t members) {
  if (members < 2) return 0;
  collect(text, nodes, object);
  return members <= kFew ? repeated_few() : repeated_many();
}

void KeyCounter::shrink() {
  if (keys_.capacity() > kKeep) keys_ = {};
  if (unescaped_.capacity() > kKeep) unescaped_ = {};
  if (hashes_.capacity() > kKeep) hashes_ = {};
  if (slots_.capacity() > kKeep) slots_ = {};
}

bool KeyCounter::rewritten(std::string_view key, const Node& node) const {
  return node.key_escaped || (folds_ && !is_ascii(key));
}

void KeyCounter::collect(std::string_view text, const std::vector<Node>& nodes, uint32_t object) {
  keys_.clear();
  size_t odd = 0;
  for (uint32_t i = object + 1; i < nodes.size(); i = nodes[i].next) {
    keys_.push_back(key_of(text, nodes[i]));
    if (rewritten(keys_.back(), nodes[i])) odd += keys_.back().size();
  }
  if (odd == 0) return;
  unescaped_.clear();
  // Reserves enough memory that the string never moves, because the views in `keys_` point into it.
  // Decoding never makes a key longer, and folding makes at most three bytes of two.
  unescaped_.reserve(2 * odd);
  size_t member = 0;
  for (uint32_t i = object + 1; i < nodes.size(); i = nodes[i].next, ++member) {
    std::string_view& key = keys_[member];
    if (!rewritten(key, nodes[i])) continue;
    const size_t begin = unescaped_.size();
    if (nodes[i].key_escaped)
      append_unescaped(unescaped_, key);
    else
      unescaped_ += key;
    if (folds_) unescaped_.replace(begin, std::string::npos, folded(unescaped_.substr(begin)));
    ENSURE(unescaped_.size() <= 2 * odd);
    key = std::string_view(unescaped_).substr(begin);
  }
}

// Ignores only the case of ASCII letters, because collect() has already folded keys with characters
// beyond ASCII.
bool KeyCounter::same(std::string_view a, std::string_view b) const {
  if (!folds_) return a == b;
  if (a.size() != b.size()) return false;
  return a.empty() || (((a[0] ^ b[0]) & ~0x20) == 0 && equal_ascii_folded(a, b));
}

void KeyCounter::note(uint32_t& count, size_t earlier, size_t later) {
  if (count++ == 0) pair_ = {earlier, later};
}

std::array<uint32_t, 2> KeyCounter::first_pair(const std::vector<Node>& nodes,
                                               uint32_t object) const {
  std::array<uint32_t, 2> pair{};
  size_t member = 0;
  for (uint32_t i = object + 1; i < nodes.size() && member <= pair_[1]; i = nodes[i].next, ++member)
    for (size_t k = 0; k < 2; ++k)
      if (member == pair_[k]) pair[k] = i;
  return pair;
}

uint32_t KeyCounter::repeated_few() {
  uint32_t count = 0;
  for (size_t i = 1; i < keys_.size(); ++i) {
    for (size_t k = 0; k < i; ++k) {
      if (same(keys_[k], keys_[i])) {
        note(count, k, i);
        break;
      }
    }
  }
  return count;
}

uint32_t KeyCounter::repeated_many() {
  const size_t mask = std::bit_ceil(keys_.size() * 2) - 1;
  slots_.assign(mask + 1, 0);
  hashes_.resize(keys_.size());
  uint32_t count = 0;
  for (size_t i = 0; i < keys_.size(); ++i) {
    hashes_[i] = hash(keys_[i]);
    for (size_t slot = hashes_[i] & mask;; slot = (slot + 1) & mask) {
      if (slots_[slot] == 0) {
        slots_[slot] = static_cast<uint32_t>(i + 1);
        break;
      }
      const size_t other = slots_[slot] - 1;
      if (hashes_[other] == hashes_[i] && same(keys_[other], keys_[i])) {
        note(count, other, i);
        break;
      }
    }
  }
  return count;
}

uint64_t KeyCounter::hash(std::string_view key) const {
  Sip sip(seed_[0], seed_[1]);
  const auto take = [&](uint64_t word) { sip.word(folds_ ? lower_ascii_word(word) : word); };
  size_t at = 0;
  uint64_t word = 0;
  for (; key.size() - at >= 8; at += 8) {
    std::memcpy(&word, key.data() + at, 8);
    take(word);
  }
  word = 0;
  if (at < key.size()) std::memcpy(&word, key.data() + at, key.size() - at);
  take(word);
  sip.word(key.size());
  return sip.finish();
}

}  // namespace callgate
