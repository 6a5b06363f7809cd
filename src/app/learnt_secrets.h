// What children were given that must not be told: masked in the record, the log, kept lists,
// answers of the control socket and the children's last words.
#pragma once

#include <deque>
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
  using Value = std::pair<std::string, std::string>;  ///< its name and itself
  using Values = std::vector<Value>;
  static constexpr size_t kMostOld = 1000;

  /// `on` false: nothing is masked. The recorder outlives this.
  LearntSecrets(Recorder& recorder, bool on);
  ~LearntSecrets();

  /// What that child is given from now on. Its earlier values stay secrets for a while, as what it
  /// said may still be on its way: until kMostOld others have been given up. Children of one server
  /// most often have the same values; only new ones take time.
  void learn(ChildIndex child, Values values);
  std::string mask(std::string text, Cut cut = Cut::None) const;
  /// The newest masker; empty: nothing is masked.
  std::shared_ptr<const SecretMasker> masker() const { return masker_; }

 private:
  bool use(const Value& value);
  void give_up(const Values& values);
  void renew();

  Recorder& recorder_;
  const bool on_;
  std::map<Value, size_t> known_;  // with how many children have it
  std::map<ChildIndex, Values> given_;
  std::deque<Value> old_;  // that no child had any more; one may have it again
  std::shared_ptr<const SecretMasker> masker_;
};

}  // namespace callgate
