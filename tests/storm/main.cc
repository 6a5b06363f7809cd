// Sends unusual messages in both directions, and checks how programs that read differently
// understand what the gate forwards. usage: readers_storm [--messages N] [--seed S] [--first I]
// [--sample FOLDER] [--direction servers|clients] | --honest FOLDER
#define DOCTEST_CONFIG_IMPLEMENT
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "callgate/base/log.h"
#include "storm.h"

using namespace storm;

namespace {

constexpr size_t kStepsOfArena = 200;  // then a new gate replaces it
constexpr size_t kMostFaults = 10;

struct Options {
  size_t messages = 1000;
  uint64_t seed = 1;
  size_t first = 0;
  std::string sample, honest, direction;
};

/// Reads calls from files that have `{"calls":[{"tool","args","result"}]}` in each line.
std::vector<Sample> samples_in(const std::string& folder) {
  std::vector<Sample> all;
  if (folder.empty()) return all;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(file.path());
    for (std::string line; std::getline(in, line);) {
      const auto json = reference::parse(line);
      if (!json) continue;
      const auto* calls = reference::find(*json, "calls", reference::all_readings().front());
      if (!calls) continue;
      for (const reference::Json& call : calls->items) {
        const auto get = [&call](const char* key) {
          return reference::find(call, key, reference::all_readings().front());
        };
        if (get("tool") && get("args") && get("args")->is_object() && get("result") &&
            get("result")->is_text() && get("result")->text.size() < 20'000)
          all.push_back({get("tool")->text, reference::written(*get("args")),
                         reference::written(*get("result"))});
      }
    }
  }
  return all;
}

using StepFunction = decltype(step_to_server);

/// Returns how many faults there were.
size_t run(const char* direction, StepFunction* step, const Options& options,
           const std::vector<Sample>& samples) {
  std::set<std::string> tools;
  for (const Sample& sample : samples) tools.insert(sample.tool);
  const auto began = std::chrono::steady_clock::now();
  Figures figures;
  size_t faults = 0;
  std::unique_ptr<Arena> arena;
  const size_t begin = options.first - options.first % kStepsOfArena;
  for (size_t i = begin; i < options.first + options.messages && faults < kMostFaults; ++i) {
    if (i % kStepsOfArena == 0 || !arena || arena->spent)
      arena = std::make_unique<Arena>(all_eras()[i / kStepsOfArena % all_eras().size()],
                                      std::vector<std::string>(tools.begin(), tools.end()));
    Random random(options.seed * 1'000'003 + i);
    const auto fault = step(*arena, samples, random, figures);
    if (!fault) continue;
    ++faults;
    arena.reset();
    std::printf("%s, --seed %llu --first %zu: %s\n  sent: %s\n  got:  %s\n", direction,
                static_cast<unsigned long long>(options.seed), i, fault->what.c_str(),
                reference::quoted(fault->sent).c_str(), reference::quoted(fault->got).c_str());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("%s: %zu messages, %zu passed on, %zu calls, %zu refused, %zu faults, %.1f s\n",
              direction, figures.messages, figures.forwarded, figures.calls, figures.refused,
              faults, took.count());
  std::fflush(stdout);
  return faults;
}

}  // namespace

int main(int count, char** arguments) {
  // gate_world.h uses doctest's checks. Outside of a test, a failed check ends the program.
  doctest::Context context;
  context.setAsDefaultForAssertsOutOfTestCases();
  context.setAssertHandler([](const doctest::AssertData& data) {
    std::fprintf(stderr, "%s:%d: %s\n", data.m_file, data.m_line, data.m_expr);
    if (data.m_failed) std::abort();
  });
  callgate::log::set_level(callgate::log::Level::Off);
  Options options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string word = arguments[i], value = arguments[i + 1];
    if (word == "--messages") options.messages = std::stoull(value);
    if (word == "--seed") options.seed = std::stoull(value);
    if (word == "--first") options.first = std::stoull(value);
    if (word == "--sample") options.sample = value;
    if (word == "--direction") options.direction = value;
    if (word == "--honest") options.honest = value;
  }
  if (!options.honest.empty()) return run_honest(options.honest);
  const std::vector<Sample> samples = samples_in(options.sample);
  size_t faults = 0;
  if (options.direction != "clients") faults += run("to servers", step_to_server, options, samples);
  if (options.direction != "servers") faults += run("to clients", step_to_client, options, samples);
  return faults == 0 ? 0 : 1;
}
