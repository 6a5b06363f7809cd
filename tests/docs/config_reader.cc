// Reads one configuration file from each line of stdin. Prints the codes of its errors on one line,
// separated by blanks. So check_schema.py can compare thousands of files in one process.
#include <iostream>
#include <string>

#include "callgate/policy/policy.h"

using namespace callgate;

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string text; std::getline(std::cin, text);) {
    const LoadedConfig loaded = parse_config(text, "config.json", "/home/me");
    for (const auto* errors : {&loaded.errors, &loaded.broken})
      for (const ConfigError& error : *errors) std::cout << error.code << ' ';
    if (loaded.errors.empty()) {
      const auto policy = Policy::compile(loaded.config.policy, {}, "/home/me");
      if (!policy) std::cout << policy.error().code;
    }
    std::cout << '\n';
  }
}
