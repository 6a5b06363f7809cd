#include "filed.h"

#include <algorithm>
#include <unordered_map>

#include "varint.h"

namespace callgate {

namespace {

constexpr uint8_t kAbsent = 0xff;     // takes the place of the outcome if the call does not exist
constexpr size_t kNarrowKinds = 256;  // with more kinds, the kind of a call takes two bytes

// Collects the different numbers of a column, in the order in which they first appear.
template <class Number>
class Distinct {
 public:
  size_t place_of(Number number) {
    const auto at = std::find(all_.begin(), all_.end(), number);
    if (at != all_.end()) return static_cast<size_t>(at - all_.begin());
    all_.push_back(number);
    return all_.size() - 1;
  }
  void append_to(std::string& bytes) const {
    append_varint(bytes, all_.size());
    for (const Number each : all_) append_varint(bytes, static_cast<uint64_t>(each));
  }

 private:
  std::vector<Number> all_;
};

// Replaces the content of `into` by the numbers of a packed Distinct. Returns false if they are
// damaged or too many.
template <class Number>
bool take_all(VarintReader& numbers, std::vector<Number>& into) {
  into.clear();
  const uint64_t count = numbers.next();
  if (count > kStretch) return false;
  for (uint64_t i = 0; i < count; ++i) into.push_back(static_cast<Number>(numbers.next()));
  return !numbers.failed();
}

std::string pack_kinds(const std::vector<FiledCall>& calls, CallNumber first, CallNumber last) {
  Distinct<uint32_t> sessions;
  Distinct<int64_t> targets;
  static_assert(kStretch < 1 << 12);
  std::unordered_map<uint64_t, size_t> numbers;
  std::vector<size_t> places(last - first + 1);
  std::string kinds;
  const auto number_of = [&](size_t session, size_t target, uint8_t outcome) {
    const auto [known, fresh] =
        numbers.try_emplace(session << 20 | target << 8 | outcome, numbers.size());
    if (fresh) {
      append_varint(kinds, session);
      append_varint(kinds, target);
      kinds += static_cast<char>(outcome);
    }
    return known->second;
  };
  size_t place = 0;
  for (const FiledCall& call : calls) {
    for (; place < call_of(call.id) - first; ++place) places[place] = number_of(0, 0, kAbsent);
    places[place++] = number_of(sessions.place_of(call.session), targets.place_of(call.target),
                                static_cast<uint8_t>(call.outcome));
  }
  std::string bytes;
  sessions.append_to(bytes);
  targets.append_to(bytes);
  append_varint(bytes, numbers.size());
  bytes += kinds;
  for (const size_t number : places) {
    bytes += static_cast<char>(number & 0xff);
    if (numbers.size() > kNarrowKinds) bytes += static_cast<char>(number >> 8);
  }
  return bytes;
}

std::string pack_figures(const std::vector<FiledCall>& calls) {
  std::string bytes;
  int64_t before = 0;
  for (const FiledCall& call : calls) {
    append_varint(bytes, folded(call.at - before));
    append_varint(bytes, folded(call.busy));
    append_varint(bytes, call.args_bytes);
    append_varint(bytes, call.result_bytes);
    before = call.at;
  }
  return bytes;
}

// Packs the column `touched`: the number of calls that accessed items, and then for each of these
// calls its distance to the previous one in calls, the number of bytes, and the bytes.
std::string pack_touched(const std::vector<FiledCall>& calls, CallNumber first) {
  std::string bytes;
  size_t before = 0, count = 0;
  for (const FiledCall& call : calls) {
    if (call.touched.empty()) continue;
    const size_t place = call_of(call.id) - first;
    append_varint(bytes, place - before);
    append_varint(bytes, call.touched.size());
    bytes += call.touched;
    before = place;
    ++count;
  }
  std::string counted;
  append_varint(counted, count);
  return counted + bytes;
}

// Unpacks the column that pack_touched() makes, one call after the other.
class TouchedColumn {
 public:
  explicit TouchedColumn(std::string_view bytes) : bytes_(bytes) {
    const auto count = take_varint(bytes_);
    left_ = count ? *count : kDamaged;
    next();
  }
  /// Returns the packed items that call number `place` of the stretch accessed, or nullopt if the
  /// column is damaged. The caller must pass ascending places.
  std::optional<std::string_view> at(size_t place) {
    if (place_ != place) return std::string_view();
    const auto size = take_varint(bytes_);
    if (!size || *size > bytes_.size()) return std::nullopt;
    const std::string_view touched = bytes_.substr(0, *size);
    bytes_.remove_prefix(*size);
    next();
    return touched;
  }
  bool whole() const { return left_ == 0 && place_ == kNowhere && bytes_.empty(); }

 private:
  static constexpr uint64_t kDamaged = ~uint64_t{0}, kNowhere = ~uint64_t{0};
  void next() {
    const uint64_t before = place_ == kNowhere ? 0 : place_;
    place_ = kNowhere;
    if (left_ == 0 || left_ == kDamaged) return;
    const auto on = take_varint(bytes_);
    if (!on || *on > kStretch) {
      left_ = kDamaged;
      return;
    }
    place_ = before + *on;
    --left_;
  }
  std::string_view bytes_;
  uint64_t left_ = 0;  // how many calls with items come after the one at place_
  uint64_t place_ = kNowhere;
};

void take_figures(VarintReader& figures, int64_t before, FiledCall& call) {
  call.at = before + unfolded(figures.next());
  call.busy = unfolded(figures.next());
  call.args_bytes = figures.next();
  call.result_bytes = figures.next();
}

}  // namespace

FiledRow pack(const std::vector<FiledCall>& calls) {
  const uint32_t run = run_of(calls.front().id);
  const CallNumber first = stretch_of(call_of(calls.front().id));
  const CallNumber last = call_of(calls.back().id);
  return {.id = started_id(run, first),
          .last = last,
          .calls = pack_kinds(calls, first, last),
          .figures = pack_figures(calls),
          .touched = pack_touched(calls, first)};
}

bool FiledKinds::read(int64_t id, CallNumber last, std::string_view calls) {
  const CallNumber first = call_of(id);
  if (stretch_of(last) != first) return false;
  count_ = last - first + 1;
  kinds_.clear();
  VarintReader numbers(calls);
  if (!take_all(numbers, sessions_) || !take_all(numbers, targets_)) return false;
  const uint64_t kinds = numbers.next();
  if (kinds > kStretch) return false;
  kinds_.reserve(kinds);
  for (uint64_t i = 0; i < kinds; ++i) {
    const uint64_t session = numbers.next(), target = numbers.next();
    const uint8_t outcome = numbers.byte();
    if (outcome == kAbsent) {
      kinds_.push_back({.absent = true});
      continue;
    }
    if (session >= sessions_.size() || target >= targets_.size() ||
        outcome > static_cast<uint8_t>(kLastOutcome))
      return false;
    kinds_.push_back({.session = sessions_[session],
                      .target = targets_[target],
                      .outcome = static_cast<Outcome>(outcome)});
  }
  if (numbers.failed()) return false;
  wide_ = kinds_.size() > kNarrowKinds;
  places_ = numbers.rest();
  if (places_.size() != count_ * (wide_ ? 2 : 1)) return false;
  size_t highest = 0;
  for (size_t place = 0; place < count_; ++place) highest = std::max(highest, number(place));
  return highest < kinds_.size();
}

bool unpack(int64_t id, CallNumber last, std::string_view calls, std::string_view figures,
            std::optional<std::string_view> touched, FiledKinds& kinds,
            std::vector<FiledCall>& into) {
  into.clear();
  if (!kinds.read(id, last, calls)) return false;
  VarintReader numbers(figures);
  std::optional<TouchedColumn> column;
  if (touched) column.emplace(*touched);
  int64_t before = 0;
  for (size_t place = 0; place < kinds.count(); ++place) {
    const FiledKinds::Kind& kind = kinds.of(place);
    if (kind.absent) continue;
    FiledCall& call = into.emplace_back();
    call.id = id + 2 * static_cast<int64_t>(place);
    call.session = kind.session;
    call.target = kind.target;
    call.outcome = kind.outcome;
    take_figures(numbers, before, call);
    before = call.at;
    if (!column) continue;
    const auto of_call = column->at(place);
    if (!of_call) return false;
    call.touched = *of_call;
  }
  return numbers.at_end() && !numbers.failed() && (!column || column->whole());
}

}  // namespace callgate
