// Finds rules that are valid, but do not do what they seem to do.
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

/// Returns a note for each rule about paths in one argument whose pattern also matches tools that
/// lack this argument, since the rule does nothing for these tools. `kept` are the tools that the
/// servers offered last.
std::vector<RuleNote> notes_on_arguments(const Config& config, const std::vector<KeptTools>& kept);

}  // namespace callgate
