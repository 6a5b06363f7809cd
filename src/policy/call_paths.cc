#include "callgate/policy/call_paths.h"

namespace callgate {

size_t CallPaths::place_of(const std::string& path) {
  const auto known = places_.find(path);
  if (known != places_.end()) return known->second;
  if (full()) return kMost;
  const size_t place = needs_.size();
  places_.emplace(path, place);
  needs_.push_back(PathNeed{path});
  return place;
}

const std::string* CallPaths::real(const std::string& path) const {
  const auto place = places_.find(path);
  if (place == places_.end() || place->second >= real_.size()) return nullptr;
  const std::optional<std::string>& real = real_[place->second];
  return real ? &*real : nullptr;
}

}  // namespace callgate
