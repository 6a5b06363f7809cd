#include "mutations.h"

#include <algorithm>

#include "callgate/base/ascii.h"
#include "nearby.h"

namespace callgate {

namespace {

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c); });
}

/// True if only a few characters of two long identifiers differ.
bool is_near(std::string_view a, std::string_view b) {
  constexpr size_t kShortest = 6, kMost = 8;
  if (a.size() < kShortest || b.size() < kShortest || a == b) return false;
  return edit_distance(a, b) <= std::min(kMost, std::min(a.size(), b.size()) * 3 / 7);
}

}  // namespace

void Mutations::Identifier::set(std::string_view from) {
  size = static_cast<uint8_t>(std::min(from.size(), kIdentifier));
  std::copy_n(from.begin(), size, text.begin());
}

std::string_view Mutations::Kind::nearest() const {
  if (reals == 0 || wrongs == 0) return {};
  const std::string_view latest = wrong[(wrongs - 1) % wrong.size()].view();
  std::string_view best;
  size_t least = SIZE_MAX;
  for (size_t i = 0; i < std::min<size_t>(reals, real.size()); ++i) {
    const size_t distance = edit_distance(real[i].view(), latest);
    if (distance < least) least = distance, best = real[i].view();
  }
  return best;
}

uint32_t Mutations::Kind::count() const {
  const uint32_t mutated = numeric && reals >= near ? 0 : near;
  return std::max(failed, mutated);
}

Mutations::Kind& Mutations::entry(uint64_t kind) {
  Kind* oldest = nullptr;
  for (Kind& known : kinds_) {
    if (known.kind == kind && known.used > 0) return known;
    if (oldest == nullptr || known.used < oldest->used) oldest = &known;
  }
  if (kinds_.size() < kMost) oldest = &kinds_.emplace_back();
  *oldest = Kind{};
  oldest->kind = kind;
  return *oldest;
}

Mutations::Kind* Mutations::add(uint64_t kind, uint64_t call, std::string_view identifier,
                                AnswerKind answer, uint32_t number, Nanos at) {
  const bool fails = answer == AnswerKind::NotFound || answer == AnswerKind::Denied ||
                     answer == AnswerKind::Invalid || answer == AnswerKind::Error;
  if (kind == 0 || (!fails && answer != AnswerKind::Ok)) return nullptr;
  Kind& k = entry(kind);
  k.used = ++clock_;
  if (!fails) {
    // A call for an identifier that is already known to exist shows nothing about guesses.
    const auto known = [&](const Identifier& i) { return i.view() == identifier; };
    if (std::any_of(k.real.begin(), k.real.end(), known)) return &k;
    k.real[k.reals++ % k.real.size()].set(identifier);
    k.failed = 0;
    return &k;
  }
  const auto end = k.calls.begin() + std::min<size_t>(k.calls_seen, k.calls.size());
  if (std::find(k.calls.begin(), end, call) != end) return &k;
  k.calls[k.calls_seen++ % k.calls.size()] = call;
  ++k.failed;
  k.numeric = all_digits(identifier);
  for (size_t i = 0; i < k.real.size(); ++i)
    if ((i < k.reals && is_near(k.real[i].view(), identifier)) ||
        (i < k.wrongs && is_near(k.wrong[i].view(), identifier))) {
      ++k.near;
      break;
    }
  k.wrong[k.wrongs++ % k.wrong.size()].set(identifier);
  k.evidence.add(number);
  k.cadence.tick(at);
  return &k;
}

void Mutations::reset(uint64_t kind) {
  for (Kind& known : kinds_)
    if (known.kind == kind) known = Kind{};
}

const Mutations::Kind* Mutations::find(uint64_t kind) const {
  for (const Kind& known : kinds_)
    if (known.kind == kind && known.used > 0) return &known;
  return nullptr;
}

}  // namespace callgate
