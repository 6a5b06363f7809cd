// Measures how much time a decision adds to a call, and how much time masking adds to the record.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "callgate/policy/policy.h"
#include "callgate/protect/masker.h"

using namespace callgate;

namespace {

MessagePtr walked(const std::string& json) {
  Walker walker;
  return *walker.walk(json);
}

/// Returns 40 rules, 5 with paths and 5 with regular expressions. A few of them name fs__read.
Policy forty_rules(const std::vector<std::string>& protected_folders) {
  std::string deny, ask, allow;
  const auto add = [](std::string& list, const std::string& rule) {
    list += (list.empty() ? "" : ",") + rule;
  };
  for (int i = 0; i < 10; ++i) add(deny, "\"github__delete_" + std::to_string(i) + "\"");
  for (int i = 0; i < 10; ++i) add(ask, "\"github__create_" + std::to_string(i) + "_*\"");
  for (int i = 0; i < 10; ++i) add(allow, "\"*__list_" + std::to_string(i) + "*\"");
  for (const char* tool : {"fs__write", "fs__move", "fs__edit", "github__push", "fs__remove"})
    add(deny, std::string(R"({"tool": ")") + tool +
                  R"(", "args": {"path": {"outside": ["/home/me/projects"]}}})");
  for (const char* tool :
       {"fs__read", "fs__search", "github__query", "github__run", "github__exec"})
    add(deny, std::string(R"({"tool": ")") + tool +
                  R"(", "args": {"query": {"regex": ".*(secret|token)[0-9]+.*"}}})");
  const LoadedConfig loaded = parse_config(
      R"({"mcpServers": {"fs": {"command": "x"}, "github": {"command": "x"}}, "policy": {"deny": [)" +
          deny + R"(], "ask": [)" + ask + R"(], "allow": [)" + allow + "]}}",
      "config.json", "/home/me");
  return std::move(*Policy::compile(loaded.config.policy, protected_folders, "/home/me"));
}

const std::vector<std::string> kOwn = {"/home/me/.config/callgate",
                                       "/home/me/.local/state/callgate"};

void decide(benchmark::State& state, const char* args) {
  const Policy policy = forty_rules(kOwn);
  const MessagePtr message = walked(args);
  const Facts facts{.server = "fs", .name = "read", .args = message->root(), .client = "client"};
  CallPaths paths;
  policy.collect(facts, paths);
  paths.set_real(RealPaths(paths.needs().size(), "/home/me/projects/x"));
  for (auto _ : state) benchmark::DoNotOptimize(policy.decide(facts, paths));
}
void collect(benchmark::State& state, const char* args) {
  const Policy policy = forty_rules(kOwn);
  const MessagePtr message = walked(args);
  const Facts facts{.server = "fs", .name = "read", .args = message->root(), .client = "client"};
  for (auto _ : state) {
    CallPaths paths;
    policy.collect(facts, paths);
    benchmark::DoNotOptimize(paths.needs().size());
  }
}

void try_decide(benchmark::State& state, const char* args) {
  const Policy policy = forty_rules(kOwn);
  const MessagePtr message = walked(args);
  const Facts facts{.server = "fs", .name = "read", .args = message->root(), .client = "client"};
  for (auto _ : state) {
    CallPaths paths;
    benchmark::DoNotOptimize(policy.try_decide(facts, paths));
  }
}

constexpr const char* kPlain =
    R"({"owner": "ada", "limit": 20, "state": "open", "labels": ["bug", "later"]})";
constexpr const char* kExpression = R"({"query": "all the notes of last week", "limit": 20})";
constexpr const char* kPath = R"({"path": "/home/me/projects/x", "head": 40})";
BENCHMARK_CAPTURE(decide, plain, kPlain);
BENCHMARK_CAPTURE(decide, expression, kExpression);
BENCHMARK_CAPTURE(decide, path, kPath);
BENCHMARK_CAPTURE(try_decide, plain, kPlain);
BENCHMARK_CAPTURE(try_decide, expression, kExpression);
BENCHMARK_CAPTURE(collect, plain, kPlain);
BENCHMARK_CAPTURE(collect, path, kPath);

SecretMasker with_100_secrets() {
  std::vector<NamedSecret> secrets;
  uint32_t random = 1;
  for (int i = 0; i < 100; ++i) {
    std::string value;
    for (int k = 0; k < 24; ++k) {
      random = random * 1664525 + 1013904223;
      value += static_cast<char>('a' + (random >> 16) % 26);
    }
    secrets.push_back({"S" + std::to_string(i), value});
  }
  return SecretMasker(secrets);
}

/// Returns a typical result of a server: prose, code with escapes, and small members.
std::string result_of(size_t size) {
  std::string text = R"({"content":[)";
  for (int i = 0; text.size() + 200 < size; ++i)
    text += std::string(i ? "," : "") +
            R"({"type":"text","text":"The quick brown fox reads https://example.org/docs/)" +
            std::to_string(i) + R"( and writes:\n  int main() { return run(\"task-list\"); }\n"})";
  return text + R"(],"isError":false})";
}

void mask(benchmark::State& state) {
  const SecretMasker masker = with_100_secrets();
  const std::string json = result_of(static_cast<size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(masker.mask_json(json, SIZE_MAX));
  state.SetBytesProcessed(static_cast<int64_t>(json.size()) *
                          static_cast<int64_t>(state.iterations()));
}
void mask_long_string(benchmark::State& state) {
  const SecretMasker masker = with_100_secrets();
  std::string json = "\"";
  while (json.size() < static_cast<size_t>(state.range(0)))
    json += "The quick brown fox jumps over the lazy dog. ";
  json += "\"";
  for (auto _ : state) benchmark::DoNotOptimize(masker.mask_json(json, SIZE_MAX));
  state.SetBytesProcessed(static_cast<int64_t>(json.size()) *
                          static_cast<int64_t>(state.iterations()));
}
BENCHMARK(mask)->Arg(100)->Arg(10 << 10)->Arg(1 << 20);
BENCHMARK(mask_long_string)->Arg(1 << 20);

}  // namespace

BENCHMARK_MAIN();
