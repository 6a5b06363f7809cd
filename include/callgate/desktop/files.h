// A file of another program, as it was when we read it. Before it is replaced, the file is compared
// with this state.
#pragma once

#include <optional>
#include <string>

namespace callgate {

/// Larger files are refused. In bytes.
inline constexpr size_t kLargestDesktopFile = size_t{4} << 20;

/// A file as read_file_state() found it.
struct FileState {
  std::string path;                  ///< the path as given
  std::string real;                  ///< with every symbolic link followed
  std::optional<std::string> bytes;  ///< nullopt if the file does not exist
};

}  // namespace callgate
