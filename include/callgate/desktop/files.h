// The state of another program's file when we read it. Before callgate replaces the file, it
// compares the file with this state.
#pragma once

#include <optional>
#include <string>

namespace callgate {

/// Files with more bytes are refused.
inline constexpr size_t kLargestDesktopFile = size_t{4} << 20;

/// A file as read_file_state() found it.
struct FileState {
  std::string path;                  ///< the path as given
  std::string real;                  ///< with every symbolic link followed
  std::optional<std::string> bytes;  ///< nullopt if the file does not exist
};

}  // namespace callgate
