// The program's own log, written to stderr. Its level and its filter are the same for the whole
// process.
#pragma once

#include <fmt/core.h>

#include <functional>
#include <string>

namespace callgate::log {

enum class Level { Debug, Info, Warn, Error, Off };

/// Messages below this level are not written. The level is Info until this function is called. May
/// be called from any thread.
void set_level(Level level);
bool enabled(Level level);
/// Sets whether the level of a message is coloured. Until this function is called, it is coloured
/// if stderr is a terminal. May be called from any thread.
void set_color(bool color);
/// Sets the function that may change each message before it is written, for example to mask
/// secrets. An empty function removes the filter. May be called from any thread.
void set_filter(std::function<std::string(const std::string&)> filter);
/// Sets a function that also gets each message that is written: its level, and its text after the
/// filter. It is called on the thread that writes the message, and must not write messages, wait or
/// throw. An empty function removes the listener. May be called from any thread.
void set_listener(std::function<void(Level level, const std::string& text)> listener);
/// Writes a message. Escapes control characters, so that text from a server cannot control the
/// user's terminal. May be called from any thread.
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
