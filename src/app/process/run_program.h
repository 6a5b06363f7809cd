// Runs a program to read its output, for example a shell or the tool of a keyring. Blocking, so not
// for the loop's thread of a gate.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/base/time.h"

namespace callgate {

inline constexpr size_t kProgramInput = 8192;  ///< a pipe has room for this on every system

struct Program {
  /// Where the program's stderr goes: to our own stderr, to /dev/null, or into Ran::err.
  enum class Errors { Ours, Dropped, Kept };
  std::vector<std::string> argv;                ///< the program's path first
  std::optional<std::vector<std::string>> env;  ///< "NAME=value"; empty: ours
  std::string cwd;                              ///< the working folder; empty: ours
  std::string input;                            ///< at most kProgramInput bytes
  Millis limit{10'000};     ///< after this time, it and its process group are killed
  size_t most = 64 * 1024;  ///< the most bytes that it may print
  /// Returns true if the output so far is all that the caller needs. May be empty.
  std::function<bool(std::string_view)> enough;
  Errors errors = Errors::Ours;
  bool own_session = false;  ///< without a terminal, so that it cannot ask for input
};

struct Ran {
  enum class End {
    Exited,   ///< it ended by itself; `status` is what waitpid returned
    Enough,   ///< `enough` returned true, and the program was killed
    TooLong,  ///< it printed more than `most` bytes and was killed
    TooLate,  ///< it took longer than `limit` and was killed
  };
  End end = End::Exited;
  int status = 0;
  std::string out, err;  ///< its stdout, and the first KiB of its stderr
};

/// Runs a program in a process group of its own. If the program is killed, its whole group is
/// killed. If it exits by itself, the function does not wait for background processes that the
/// program has started. Error: "program.start".
Result<Ran> run_program(const Program& program);

}  // namespace callgate
