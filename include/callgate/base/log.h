// The program's own log, on stderr. The one global of the program (style: logging is the
// exception).
#pragma once

#include <fmt/core.h>

#include <functional>
#include <string>

namespace callgate::log {

enum class Level { Debug, Info, Warn, Error, Off };

/// Any thread. Until it is called: Info.
void set_level(Level level);
bool enabled(Level level);
/// Any thread. Each message passes through it before it is written; empty: none does.
void set_filter(std::function<std::string(const std::string&)> filter);
/// Any thread. Control characters in the text are escaped, so that what a server says can't drive a
/// terminal.
void vwrite(Level level, fmt::string_view format, fmt::format_args args);

template <class... A>
void debug(fmt::format_string<A...> f, A&&... a) {
  if (enabled(Level::Debug)) vwrite(Level::Debug, f, fmt::make_format_args(a...));
}
template <class... A>
void info(fmt::format_string<A...> f, A&&... a) {
  vwrite(Level::Info, f, fmt::make_format_args(a...));
}
template <class... A>
void warn(fmt::format_string<A...> f, A&&... a) {
  vwrite(Level::Warn, f, fmt::make_format_args(a...));
}
template <class... A>
void error(fmt::format_string<A...> f, A&&... a) {
  vwrite(Level::Error, f, fmt::make_format_args(a...));
}

}  // namespace callgate::log
