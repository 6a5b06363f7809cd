#include "learnt_secrets.h"

#include "callgate/base/log.h"

namespace callgate {

LearntSecrets::LearntSecrets(Recorder& recorder, bool on) : recorder_(recorder), on_(on) {
  if (on_) renew();
}

LearntSecrets::~LearntSecrets() {
  if (on_) log::set_filter(nullptr);
}

void LearntSecrets::learn(ChildIndex child,
                          std::vector<std::pair<std::string, std::string>> values) {
  if (!on_ || (values.empty() && !known_.contains(child))) return;
  std::vector<NamedSecret>& known = known_[child];
  known.clear();
  for (auto& [name, value] : values) known.push_back({.name = name, .value = std::move(value)});
  renew();
}

void LearntSecrets::renew() {
  std::vector<NamedSecret> all;
  for (const auto& [child, some] : known_) all.insert(all.end(), some.begin(), some.end());
  masker_ = std::make_shared<const SecretMasker>(all);
  recorder_.set_masker([masker = masker_](std::string_view json, size_t keep) {
    Masked masked = masker->mask_json(json, keep);
    return MaskedText{.text = std::move(masked.text), .masked = masked.count};
  });
  log::set_filter(
      [masker = masker_](const std::string& text) { return masker->mask_text(text).text; });
}

std::string LearntSecrets::mask(std::string text) const {
  return masker_ ? masker_->mask_text(text).text : text;
}

}  // namespace callgate
