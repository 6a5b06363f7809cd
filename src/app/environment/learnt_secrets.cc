#include "learnt_secrets.h"

#include <utility>

#include "callgate/base/log.h"

namespace callgate {

LearntSecrets::LearntSecrets(Recorder& recorder, bool on) : recorder_(recorder), on_(on) {
  if (on_) renew();
}

LearntSecrets::~LearntSecrets() {
  if (on_) log::set_filter(nullptr);
}

void LearntSecrets::learn(ChildIndex child, Values values) {
  if (!on_) return;
  bool news = false;
  for (const Value& value : values) news = use(value) || news;
  give_up(std::exchange(given_[child], std::move(values)));
  if (news) renew();
}

bool LearntSecrets::use(const Value& value) {
  const auto [known, is_new] = known_.try_emplace(value, 0);
  ++known->second;
  return is_new;
}

void LearntSecrets::give_up(const Values& values) {
  for (const Value& value : values)
    if (--known_.at(value) == 0) old_.push_back(value);
  for (; old_.size() > kMostOld; old_.pop_front()) {
    const auto known = known_.find(old_.front());
    if (known != known_.end() && known->second == 0) known_.erase(known);
  }
}

void LearntSecrets::renew() {
  std::vector<NamedSecret> all;
  for (const auto& [value, uses] : known_)
    all.push_back({.name = value.first, .value = value.second});
  masker_ = std::make_shared<const SecretMasker>(all);
  recorder_.set_masker([masker = masker_](std::string_view json, size_t keep) {
    std::optional<Masked> masked = masker->changed_json(json, keep);
    return masked ? MaskedText{.text = std::move(masked->text), .masked = masked->count}
                  : MaskedText{};
  });
  log::set_filter(
      [masker = masker_](const std::string& text) { return masker->mask_text(text).text; });
}

std::string LearntSecrets::mask(std::string text, Cut cut) const {
  return masker_ ? masker_->mask_text(text, cut).text : text;
}

}  // namespace callgate
