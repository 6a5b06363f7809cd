// Measures how much time the guard adds to a call. The limits are 200,000 observed calls a second,
// and 2 µs to find the accessed data of a small call. The gate walks each message anyway, so the
// walks are not measured.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "callgate/guard/effect.h"
#include "callgate/guard/guard.h"
#include "callgate/touched/touch.h"
#include "callgate/wire/writer.h"

using namespace callgate;

namespace {

struct Prepared {
  MessagePtr args, result;
};

/// Returns a line of a log if `number` is a multiple of 8, otherwise a line of a program.
std::string line(uint32_t number) {
  const std::string n = std::to_string(number);
  if (number % 8 == 0) return "2026-07-28 10:00:01 request " + n + " answered in 12 ms\n";
  return "  const total = items.filter(visible).map(priceOf).sum(order_" + n + ");\n";
}

/// Returns 4,096 calls that read files and list folders. Three in ten fail, and one in ten is a
/// repeat.
std::vector<Prepared> prepared(size_t text_bytes) {
  Walker walker;
  std::vector<Prepared> calls;
  for (uint32_t i = 0; i < 4096; ++i) {
    const uint32_t random = i * 2654435761U >> 8;
    const std::string path =
        "/home/ada/shop/src/module" + std::to_string(random % 10 == 0 ? 7 : random) + "/file.ts";
    std::string text = "Error: ENOENT: no such file or directory, open '" + path + "'";
    if (random % 10 >= 3)
      while (text.size() < text_bytes) text += line(random + static_cast<uint32_t>(text.size()));
    calls.push_back(
        {*walker.walk(R"({"path": ")" + path + R"(", "limit": 200})"),
         *walker.walk(R"({"content": [{"type": "text", "text": )" + quote(text) + "}]}")});
  }
  return calls;
}

void observe(benchmark::State& state) {
  const std::vector<Prepared> calls = prepared(static_cast<size_t>(state.range(0)));
  Guard guard;
  uint32_t i = 0;
  Now now{std::chrono::hours(400'000), std::chrono::hours(400'000)};
  for (auto _ : state) {
    const Prepared& call = calls[i % calls.size()];
    now.monotonic += std::chrono::milliseconds(5);
    now.wall += std::chrono::milliseconds(5);
    const Effect effect = effect_of("read_file", call.args->root(), std::nullopt);
    const GuardCall made{1 + i / 4096 % 8,  "Cursor", "fs", "read_file",
                         call.args->root(), effect,   ++i,  now};
    benchmark::DoNotOptimize(guard.before(made));
    benchmark::DoNotOptimize(guard.observe(made, read_answer(call.result->root())));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(observe)->Arg(200)->Arg(1024)->Arg(8192);

void read_one(benchmark::State& state) {
  std::string text;
  while (text.size() < static_cast<size_t>(state.range(0)))
    text += line(static_cast<uint32_t>(text.size()));
  for (auto _ : state) benchmark::DoNotOptimize(read_text(text, false));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK(read_one)->Arg(200)->Arg(65536)->Arg(1 << 20);

struct Sample {
  const char *tool, *args;
};
constexpr Sample kSamples[] = {
    {"read_text_file", R"({"path": "/home/ada/shop/src/module12/file.ts", "head": 200})"},
    {"get_file_contents", R"({"owner": "ada", "repo": "shop", "path": "src/a.ts", "ref": "main"})"},
    {"edit_file",
     R"({"path": "src/a.ts", "edits": [{"oldText": "a", "newText": "b"}], "dryRun": false})"},
    {"read_query",
     R"({"sql": "SELECT u.name, o.total FROM users u JOIN orders o ON o.user = u.id"})"},
    {"fetch", R"({"url": "https://example.com/docs/index.html?page=2", "max_length": 5000})"},
    {"add", R"({"a": 1, "b": 2})"},
};

void touches(benchmark::State& state) {
  const Sample& sample = kSamples[state.range(0)];
  Walker walker;
  const MessagePtr message = *walker.walk(sample.args);
  const Effect effect = effect_of(sample.tool, message->root(), std::nullopt);
  for (auto _ : state)
    benchmark::DoNotOptimize(
        touches_of({sample.tool, message->root(), effect, {"/home/ada/shop", "/home/ada"}, {}}));
  state.SetLabel(sample.tool);
}
BENCHMARK(touches)->DenseRange(0, std::size(kSamples) - 1);

void touches_of_text(benchmark::State& state) {
  const std::string text(static_cast<size_t>(state.range(0)), 'x');
  Walker walker;
  const MessagePtr message =
      *walker.walk(R"({"content": [{"type": "text", "text": ")" + text + "\"}]}");
  for (auto _ : state)
    benchmark::DoNotOptimize(touches_of_result(message->root(), Effect::Read, {}, {}));
}
BENCHMARK(touches_of_text)->Arg(200)->Arg(1 << 20);

}  // namespace

BENCHMARK_MAIN();
