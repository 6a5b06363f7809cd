// A file of NAME=value lines, as VS Code's envFile names it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "callgate/base/result.h"

namespace callgate {

using EnvFile = std::vector<std::pair<std::string, std::string>>;
/// Comments, `export`, single and double quotes (with \n in the latter). Lines of another kind are
/// errors that name the line.
Result<EnvFile> parse_env_file(std::string_view text);
Result<EnvFile> read_env_file_at(const std::string& path);

}  // namespace callgate
