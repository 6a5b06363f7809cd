#include <algorithm>

#include "callgate/signin/sign_in.h"

namespace callgate {

bool StepUps::begin(const std::string& operation) {
  const auto known = std::find_if(counts_.begin(), counts_.end(),
                                  [&](const auto& one) { return one.first == operation; });
  if (known != counts_.end()) return known->second < kMost && ++known->second > 0;
  if (counts_.size() == kMostOperations) counts_.erase(counts_.begin());
  counts_.emplace_back(operation, 1);
  return true;
}

void StepUps::succeeded(const std::string& operation) {
  std::erase_if(counts_, [&](const auto& one) { return one.first == operation; });
}

}  // namespace callgate
