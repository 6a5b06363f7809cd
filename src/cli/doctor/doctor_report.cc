#include <fmt/core.h>

#include <algorithm>

#include "callgate/base/ascii.h"
#include "callgate/base/check.h"
#include "callgate/protect/masker.h"
#include "cli/setup/desktop.h"
#include "doctor.h"

namespace callgate {

namespace {

// Shorter secrets are not hidden, since they would occur by chance in any text.
constexpr size_t kShortestSecret = 4;

void replace_all(std::string& text, const std::string& what, std::string_view with) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
}

bool is_of_a_name(char c) { return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.'; }

/// Replaces the home folder by ~ where a path is the home folder or begins with it. If the home
/// folder is /home/me, changes /home/me/x, but neither /home/meg nor /mnt/home/me.
std::string with_short_home(const std::string& text, const std::string& home) {
  std::string out;
  size_t done = 0;
  for (size_t at = 0; (at = text.find(home, at)) != std::string::npos; at += home.size()) {
    const size_t end = at + home.size();
    const bool ends = end == text.size() || !is_of_a_name(text[end]);
    const bool begins = at == 0 || (!is_of_a_name(text[at - 1]) && text[at - 1] != '/');
    if (!ends || !begins) continue;
    out.append(text, done, at - done).append(1, '~');
    done = end;
  }
  return out.append(text, done);
}

}  // namespace

DoctorReport::DoctorReport(std::string home) : home_(std::move(home)) {
  masker_ = std::make_shared<SecretMasker>(std::vector<NamedSecret>());
}

void DoctorReport::hide(const std::string& secret) {
  if (secret.size() < kShortestSecret) return;
  secrets_.push_back(secret);
  // The longest secret comes first. If a shorter secret is the beginning of a longer one and were
  // hidden first, the rest of the longer secret would be shown.
  std::sort(secrets_.begin(), secrets_.end(),
            [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  std::vector<NamedSecret> known;
  for (const std::string& each : secrets_) known.push_back({.name = "secret", .value = each});
  masker_ = std::make_shared<SecretMasker>(known);
}

std::vector<std::shared_ptr<const SecretMasker>> DoctorReport::all_maskers() const {
  auto all = learnt_;
  if (masker_) all.insert(all.begin(), masker_);
  return all;
}

std::string DoctorReport::without_secrets(std::string text) const {
  for (const std::string& secret : secrets_) replace_all(text, secret, kHidden);
  for (const auto& masker : all_maskers()) text = with_hidden_marks(masker->mask_text(text).text);
  return text;
}

std::string DoctorReport::safe(std::string text) const {
  text = without_secrets(std::move(text));
  return home_.size() > 1 ? with_short_home(text, home_) : text;
}

void DoctorReport::add(std::string_view code, const std::string& text, const std::string& next,
                       const std::string& detail) {
  const auto& kinds = diagnosis_kinds();
  const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                 [&](const DiagnosisKind& each) { return each.code == code; });
  ENSURE(kind != kinds.end());
  findings_.push_back({&*kind, safe(text), safe(next), safe(detail)});
}

void DoctorReport::put_in_order() {
  const auto place = [](const Diagnosis& finding) {
    const auto& kinds = diagnosis_kinds();
    return std::find_if(kinds.begin(), kinds.end(), [&](const DiagnosisKind& each) {
      return each.group == finding.kind->group;
    });
  };
  std::stable_sort(findings_.begin(), findings_.end(),
                   [&](const Diagnosis& a, const Diagnosis& b) { return place(a) < place(b); });
}

void DoctorReport::fact(std::string name, std::string json) {
  for (const auto& masker : all_maskers())
    json = with_hidden_marks(masker->mask_json(json, SIZE_MAX).text);
  facts_.emplace_back(std::move(name), std::move(json));
}

void DoctorReport::table(std::string_view group, std::string text) {
  tables_.emplace_back(group, without_secrets(std::move(text)));
}

const std::string* DoctorReport::table_of(std::string_view group) const {
  for (const auto& [name, text] : tables_)
    if (name == group) return &text;
  return nullptr;
}

size_t DoctorReport::count(Gravity level) const {
  return static_cast<size_t>(
      std::count_if(findings_.begin(), findings_.end(),
                    [&](const Diagnosis& each) { return each.kind->level == level; }));
}

}  // namespace callgate
