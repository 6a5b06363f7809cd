#include "session.h"

namespace callgate {

Raised* GuardSession::find(GuardRule rule, uint64_t key) {
  for (size_t i = 0; i < count_; ++i)
    if (raised_[i].rule == rule && raised_[i].key == key) return &raised_[i];
  return nullptr;
}

Raised& GuardSession::raised(GuardRule rule, uint64_t key) {
  Raised* place = find(rule, key);
  if (place == nullptr) {
    place = &raised_[count_ < raised_.size() ? count_++ : 0];
    if (place->used > 0)
      for (Raised& other : raised_)
        if (other.factor < place->factor ||
            (other.factor == place->factor && other.used < place->used))
          place = &other;
    *place = Raised{};
    place->rule = rule;
    place->key = key;
  }
  place->used = ++clock_;
  return *place;
}

void GuardSession::forget(GuardRule rule, uint64_t key) {
  if (Raised* known = find(rule, key))
    known->level = Level::None, known->alive = false, known->calls = 0;
  switch (rule) {
    case GuardRule::Repeat:
      if (Repeats::Entry* entry = repeats.find(key)) *entry = Repeats::Entry{};
      break;
    case GuardRule::Cycle:
      cycles = Cycles();
      break;
    case GuardRule::Guess:
      guesses.reset(key);
      break;
    case GuardRule::Mutated:
      mutations.reset(key);
      break;
    case GuardRule::DeadEnd:
      reprobes = reprobe_tries = 0;
      break;
    case GuardRule::Idle:
      progress.reset();
      break;
    case GuardRule::Budget:
      if (key != static_cast<uint64_t>(Budgets::What::Day)) budgets.reset();
      break;
  }
}

}  // namespace callgate
