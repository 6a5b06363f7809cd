// Programs in the folders of a PATH. Blocking, briefly.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// In order, empty ones left out.
std::vector<std::string> folders_in(std::string_view path);
std::string joined_path(const std::vector<std::string>& folders);
/// Both, each folder once; of the second only absolute ones.
std::string merged_path(std::string_view first, std::string_view then);
/// The file that a bare name means: executable, no folder.
std::optional<std::string> find_program(const std::string& name, std::string_view path);
/// As launchd, systemd or a desktop set it: no folder in it is of a user's own making.
bool is_poor_path(std::string_view path);

}  // namespace callgate
