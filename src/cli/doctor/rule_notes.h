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

/// Returns notes about rules that check paths in one argument. There is a note for each such rule
/// whose pattern also matches tools without this argument, because the rule does nothing for these
/// tools. `kept` are the tools that the servers offered last.
std::vector<RuleNote> notes_on_arguments(const Config& config, const std::vector<KeptTools>& kept);

}  // namespace callgate
