// A program that is run for its answer: a shell, a keyring's tool. Blocking; for working threads
// and commands.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/base/time.h"

namespace callgate {

inline constexpr size_t kProgramInput = 8192;  ///< what a pipe takes at once everywhere

struct Program {
  enum class Errors { Ours, Dropped, Kept };     ///< where its stderr goes
  std::vector<std::string> argv;                 ///< its path first
  std::optional<std::vector<std::string>> env;   ///< "NAME=value"; none: ours
  std::string input;                             ///< at most kProgramInput
  Millis limit{10'000};                          ///< then it is killed, with its group
  size_t most = 64 * 1024;                       ///< bytes of its answer
  std::function<bool(std::string_view)> enough;  ///< the answer so far is all; may be empty
  Errors errors = Errors::Ours;
  bool own_session = false;  ///< without a terminal to ask at
};

struct Ran {
  enum class End {
    Exited,   ///< `status` as waitpid gave it
    Enough,   ///< and was killed
    TooLong,  ///< and was killed
    TooLate,  ///< and was killed
  };
  End end = End::Exited;
  int status = 0;
  std::string out, err;  ///< of err the first KiB
};

/// In a process group of its own, of which nothing is left when it ends before its time. What it
/// leaves in the background, when it ends by itself, is not waited for. Errors: "program.start".
Result<Ran> run_program(const Program& program);

}  // namespace callgate
