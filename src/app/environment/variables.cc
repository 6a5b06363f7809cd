#include "variables.h"

extern char** environ;

namespace callgate {

void add_variable(Variables& all, std::string_view variable) {
  const size_t equals = variable.find('=');
  if (equals != std::string_view::npos && equals > 0)
    all.emplace(variable.substr(0, equals), variable.substr(equals + 1));
}

Variables own_variables() {
  Variables all;
  for (char** entry = environ; *entry; ++entry) add_variable(all, *entry);
  return all;
}

}  // namespace callgate
