// Measures how much time the record needs for a call: with one in flight, and with many in one turn
// of the loop.
#include <benchmark/benchmark.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "callgate/store/history.h"
#include "callgate/store/identity.h"
#include "callgate/store/recorder.h"

namespace {

using namespace callgate;
using Clock = std::chrono::steady_clock;

Micros wall() {
  return std::chrono::duration_cast<Micros>(std::chrono::system_clock::now().time_since_epoch());
}

struct Bench {
  Bench() {
    char name[] = "/tmp/callgate-bench-XXXXXX";
    if (::mkdtemp(name) == nullptr) std::abort();
    folder = name;
    RunInfo run;
    run.pid = ::getpid();
    const auto identity = process_identity(run.pid);
    run.pid_start = identity.first;
    run.boot_id = identity.second;
    run.uuid = "bench";
    RecorderOptions options;
    options.path = folder + "/callgate.db";
    auto opened =
        Recorder::open(std::move(options), run, wall(), [this](std::function<void()> task) {
          const std::lock_guard lock(mutex);
          tasks.push_back(std::move(task));
          changed.notify_all();
        });
    if (!opened) std::abort();
    recorder = std::move(*opened);
  }
  ~Bench() {
    recorder.reset();
    std::filesystem::remove_all(folder);
  }
  void start(CallNumber call, size_t size) {
    const auto owner = bytes(size, call);
    CallStarted e;
    e.call = call;
    e.session = 1;
    e.at = wall();
    e.server = "filesystem";
    e.tool = "read_file";
    e.exposed = "filesystem__read_file";
    e.era = "legacy";
    e.client_id = std::to_string(call);
    e.args = {owner, *owner};
    e.wire = *owner;
    recorder->append(std::move(e));
  }
  void end(CallNumber call, size_t size) {
    const auto owner = bytes(size, call + (1u << 31));
    CallFinished e;
    e.call = call;
    e.at = wall();
    e.outcome = Outcome::Ok;
    e.duration = std::chrono::microseconds(900);
    e.result = {owner, *owner};
    e.wire = *owner;
    recorder->append(std::move(e));
  }
  // Returns a payload that differs for each seed, because the record stores equal payloads once.
  static std::shared_ptr<const std::string> bytes(size_t size, uint32_t seed) {
    std::string text = "{\"n\":" + std::to_string(seed) + ",\"x\":\"";
    text.resize(size - 2, 'x');
    return std::make_shared<const std::string>(text + "\"}");
  }
  void flush() { durable += recorder->flush().recorded.size(); }
  void until(uint64_t calls) {
    while (flush(), durable < calls) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [this] { return !tasks.empty(); });
      auto task = std::move(tasks.front());
      tasks.pop_front();
      lock.unlock();
      task();
    }
  }

  std::string folder;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> tasks;
  uint64_t durable = 0;
  std::unique_ptr<Recorder> recorder;
};

void OneInFlight(benchmark::State& state) {
  Bench bench;
  const auto size = static_cast<size_t>(state.range(0));
  CallNumber call = 0;
  std::vector<double> times;
  for (auto _ : state) {
    ++call;
    const auto begin = Clock::now();
    bench.start(call, size);
    bench.until(call);
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
    bench.end(call, size);
    bench.flush();
  }
  std::sort(times.begin(), times.end());
  state.counters["p50_us"] = times[times.size() / 2];
  state.counters["p99_us"] = times[times.size() * 99 / 100];
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(OneInFlight)->Arg(100)->Arg(850)->Arg(8192)->UseRealTime();

void Batch(benchmark::State& state) {
  Bench bench;
  constexpr CallNumber kBatch = 64;
  const auto size = static_cast<size_t>(state.range(0));
  CallNumber call = 0;
  for (auto _ : state) {
    for (CallNumber i = 0; i < kBatch; ++i) bench.start(++call, size);
    bench.until(call);
    for (CallNumber i = 0; i < kBatch; ++i) bench.end(call - i, size);
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(Batch)->Arg(100)->Arg(850)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
