#include "common.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

#include "callgate/base/stderr.h"
#include "terminal.h"

namespace callgate {

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void print_json(std::string_view json) {
  print(visible(json, Lines::Kept));
  print("\n");
}

void print_message(std::string_view text) {
  // Flush first, so that the output keeps its order if stdout and stderr are the same pipe.
  std::fflush(stdout);
  const std::string line = visible(text, Lines::Kept) + "\n";
  write_stderr(line);
}

int fail(const Error& error) {
  print_message(fmt::format("callgate: {} ({})", error.message, error.code));
  if (!error.next.empty()) print_message("  " + error.next);
  return kFailed;
}

int wrong_usage(std::string_view text) {
  print_message(fmt::format("callgate: {}", text));
  return kWrongUsage;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const auto near = nearest(word, known);
  return near ? fmt::format("; did you mean '{}'?", *near) : std::string();
}

Result<Config> config_or_errors(const Places& places) {
  LoadedConfig loaded = load_config(places.config_file, places.home);
  if (loaded.errors.empty()) return std::move(loaded.config);
  for (size_t i = 1; i < loaded.errors.size(); ++i) fail(loaded.errors[i - 1]);
  return loaded.errors.back();
}

Status known_profile(const Config& config, const std::string& profile) {
  std::vector<std::string> known;
  for (const ProfileConfig& each : config.profiles) known.push_back(each.name);
  if (profile.empty() || std::find(known.begin(), known.end(), profile) != known.end()) return {};
  std::string next = did_you_mean(profile, known);
  if (known.empty()) next = "; the configuration has no profiles";
  return Error{"profile.unknown", fmt::format("no profile '{}' is configured{}", profile, next),
               ""};
}

}  // namespace callgate
