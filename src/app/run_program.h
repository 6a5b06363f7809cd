// Runs a program for its answer, for example a shell or the tool of a keyring. Blocking; for
// working threads and commands.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/base/time.h"

namespace callgate {

inline constexpr size_t kProgramInput = 8192;  ///< what a pipe takes at once on every system

struct Program {
  enum class Errors { Ours, Dropped, Kept };    ///< where its stderr goes
  std::vector<std::string> argv;                ///< the program's path first
  std::optional<std::vector<std::string>> env;  ///< "NAME=value"; empty: ours
  std::string input;                            ///< at most kProgramInput bytes
  Millis limit{10'000};                         ///< after this it is killed, with its group
  size_t most = 64 * 1024;                      ///< bytes of its answer
  /// True if the answer so far is complete; may be empty.
  std::function<bool(std::string_view)> enough;
  Errors errors = Errors::Ours;
  bool own_session = false;  ///< run it without a terminal to ask at
};

struct Ran {
  enum class End {
    Exited,   ///< `status` as waitpid gave it
    Enough,   ///< the answer was complete, and the program was killed
    TooLong,  ///< the answer was longer than `most`, and the program was killed
    TooLate,  ///< the limit was over, and the program was killed
  };
  End end = End::Exited;
  int status = 0;
  std::string out, err;  ///< of err only the first KiB
};

/// Runs a program in a process group of its own, which is killed as a whole if the program is
/// stopped early. Processes that the program leaves in the background when it exits by itself are
/// not waited for. Error: "program.start".
Result<Ran> run_program(const Program& program);

}  // namespace callgate
