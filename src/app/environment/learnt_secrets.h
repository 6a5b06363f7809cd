// Collects the secret values that children have got in their environments, and masks them in the
// record, the log, saved lists, answers of the control socket, and the stored stderr of children.
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

/// Used on the loop's thread. Texts that have the shape of a secret (a known token format, for
/// example) are masked from the start, before any value is learnt.
class LearntSecrets {
 public:
  using Value = std::pair<std::string, std::string>;  ///< a variable's name, and its value
  using Values = std::vector<Value>;
  static constexpr size_t kMostOld = 1000;

  /// If `on` is false, nothing is masked. The recorder must outlive this object.
  LearntSecrets(Recorder& recorder, bool on);
  ~LearntSecrets();

  /// Sets the values that a child has from now on. Output of the child's previous process may still
  /// arrive, so the child's earlier values are still masked. They are forgotten when kMostOld other
  /// values have fallen out of use after them. Calling this with values that another child of the
  /// server already has is cheap.
  void learn(ChildIndex child, Values values);
  std::string mask(std::string text, Cut cut = Cut::None) const;
  /// Returns the masker for all values that are known now; empty if nothing is masked.
  std::shared_ptr<const SecretMasker> masker() const { return masker_; }

 private:
  bool use(const Value& value);
  void give_up(const Values& values);
  void renew();

  Recorder& recorder_;
  const bool on_;
  std::map<Value, size_t> known_;  // number of children that have the value
  std::map<ChildIndex, Values> given_;
  std::deque<Value> old_;  // values that fell out of use; some may be in use again
  std::shared_ptr<const SecretMasker> masker_;
};

}  // namespace callgate
