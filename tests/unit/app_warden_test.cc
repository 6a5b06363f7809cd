#include <algorithm>
#include <cstring>

#include "app/process/descendants.h"
#include "app_support.h"

using namespace callgate;

namespace {

/// A gate in its own process, and the pids of all processes below its wardens.
struct DoomedGate {
  DoomedGate(Loop& loop, int children) {
    const auto pipe = piped();
    auto started = Process::spawn(loop,
                                  {.file = this_program(),
                                   .args = {"gate", "--gate", std::to_string(children)},
                                   .env = {"PATH=/usr/bin:/bin"},
                                   .cwd = "",
                                   .fds = {-1, pipe.write, 2}},
                                  [this](int) { ended = true; });
    ::close(pipe.write);
    REQUIRE(started.ok());
    process = std::move(*started);
    out = opened(loop, pipe.read);
    out->read([this](std::string_view bytes) { text += bytes; }, [](Status) {});
    const auto expected = static_cast<std::ptrdiff_t>(children) * 3;
    REQUIRE(wait_for(
        loop, [this, expected] { return std::count(text.begin(), text.end(), '\n') >= expected; }));
    for (const char* at = text.c_str(); *at != '\0';) {
      char* end = nullptr;
      pids.push_back(static_cast<int>(std::strtol(at, &end, 10)));
      at = end + 1;
    }
  }

  std::unique_ptr<Process> process;
  std::unique_ptr<Stream> out;
  std::string text;
  std::vector<int> pids;
  bool ended = false;
};

bool none_alive(const std::vector<int>& pids) {
  return std::none_of(pids.begin(), pids.end(), [](int pid) { return alive(pid); });
}

}  // namespace

TEST_CASE("a gate that is killed leaves no process, fifty times out of fifty") {
  Loop loop;
  for (int round = 0; round < 50; ++round) {
    DoomedGate gate(loop, 2);
    REQUIRE(gate.pids.size() == 6);
    ::kill(gate.process->pid(), SIGKILL);
    REQUIRE(wait_for(loop, [&gate] { return none_alive(gate.pids); }));
  }
}

TEST_CASE(
    "processes of a dead run are found by the exact run id, and processes of other runs are "
    "spared") {
  Loop loop;
  auto options = fake("family");
  options.run_id = "dead-run-" + std::to_string(::getpid());
  Watched family(loop, options);
  Watched other(loop, fake("stubborn"));
  REQUIRE(family.wait_lines(3));
  REQUIRE(other.wait_lines(1));
  CHECK(sweep_leftovers({}) == 0);
  CHECK(sweep_leftovers({"dead-run", options.run_id + "0"}) == 0);
  CHECK(sweep_leftovers({"none", options.run_id}) >= 3);
  std::vector<int> pids;
  for (const auto& line : family.lines) pids.push_back(std::atoi(line.c_str()));
  CHECK(wait_for(loop, [&pids] { return none_alive(pids); }));
  CHECK(alive(other.running));
  CHECK(wait_for(loop, [&options] { return sweep_leftovers({options.run_id}) == 0; }));
}

TEST_CASE("a warden that gets no valid order ends by itself") {
  Loop loop;
  auto pair = make_socket_pair();
  REQUIRE(pair.ok());
  int status = -1;
  auto warden = Process::spawn(loop,
                               {.file = this_program(),
                                .args = {"x", kWardenArgument},
                                .env = {},
                                .cwd = "",
                                .fds = {-1, -1, 2, pair->theirs}},
                               [&status](int code) { status = code; });
  REQUIRE(warden.ok());
  ::close(pair->theirs);
  SUBCASE("the gate is gone") {}
  SUBCASE("it gets half an order") { REQUIRE(::write(pair->ours, "xxx", 3) == 3); }
  SUBCASE("it gets nonsense") {
    REQUIRE(::write(pair->ours, std::string(64, '\xff').data(), 64) == 64);
  }
  ::close(pair->ours);
  CHECK(wait_for(loop, [&status] { return status >= 0; }));
  CHECK(status == 0);
}
