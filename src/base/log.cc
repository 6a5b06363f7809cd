#include "callgate/base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <iterator>
#include <string>

namespace callgate::log {

namespace {

std::atomic<Level> g_level{Level::Info};

spdlog::logger& logger() {
  // Leaked on purpose: other threads may log while the program ends.
  static auto* const made = [] {
    auto* l =
        new spdlog::logger("callgate", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    l->set_level(spdlog::level::trace);
    l->set_pattern("%H:%M:%S.%e callgate %^%l%$ %v");
    l->flush_on(spdlog::level::trace);
    return l;
  }();
  return *made;
}

spdlog::level::level_enum translate(Level level) {
  switch (level) {
    case Level::Debug:
      return spdlog::level::debug;
    case Level::Info:
      return spdlog::level::info;
    case Level::Warn:
      return spdlog::level::warn;
    case Level::Error:
      return spdlog::level::err;
    case Level::Off:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

void escape_controls(std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t' && c != '\n') || byte == 0x7f)
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
    else
      out += c;
  }
  text = std::move(out);
}

}  // namespace

void set_level(Level level) { g_level = level; }

bool enabled(Level level) { return level >= g_level.load(std::memory_order_relaxed); }

void vwrite(Level level, fmt::string_view format, fmt::format_args args) {
  if (!enabled(level)) return;
  std::string text = fmt::vformat(format, args);
  escape_controls(text);
  logger().log(translate(level), text);
}

}  // namespace callgate::log
