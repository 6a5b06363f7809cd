#include "session.h"

namespace callgate {

FindingState* GuardSession::find(GuardRule rule, uint64_t key) {
  for (size_t i = 0; i < count_; ++i)
    if (states_[i].rule == rule && states_[i].key == key) return &states_[i];
  return nullptr;
}

FindingState& GuardSession::state(GuardRule rule, uint64_t key) {
  FindingState* place = find(rule, key);
  if (place == nullptr) {
    place = &states_[count_ < states_.size() ? count_++ : 0];
    if (place->used > 0)
      for (FindingState& other : states_)
        if (other.factor < place->factor ||
            (other.factor == place->factor && other.used < place->used))
          place = &other;
    *place = FindingState{};
    place->rule = rule;
    place->key = key;
  }
  place->used = ++clock_;
  return *place;
}

void GuardSession::forget(GuardRule rule, uint64_t key) {
  if (FindingState* known = find(rule, key))
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
