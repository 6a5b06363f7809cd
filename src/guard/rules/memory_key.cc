#include "callgate/guard/memory_key.h"

#include <algorithm>
#include <array>

#include "callgate/base/ascii.h"
#include "callgate/base/path_text.h"

namespace callgate {

namespace {

/// Returns the part of a path that names the program: "claude" of "/x/claude/versions/2.1.0".
std::string_view program_word(std::string_view path) {
  while (true) {
    const size_t slash = path.rfind('/');
    const std::string_view word = path.substr(slash + 1);  // npos + 1 is 0
    const bool version = word.empty() || is_digit(word.front()) || word == "versions" ||
                         word == "bin" || word == "current";
    if (!version || slash == std::string_view::npos) return word;
    path = path.substr(0, slash);
  }
}

/// True for an interpreter. One interpreter may run many programs, and only the name that the
/// client claims distinguishes these programs.
bool runs_any_program(std::string_view word) {
  constexpr std::array<std::string_view, 9> kExact = {"node", "nodejs",   "bun",  "deno",  "java",
                                                      "ruby", "electron", "perl", "dotnet"};
  return word.starts_with("python") || word.starts_with("pypy") ||
         std::find(kExact.begin(), kExact.end(), word) != kExact.end();
}

}  // namespace

std::string client_program(const ObservedProcess& process) {
  const auto is_between = [](std::string_view exe) {
    return is_shell(exe) || base_name(exe) == "env";
  };
  if (process.exe.empty() || !is_between(process.exe)) return process.exe;
  for (const std::string& parent : process.parents) {  // "PID EXE"
    const std::string_view exe = std::string_view(parent).substr(parent.find(' ') + 1);
    if (!exe.empty() && !is_between(exe)) return std::string(exe);
  }
  return process.exe;
}

std::string memory_key(std::string_view agent, std::string_view token, std::string_view program) {
  constexpr size_t kMostOfName = 160;  // so that the rest stays in kNameBytes
  std::string key(agent);
  std::replace(key.begin(), key.end(), kNameEnd, ' ');
  const std::string_view word = program_word(program);
  if (token.empty() && word.empty()) return key;
  key.resize(std::min(key.size(), kMostOfName));
  key += kNameEnd;
  return key.append(token.empty() ? word : "token ").append(token);
}

std::string_view budget_key(std::string_view memory) {
  const size_t end = memory.find(kNameEnd);
  if (end == std::string_view::npos || runs_any_program(memory.substr(end + 1))) return memory;
  return memory.substr(end);
}

}  // namespace callgate
