// The secrets that children were given. They are masked in the record, the log, kept lists, answers
// of the control socket and the last output of children.
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

/// Used on the loop's thread. Values in the form of a secret are masked from the start.
class LearntSecrets {
 public:
  using Value = std::pair<std::string, std::string>;  ///< name and value
  using Values = std::vector<Value>;
  static constexpr size_t kMostOld = 1000;

  /// If `on` is false, nothing is masked. The recorder must outlive this.
  LearntSecrets(Recorder& recorder, bool on);
  ~LearntSecrets();

  /// Sets the values that a child has from now on. Its earlier values stay secrets until kMostOld
  /// other values have been given up, because output of the child may still be on its way. The
  /// children of one server mostly have the same values; only new values take time.
  void learn(ChildIndex child, Values values);
  std::string mask(std::string text, Cut cut = Cut::None) const;
  /// Returns the newest masker; empty if nothing is masked.
  std::shared_ptr<const SecretMasker> masker() const { return masker_; }

 private:
  bool use(const Value& value);
  void give_up(const Values& values);
  void renew();

  Recorder& recorder_;
  const bool on_;
  std::map<Value, size_t> known_;  // number of children that have the value
  std::map<ChildIndex, Values> given_;
  std::deque<Value> old_;  // values that no child had any more; a child may have one again
  std::shared_ptr<const SecretMasker> masker_;
};

}  // namespace callgate
