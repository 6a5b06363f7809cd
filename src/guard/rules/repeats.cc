#include "repeats.h"

namespace callgate {

namespace {

double weight_of(Repetition repetition, const Thresholds& t) {
  switch (repetition) {
    case Repetition::Strong:
      return 1;
    case Repetition::AfterWrite:
      return t.repeat_after_write;
    case Repetition::Transient:
      return t.repeat_transient;
    case Repetition::Pending:
      return t.repeat_pending;
    case Repetition::AmidProgress:
      return t.repeat_amid_progress;
    case Repetition::Normal:
      return 0;
  }
  return 1;
}

}  // namespace

Repeats::Entry* Repeats::find(uint64_t call) {
  if (auto* set = sets_.at(call))
    for (Entry& entry : *set)
      if (entry.call == call && entry.times > 0) return &entry;
  return nullptr;
}

Repeats::Entry& Repeats::count(uint64_t call, uint64_t answer, Repetition repetition,
                               const Thresholds& t) {
  Entry* entry = find(call);
  if (entry == nullptr) {
    entry = sets_.free_at(call);
    if (entry == nullptr) {
      auto& set = *sets_.at(call);
      entry = &set[0];
      for (Entry& other : set)
        if (other.used < entry->used) entry = &other;
    }
    *entry = Entry{};
    entry->call = call;
  }
  entry->used = ++clock_;
  if (entry->times == 0 || entry->answer != answer) {
    entry->answer = answer;
    entry->count = 1;
    entry->strong = entry->times = 0;
    entry->evidence.reset();
    entry->cadence.reset();
  } else {
    entry->count += static_cast<float>(weight_of(repetition, t));
    entry->strong = repetition == Repetition::Strong ? entry->strong + 1 : 0;
  }
  ++entry->times;
  return *entry;
}

bool KnownPairs::add(uint64_t pair) {
  const uint64_t place = Places::place(pair);
  if (auto* set = sets_.at(place))
    for (uint64_t known : *set)
      if (known == pair) return false;
  uint64_t* room = sets_.free_at(place);
  if (room == nullptr) room = &(*sets_.at(place))[clock_++ % kWays];
  *room = pair;
  return true;
}

}  // namespace callgate
