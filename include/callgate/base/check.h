// ENSURE(condition) ends the process if the condition is false, which only a bug in callgate can
// cause. Release builds check it, too.
#pragma once

namespace callgate {
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;
}

#define ENSURE(condition) \
  ((condition) ? static_cast<void>(0) : ::callgate::check_failed(#condition, __FILE__, __LINE__))
