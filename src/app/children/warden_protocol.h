// The protocol between a gate and the warden of one child. The gate and the warden use a socket,
// which is descriptor 3 in the warden. Both run the same binary, so numbers in the messages have
// the byte order of the machine. When the gate's end of the socket closes, the warden kills all
// processes below it: at once or, if the gate has already sent a WardenEnd, at the times in that
// message.
#pragma once

#include <cstdint>

namespace callgate {

/// The first bytes that the gate sends. After them it sends the working folder (empty: unchanged),
/// argv and the environment of the server; each string ends with a NUL. The gate does not pass
/// these in argv and environment of the warden itself, because other processes can read those, and
/// because a LD_LIBRARY_PATH of the server must not affect our binary.
struct WardenOrder {
  uint32_t text_size = 0;  ///< bytes of all strings that follow this struct
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

/// The time from now until the server's process group gets SIGTERM, and the time from now until all
/// processes below the warden are killed. A second WardenEnd can only shorten these times.
struct WardenEnd {
  uint32_t terminate_millis = 0, kill_millis = 0;
};

struct WardenReport {
  enum class Kind : int32_t {
    Running,  ///< value: the server's pid
    /// The command is a script that exists, but the interpreter in its first line does not. The
    /// value of this kind and of the next three is errno.
    NotFound,
    NotExecuted,
    NoFolder,
    NotForked,
    Ended,  ///< value: the status from waitpid
    /// Sent by the gate itself: the warden could not be started. The value is errno.
    NoWarden,
  };
  Kind kind{};
  int32_t value = 0;
};

inline constexpr int kWardenDescriptor = 3;
/// The ends of the server's stdout and stderr from which the gate reads. The warden has copies of
/// them, so that a server which lives longer than the gate can still write its last output (the
/// warden reads and drops it).
inline constexpr int kWardenOutputs[] = {4, 5};
inline constexpr int kLastWardenDescriptor = 5;
inline constexpr uint32_t kWardenTextLimit = uint32_t{16} << 20;

}  // namespace callgate
