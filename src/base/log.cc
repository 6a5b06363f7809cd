#include "callgate/base/log.h"

#include <spdlog/details/os.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/base/stderr.h"
#include "repeats.h"

namespace callgate::log {

namespace {

std::atomic<Level> g_level{Level::Info};

const char* colour(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::err:
      return "\033[31m\033[1m";
    case spdlog::level::warn:
      return "\033[33m\033[1m";
    case spdlog::level::info:
      return "\033[32m";
    default:
      return "\033[36m";
  }
}

std::atomic<bool>& coloured() {
  static std::atomic<bool> value =
      spdlog::details::os::in_terminal(stderr) && spdlog::details::os::is_color_terminal();
  return value;
}

/// Passes messages to write_stderr(), because spdlog's own sinks would wait for the reader of
/// stderr.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    line_.clear();
    formatter_->format(message, line_);
    const std::string_view line(line_.data(), line_.size());
    if (!coloured() || message.color_range_end <= message.color_range_start) {
      write_stderr(line);
      return;
    }
    const std::string_view level =
        line.substr(message.color_range_start, message.color_range_end - message.color_range_start);
    write_stderr(fmt::format("{}{}{}\033[m{}", line.substr(0, message.color_range_start),
                             colour(message.level), level, line.substr(message.color_range_end)));
  }
  void flush_() override {}

 private:
  spdlog::memory_buf_t line_;
};

/// Decides whether a message repeats an earlier one and is skipped. Only gates skip messages. A
/// person waits for the messages of a command and reads all of them.
void note_repeats(Level level, std::string& text, bool& skip) {
  if (level == Level::Debug || !stderr_is_queued()) return;
  // Never destroyed, like the logger.
  static auto& mutex = *new std::mutex;
  static auto* const repeats = new Repeats;
  const std::lock_guard lock(mutex);
  const uint64_t times = repeats->count(text, std::chrono::steady_clock::now());
  skip = times == 0;
  if (times > 1) text += fmt::format(" (the {}th time)", times);
}

spdlog::logger& logger() {
  // Never destroyed, because other threads may log while the program ends.
  static auto* const made = [] {
    auto* l = new spdlog::logger("callgate", std::make_shared<StderrSink>());
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

/// A function that one thread may replace while others call it.
template <class F>
class Hook {
 public:
  void set(F function) {
    auto fresh = function ? std::make_shared<const F>(std::move(function)) : nullptr;
    const std::lock_guard lock(mutex_);
    function_ = std::move(fresh);
  }
  /// nullptr: no function is set.
  std::shared_ptr<const F> get() {
    const std::lock_guard lock(mutex_);
    return function_;
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<const F> function_;
};

// The hooks are never destroyed, like the logger.
auto& filter() {
  static auto* const hook = new Hook<std::function<std::string(const std::string&)>>;
  return *hook;
}

auto& listener() {
  static auto* const hook = new Hook<std::function<void(Level, const std::string&)>>;
  return *hook;
}

void escape_controls(std::string& text) {
  std::string out;
  for (const char c : text) {
    if (is_control(c) && c != '\t' && c != '\n')
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  text = std::move(out);
}

}  // namespace

void set_filter(std::function<std::string(const std::string&)> filter) {
  log::filter().set(std::move(filter));
}

void set_listener(std::function<void(Level, const std::string&)> listener) {
  log::listener().set(std::move(listener));
}

void set_level(Level level) { g_level = level; }

void set_color(bool color) { coloured() = color; }

bool enabled(Level level) { return level >= g_level.load(std::memory_order_relaxed); }

void vwrite(Level level, fmt::string_view format, fmt::format_args args) {
  if (!enabled(level)) return;
  std::string text = fmt::vformat(format, args);
  if (const auto change = filter().get()) text = (*change)(text);
  escape_controls(text);
  bool skip = false;
  note_repeats(level, text, skip);
  if (skip) return;
  logger().log(translate(level), text);
  if (const auto listen = listener().get()) (*listen)(level, text);
}

}  // namespace callgate::log
