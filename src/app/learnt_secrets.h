// What children were given that must not be told: masked in the record, the log, kept lists,
// answers of the control socket and the children's last words.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "callgate/gate/ports.h"
#include "callgate/protect/masker.h"
#include "callgate/store/recorder.h"

namespace callgate {

/// Loop's thread. What has a secret's shape is masked from the start on.
class LearntSecrets {
 public:
  /// `on` false: nothing is masked. The recorder outlives this.
  LearntSecrets(Recorder& recorder, bool on);
  ~LearntSecrets();

  /// Names and values of that child, until its number is given to another: children of one server
  /// may have other values.
  void learn(ChildIndex child, std::vector<std::pair<std::string, std::string>> values);
  std::string mask(std::string text) const;
  /// The newest masker; empty: nothing is masked.
  std::shared_ptr<const SecretMasker> masker() const { return masker_; }

 private:
  void renew();

  Recorder& recorder_;
  const bool on_;
  std::map<ChildIndex, std::vector<NamedSecret>> known_;
  std::shared_ptr<const SecretMasker> masker_;
};

}  // namespace callgate
