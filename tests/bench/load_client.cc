// bench_load: an MCP client that makes the next call as soon as an answer arrives, and measures the
// times.
//
//   bench_load [OPTION VALUE]... -- COMMAND [ARGUMENT...]
//     --tool NAME                            repeatable: the calls use the tools in turn
//     --phase BYTES,AT_ONCE,SECONDS[,CALLS]  repeatable: ends after the time and the calls
//     --idle SECONDS                         at the end, measures the idle processes
//     --watch FILE                           prints the largest size of FILE in each phase
//     --leave-out NAME                       does not count processes of this name
//     --http FILE                            uses Streamable HTTP at the URL that the command
//                                            prints, with the token in FILE (-: without a token)
//     --streams N                            at the end, opens N idle HTTP+SSE clients
//
// Prints one JSON object in each line: one of the kind "start", one "phase" for each phase, one
// "idle" and one "streams". Exits with 1 if an answer does not contain the text of its own request.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "http_connection.h"
#include "http_streams.h"
#include "load.h"
#include "processes.h"
#include "subprocess.h"

namespace {

using bench::Clock;
using bench::die;

struct Options {
  std::vector<std::string> tools;
  std::vector<bench::Phase> phases;
  double idle = 0;
  std::string watch, http;
  size_t streams = 0;
  std::set<std::string> leave_out;
  char** command = nullptr;
};

bench::Phase parse_phase(const std::string& text) {
  bench::Phase phase;
  unsigned long long calls = 0;
  const int read = sscanf(text.c_str(), "%zu,%zu,%lf,%llu", &phase.bytes, &phase.at_once,
                          &phase.seconds, &calls);
  if (read < 3 || phase.bytes <= 2 * bench::kStampSize || phase.at_once < 1 ||
      phase.at_once > bench::kSlots)
    die("bad phase " + text);
  phase.calls = calls;
  return phase;
}

Options parse(int argc, char** argv) {
  Options options;
  int i = 1;
  for (; i + 1 < argc && strcmp(argv[i], "--") != 0; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    if (name == "--tool")
      options.tools.push_back(value);
    else if (name == "--phase")
      options.phases.push_back(parse_phase(value));
    else if (name == "--idle")
      options.idle = atof(value.c_str());
    else if (name == "--watch")
      options.watch = value;
    else if (name == "--http")
      options.http = value;
    else if (name == "--streams")
      options.streams = strtoul(value.c_str(), nullptr, 10);
    else if (name == "--leave-out")
      options.leave_out.insert(value);
    else
      die("unknown option " + name);
  }
  if (i + 1 >= argc) die("no command");
  if (options.tools.empty()) options.tools.push_back("echo");
  options.command = argv + i + 1;
  return options;
}

double since(Clock::time_point begun) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
}

// Initializes and lists tools until every tool is in the list. Returns the milliseconds until the
// first answer.
double shake_hands(bench::Connection& connection, const std::vector<std::string>& tools,
                   Clock::time_point begun) {
  connection.ask("0", R"("method":"initialize","params":{"protocolVersion":"2025-06-18",)"
                      R"("capabilities":{},"clientInfo":{"name":"bench_load","version":"1"}})");
  const double initialized = since(begun);
  connection.tell(R"("method":"notifications/initialized")");
  for (;;) {
    const std::string list = connection.ask("1", R"("method":"tools/list","params":{})");
    size_t named = 0;
    for (const std::string& tool : tools) named += list.find('"' + tool + '"') != std::string::npos;
    if (named == tools.size()) return initialized;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void report_phase(const bench::Phase& phase, const bench::Load::Outcome& outcome,
                  const bench::TreeUsage& before, const bench::TreeUsage& after) {
  const auto us = [&](double q) {
    return static_cast<double>(outcome.latencies.quantile(q)) / 1000;
  };
  const auto calls = static_cast<double>(outcome.latencies.size());
  const auto cpu = static_cast<double>(after.root.cpu_ns + after.others.cpu_ns -
                                       before.root.cpu_ns - before.others.cpu_ns);
  printf(
      "{\"kind\":\"phase\",\"bytes\":%zu,\"at_once\":%zu,\"calls\":%.0f,\"seconds\":%.3f,"
      "\"per_s\":%.1f,\"p50_us\":%.2f,\"p90_us\":%.2f,\"p99_us\":%.2f,\"p999_us\":%.2f,"
      "\"max_us\":%.1f,\"cpu_us\":%.3f,\"rss_kib\":%lld,\"watched_bytes\":%lld}\n",
      phase.bytes, phase.at_once, calls, outcome.seconds, calls / outcome.seconds, us(.5), us(.9),
      us(.99), us(.999), static_cast<double>(outcome.latencies.longest()) / 1000,
      cpu / calls / 1000, static_cast<long long>(after.root.rss_kib),
      static_cast<long long>(outcome.watched));
  fflush(stdout);
}

void report_idle(double seconds, pid_t pid, const std::set<std::string>& leave_out) {
  // The work after the last calls, such as filling the history's columns, must not count as idle.
  std::this_thread::sleep_for(std::chrono::seconds(3));
  const bench::TreeUsage before = bench::usage_of(pid, leave_out);
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  const bench::TreeUsage after = bench::usage_of(pid, leave_out);
  const auto rate = [&](const bench::Usage& from, const bench::Usage& to) {
    return static_cast<double>(to.wake_ups - from.wake_ups) / seconds;
  };
  printf(
      "{\"kind\":\"idle\",\"rss_kib\":%lld,\"pss_kib\":%lld,\"wake_ups_per_s\":%.2f,"
      "\"other_processes\":%d,\"others_rss_kib\":%lld,\"others_pss_kib\":%lld,"
      "\"others_wake_ups_per_s\":%.2f}\n",
      static_cast<long long>(after.root.rss_kib), static_cast<long long>(after.root.pss_kib),
      rate(before.root, after.root), after.other_processes,
      static_cast<long long>(after.others.rss_kib), static_cast<long long>(after.others.pss_kib),
      rate(before.others, after.others));
  fflush(stdout);
}

void report_streams(const Options& options, const bench::Address& address, pid_t pid) {
  const std::vector<int> streams = bench::open_streams(address, options.streams);
  // After this time, the memory that was needed to open the streams is free again.
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const bench::Usage usage = bench::usage_of(pid, options.leave_out).root;
  printf("{\"kind\":\"streams\",\"streams\":%zu,\"rss_kib\":%lld,\"pss_kib\":%lld}\n",
         streams.size(), static_cast<long long>(usage.rss_kib),
         static_cast<long long>(usage.pss_kib));
  fflush(stdout);
  for (const int stream : streams) close(stream);
}

// The command of --http, which does not end when its input is closed.
pid_t served = 0;

void end_served() {
  if (served > 0) kill(served, SIGTERM);
}

void give_up(int) {
  constexpr char kWhy[] = "bench_load: an answer did not come\n";
  (void)!write(STDERR_FILENO, kWhy, sizeof kWhy - 1);
  end_served();
  _exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  signal(SIGALRM, give_up);
  alarm(bench::kPatience);
  const Clock::time_point begun = Clock::now();
  const bench::Subprocess child = bench::start(options.command);
  bench::Address address;
  std::unique_ptr<bench::Connection> made;
  if (options.http.empty()) {
    made = std::make_unique<bench::PipeConnection>(child);
  } else {
    served = child.pid;
    atexit(end_served);
    address = bench::address_of(child, options.http);
    made = std::make_unique<bench::HttpConnection>(address);
  }
  bench::Connection& connection = *made;
  const double initialized = shake_hands(connection, options.tools, begun);
  printf("{\"kind\":\"start\",\"initialize_ms\":%.2f,\"ready_ms\":%.2f}\n", initialized,
         since(begun));
  fflush(stdout);

  bench::Load load(connection, options.tools, options.watch);
  if (!options.phases.empty()) load.run({.bytes = 100, .at_once = 1, .seconds = 0.1, .calls = 200});
  for (const bench::Phase& phase : options.phases) {
    const bench::TreeUsage before = bench::usage_of(child.pid, options.leave_out);
    const bench::Load::Outcome outcome = load.run(phase);
    report_phase(phase, outcome, before, bench::usage_of(child.pid, options.leave_out));
  }
  if (options.idle > 0) report_idle(options.idle, child.pid, options.leave_out);
  if (options.streams > 0) report_streams(options, address, child.pid);
  close(child.in);
  if (options.http.empty()) return bench::exit_status(child.pid);
  end_served();
  const int status = bench::exit_status(std::exchange(served, 0));
  // bench_http_relay can only be ended by a signal.
  return status == 128 + SIGTERM ? 0 : status;
}
