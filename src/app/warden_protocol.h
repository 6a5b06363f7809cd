// What a gate and the warden of one child say to each other over descriptor 3. Both are the same
// binary, so numbers are in the machine's own order. When the descriptor is closed, a warden that
// is not ending its server yet kills everything below it at once; one that is keeps to its times.
#pragma once

#include <cstdint>

namespace callgate {

/// The gate's first bytes; behind them, each ended by a NUL: the working folder (empty: as it is),
/// argv, the environment. It does not travel in the warden's own argv and environment: those are
/// seen by others, and a server's LD_LIBRARY_PATH must not reach our binary.
struct WardenOrder {
  uint32_t text_size = 0;  ///< bytes behind this head
  uint32_t arguments = 0;
  uint32_t variables = 0;
  uint32_t reserved = 0;
  uint64_t open_files = 0;  ///< the soft limits that the child gets; 0: as they are
  uint64_t core_file = 0;
};

enum class WardenCommand : char {
  End = 'E',  ///< a WardenEnd follows
  Kill = 'K'
};

/// From now on: when the server's group gets SIGTERM, and when everything below the warden is
/// killed. A second one can only shorten these times.
struct WardenEnd {
  uint32_t terminate_millis = 0, kill_millis = 0;
};

struct WardenReport {
  enum class Kind : int32_t {
    Running,   ///< value: the server's pid
    NotFound,  ///< of a script whose interpreter is missing; the errors below have value = errno
    NotExecuted,
    NoFolder,
    NotForked,
    Ended,  ///< value: as waitpid gave it
  };
  Kind kind{};
  int32_t value = 0;
};

inline constexpr int kWardenDescriptor = 3;
/// Our ends of the server's stdout and stderr: held so that a server which ends after us can still
/// write its last words.
inline constexpr int kWardenOutputs[] = {4, 5};
inline constexpr int kLastWardenDescriptor = 5;
inline constexpr uint32_t kWardenTextLimit = uint32_t{16} << 20;

}  // namespace callgate
