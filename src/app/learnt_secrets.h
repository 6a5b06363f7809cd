// What children were given that must not be told: masked in the record, the log, kept lists,
// answers of the control socket and the children's last words.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "callgate/protect/masker.h"
#include "callgate/store/recorder.h"

namespace callgate {

/// Loop's thread. What has a secret's shape is masked from the start on.
class LearntSecrets {
 public:
  /// `on` false: nothing is masked. The recorder outlives this.
  LearntSecrets(Recorder& recorder, bool on);
  ~LearntSecrets();

  /// Names and values that a child is given. They stay secrets when it has ended or is given newer
  /// ones: what it said may still be on its way. Children of one server most often have the same.
  void learn(std::vector<std::pair<std::string, std::string>> values);
  std::string mask(std::string text, Cut cut = Cut::None) const;
  /// The newest masker; empty: nothing is masked.
  std::shared_ptr<const SecretMasker> masker() const { return masker_; }

 private:
  void renew();

  Recorder& recorder_;
  const bool on_;
  std::set<std::pair<std::string, std::string>> known_;
  std::shared_ptr<const SecretMasker> masker_;
};

}  // namespace callgate
