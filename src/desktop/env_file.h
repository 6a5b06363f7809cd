// A file of NAME=value lines, as VS Code's envFile names it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "callgate/base/result.h"

namespace callgate {

using EnvFile = std::vector<std::pair<std::string, std::string>>;
/// Reads comments, `export`, and single and double quotes (with \n in the latter). Any other line
/// is an error that names the line.
Result<EnvFile> parse_env_file(std::string_view text);
Result<EnvFile> read_env_file_at(const std::string& path);

}  // namespace callgate
