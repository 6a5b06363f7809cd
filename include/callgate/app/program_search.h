// Finds programs in the folders of a PATH. Blocking, but brief.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// Returns the folders in order, without empty ones.
std::vector<std::string> folders_in(std::string_view path);
std::string joined_path(const std::vector<std::string>& folders);
/// Joins two PATHs, with each folder once. Only absolute folders of the second are taken.
std::string merged_path(std::string_view first, std::string_view then);
/// Returns the first regular file of that name in the folders of `path` that we may execute.
std::optional<std::string> find_program(const std::string& name, std::string_view path);
/// True for a PATH as launchd, systemd or a desktop sets it: no folder in it was added by a user.
bool is_poor_path(std::string_view path);

}  // namespace callgate
