// Notes about rules that are valid, but do not do what they seem to do.
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

/// Finds rules about the paths in one argument whose pattern covers tools without that argument.
/// `kept` are the tools that servers offered last.
std::vector<RuleNote> notes_on_arguments(const Config& config, const std::vector<KeptTools>& kept);

}  // namespace callgate
