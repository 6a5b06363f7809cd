// What a person should know of rules that are good, but do not do what they seem to.
#pragma once

#include <string>
#include <vector>

#include "callgate/app/kept_tools.h"
#include "callgate/config/config.h"

namespace callgate {

struct RuleNote {
  std::string rule;
  int line;
  std::string text;
};

/// Rules about the paths in one argument whose pattern covers tools that have arguments, but not
/// that one; `kept` is what servers offered last.
std::vector<RuleNote> notes_on_arguments(const Config& config, const std::vector<KeptTools>& kept);

}  // namespace callgate
