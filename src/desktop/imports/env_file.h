// Reads a file of NAME=value lines, to which VS Code's key envFile refers.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "callgate/base/result.h"

namespace callgate {

using EnvFile = std::vector<std::pair<std::string, std::string>>;
/// Understands comments, `export`, single quotes, and double quotes with the escape \n. For any
/// other line, returns an error with the line's number.
Result<EnvFile> parse_env_file(std::string_view text);
Result<EnvFile> read_env_file_at(const std::string& path);

}  // namespace callgate
