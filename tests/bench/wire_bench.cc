// Measures how much time the room `wire` needs for a message: for the walk, for the lookups of
// routing, and for the edits of forwarding.
#include <benchmark/benchmark.h>

#include <string>

#include "callgate/wire/edits.h"
#include "callgate/wire/framer.h"
#include "callgate/wire/message.h"
#include "callgate/wire/rpc.h"

using namespace callgate;

namespace {

constexpr std::string_view kHead =
    R"({"jsonrpc":"2.0","id":1234,"method":"tools/call","params":{"name":"filesystem__read_text_file",)"
    R"("arguments":{"path":"/home/ada/notes/today.md","head":40},"_meta":{"progressToken":17}})";

/// Returns a tools/call of 200 bytes, or one of `size` bytes with a long argument.
std::string call_of(size_t size) {
  std::string text(kHead);
  if (size > text.size() + 12)
    text += R"(,"fill":")" + std::string(size - text.size() - 10, 'x') + "\"";
  return text + "}";
}

/// Returns a tools/list result of about `size` bytes with many small values.
std::string list_of(size_t size) {
  std::string text = R"({"jsonrpc":"2.0","id":1,"result":{"tools":[)";
  for (int i = 0; text.size() < size; ++i) {
    if (i > 0) text += ',';
    text +=
        R"({"name":"tool_)" + std::to_string(i) +
        R"(","description":"Reads\na file.","inputSchema":{"type":"object",)"
        R"("properties":{"path":{"type":"string"},"limit":{"type":"integer","default":10}},"required":["path"]}})";
  }
  return text + "]}}";
}

void walk(benchmark::State& state, const std::string& text) {
  Walker walker;
  for (auto _ : state) {
    std::string line = text;  // a copy, because the walker takes the line
    auto message = walker.walk(std::move(line));
    benchmark::DoNotOptimize(message);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}

void walk_call(benchmark::State& state) {
  walk(state, call_of(static_cast<size_t>(state.range(0))));
}
void walk_list(benchmark::State& state) {
  walk(state, list_of(static_cast<size_t>(state.range(0))));
}
BENCHMARK(walk_call)->Arg(200)->Arg(4 << 10)->Arg(64 << 10)->Arg(1 << 20);
BENCHMARK(walk_list)->Arg(4 << 10)->Arg(64 << 10)->Arg(1 << 20);

void walk_many_keys(benchmark::State& state) {
  std::string text = "{\"key\":0";
  for (int64_t i = 1; i < state.range(0); ++i) text += ",\"key" + std::to_string(i) + "\":0";
  walk(state, text + "}");
}
BENCHMARK(walk_many_keys)->Arg(8)->Arg(16)->Arg(17)->Arg(100'000);

void classify_call(benchmark::State& state) {
  Walker walker;
  const auto message = *walker.walk(call_of(200));
  for (auto _ : state) benchmark::DoNotOptimize(classify(message->root()));
}
BENCHMARK(classify_call);

/// Makes the edits of forwarding: the id, the tool's name and the progress token.
void edit_call(benchmark::State& state) {
  Walker walker;
  const auto message = *walker.walk(call_of(static_cast<size_t>(state.range(0))));
  const Value root = message->root(), params = root.find("params");
  for (auto _ : state) {
    Edits edits;
    edits.replace(root.find("id"), "77");
    edits.replace(params.find("name"), "\"read_text_file\"");
    edits.replace(params.find("_meta").find("progressToken"), "77");
    benchmark::DoNotOptimize(edits.apply(root));
  }
}
BENCHMARK(edit_call)->Arg(200)->Arg(4 << 10)->Arg(64 << 10)->Arg(1 << 20);

/// Measures the time to split one read of 64 KiB into some 320 lines of 200 bytes.
void frame(benchmark::State& state) {
  std::string stream;
  while (stream.size() < (64 << 10)) stream += call_of(200) + "\n";
  size_t lines = 0;
  Framer framer(
      1 << 20, [&lines](std::string&&) { ++lines; }, [](std::string_view) {});
  for (auto _ : state) framer.push(stream);
  benchmark::DoNotOptimize(lines);
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * stream.size()));
}
BENCHMARK(frame);

}  // namespace

BENCHMARK_MAIN();
