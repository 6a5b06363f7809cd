// ENSURE checks what only a bug can make false. It stays on in release builds.
#pragma once

namespace callgate {
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;
}

#define ENSURE(condition) \
  ((condition) ? static_cast<void>(0) : ::callgate::check_failed(#condition, __FILE__, __LINE__))
