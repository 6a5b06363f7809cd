#include "learnt_secrets.h"

#include "callgate/base/log.h"

namespace callgate {

LearntSecrets::LearntSecrets(Recorder& recorder, bool on) : recorder_(recorder), on_(on) {
  if (on_) renew();
}

LearntSecrets::~LearntSecrets() {
  if (on_) log::set_filter(nullptr);
}

void LearntSecrets::learn(std::vector<std::pair<std::string, std::string>> values) {
  if (!on_) return;
  bool news = false;
  for (auto& value : values) news = known_.insert(std::move(value)).second || news;
  if (news) renew();
}

void LearntSecrets::renew() {
  std::vector<NamedSecret> all;
  for (const auto& [name, value] : known_) all.push_back({.name = name, .value = value});
  masker_ = std::make_shared<const SecretMasker>(all);
  recorder_.set_masker([masker = masker_](std::string_view json, size_t keep) {
    Masked masked = masker->mask_json(json, keep);
    return MaskedText{.text = std::move(masked.text), .masked = masked.count};
  });
  log::set_filter(
      [masker = masker_](const std::string& text) { return masker->mask_text(text).text; });
}

std::string LearntSecrets::mask(std::string text, Cut cut) const {
  return masker_ ? masker_->mask_text(text, cut).text : text;
}

}  // namespace callgate
