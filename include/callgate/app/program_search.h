// Finds programs in the folders of a PATH. Blocking, but brief.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// Splits a PATH into its folders, in order. Leaves out empty entries.
std::vector<std::string> folders_in(std::string_view path);
std::string joined_path(const std::vector<std::string>& folders);
/// Appends the folders of the second PATH to the first. Each folder appears once. Folders of the
/// second PATH that are not absolute are left out.
std::string merged_path(std::string_view first, std::string_view then);
/// Returns the first regular file called `name` in the folders of `path` that this process may
/// execute.
std::optional<std::string> find_program(const std::string& name, std::string_view path);
/// True if `path` contains only folders of the system, as in the PATH that launchd, systemd or a
/// desktop sets. A user's own programs are not found in such a PATH.
bool is_poor_path(std::string_view path);

}  // namespace callgate
