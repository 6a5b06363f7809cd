// The program's own log, written to stderr. It is the program's only global state.
#pragma once

#include <fmt/core.h>

#include <functional>
#include <string>

namespace callgate::log {

enum class Level { Debug, Info, Warn, Error, Off };

/// Any thread. The level is Info until this is called.
void set_level(Level level);
bool enabled(Level level);
/// Any thread. `filter` may change each message before it is written. An empty function removes the
/// filter.
void set_filter(std::function<std::string(const std::string&)> filter);
/// Any thread. Escapes control characters, so that text from a server can't drive a terminal.
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
