// The protocol between a gate and the warden of one child, over descriptor 3. Both are the same
// binary, so numbers are in the byte order of the machine. When the descriptor is closed, the
// warden kills everything below it at once, unless it is already ending its server: then it keeps
// to the times that it was given.
#pragma once

#include <cstdint>

namespace callgate {

/// The first bytes from the gate. They are followed by the working folder (empty: unchanged), argv
/// and the environment, each string ended by a NUL. These do not go into argv and environment of
/// the warden itself, because other processes can see those, and because a LD_LIBRARY_PATH of the
/// server must not affect our binary.
struct WardenOrder {
  uint32_t text_size = 0;  ///< bytes that follow this head
  uint32_t arguments = 0;
  uint32_t variables = 0;
  uint32_t reserved = 0;
  uint64_t open_files = 0;  ///< the soft limits that the child gets; 0: unchanged
  uint64_t core_file = 0;
};

enum class WardenCommand : char {
  End = 'E',  ///< a WardenEnd follows
  Kill = 'K'
};

/// The times from now until the server's group gets SIGTERM, and until everything below the warden
/// is killed. A second WardenEnd can only shorten these times.
struct WardenEnd {
  uint32_t terminate_millis = 0, kill_millis = 0;
};

struct WardenReport {
  enum class Kind : int32_t {
    Running,  ///< value: the server's pid
    /// A script's interpreter is missing. This and the next three have value = errno.
    NotFound,
    NotExecuted,
    NoFolder,
    NotForked,
    Ended,  ///< value: the status from waitpid
  };
  Kind kind{};
  int32_t value = 0;
};

inline constexpr int kWardenDescriptor = 3;
/// The gate's ends of the server's stdout and stderr. The warden holds them so that a server that
/// ends after the gate can still write its last output.
inline constexpr int kWardenOutputs[] = {4, 5};
inline constexpr int kLastWardenDescriptor = 5;
inline constexpr uint32_t kWardenTextLimit = uint32_t{16} << 20;

}  // namespace callgate
