// The control socket: a request is one line, the answer is one line, and both have a limit.
#include <sys/stat.h>

#include "app/control.h"
#include "app_support.h"
#include "callgate/app/ancestors.h"
#include "callgate/app/control_client.h"

using namespace callgate;

namespace {

struct Echo final : ControlTarget {
  Loop& loop;
  size_t asks = 0;
  explicit Echo(Loop& l) : loop(l) {}
  void asked(const std::string& ask, const MessagePtr& request, int64_t, Answer answer) override {
    ++asks;
    if (ask == "later") return loop.post([answer] { answer(std::string("\"late\"")); });
    if (ask == "fail") return answer(Error{"test.no", "it can't be", "do otherwise"});
    if (ask == "large") {
      const auto size = static_cast<size_t>(request->root().find("size").integer().value_or(0));
      return answer("\"" + std::string(size, 'x') + "\"");
    }
    answer("\"" + ask + "\"");
  }
};

/// A gate process in one thread. It sends requests step by step, so that the loop can run
/// meanwhile.
struct ControlWorld {
  Folder folder;
  Loop loop;
  Echo echo{loop};
  std::unique_ptr<ControlServer> server;
  explicit ControlWorld(const std::string& name = "/run/a.sock") {
    auto opened = ControlServer::open(loop, folder.path + name, UnixListener::Name::Own, echo);
    REQUIRE(opened.ok());
    server = std::move(*opened);
  }
  std::string path() const { return folder.path + "/run/a.sock"; }
  std::string ask(const std::string& bytes) {
    const Result<int> fd = connect_unix(path());
    REQUIRE(fd.ok());
    auto stream = opened(loop, *fd);
    std::string got;
    stream->write(bytes);
    stream->read([&](std::string_view part) { got.append(part); },
                 [&](const Status&) { loop.stop(); });
    run_until_stopped(loop);
    return got;
  }
};

}  // namespace

TEST_CASE("a request of one line gets an answer of one line") {
  ControlWorld world;
  CHECK(world.ask("{\"ask\":\"status\"}\n") == "{\"ok\":\"status\"}\n");
  CHECK(world.ask("{\"ask\":\"later\"}\n") == "{\"ok\":\"late\"}\n");
  CHECK(world.ask("{\"ask\":\"fail\"}\n") ==
        R"({"error":{"code":"test.no","message":"it can't be","next":"do otherwise"}})"
        "\n");
  CHECK(world.ask("{\"ask\":\"a\"}\n{\"ask\":\"b\"}\n") == "{\"ok\":\"a\"}\n");
  CHECK(world.echo.asks == 4);
}

TEST_CASE("a malformed request is answered with an error") {
  ControlWorld world;
  for (const char* bad :
       {"nope\n", "[]\n", "{}\n", "{\"ask\":1}\n", "{\"ask\":\"a\",\"ask\":\"b\"}\n"})
    CHECK(world.ask(bad).find("control.malformed") != std::string::npos);
  CHECK(world.echo.asks == 0);
}

TEST_CASE("a request has at most 64 KiB and an answer at most 16 MiB") {
  ControlWorld world;
  const auto request = [](size_t size) {
    std::string line = R"({"ask":"a","pad":")";
    return line + std::string(size - line.size() - 2, 'x') + "\"}\n";
  };
  CHECK(world.ask(request(kLongestRequest)) == "{\"ok\":\"a\"}\n");
  CHECK(world.ask(request(kLongestRequest + 1)).find("control.too_long") != std::string::npos);
  const auto answer_of = [&](size_t size) {
    return world.ask(R"({"ask":"large","size":)" + std::to_string(size) + "}\n");
  };
  const size_t frame = std::string_view("{\"ok\":\"\"}\n").size();
  CHECK(answer_of(kLongestAnswer - frame).size() == kLongestAnswer);
  CHECK(answer_of(kLongestAnswer - frame + 1).find("control.too_large") != std::string::npos);
}

TEST_CASE("sockets of dead processes are removed, and gates that do not answer are reported") {
  const Folder folder;
  REQUIRE(ask_gates(folder.path, Asked::All, "{}", Millis{1000}).empty());
  REQUIRE(::mkdir((folder.path + "/run").c_str(), 0700) == 0);
  std::ofstream(folder.path + "/run/dead.sock") << "";
  Loop loop;
  Echo echo(loop);
  auto silent =
      ControlServer::open(loop, folder.path + "/run/b.sock", UnixListener::Name::Own, echo);
  REQUIRE(silent.ok());
  // The loop of this gate does not run, so the gate behaves as if it hung.
  const auto answers = ask_gates(folder.path, Asked::All, R"({"ask":"x"})", Millis{50});
  REQUIRE(answers.size() == 1);
  REQUIRE_FALSE(answers[0].answer.ok());
  CHECK(answers[0].answer.error().code == "control.no_answer");
  CHECK_FALSE(std::filesystem::exists(folder.path + "/run/dead.sock"));
  CHECK(ask_gates(folder.path, Asked::GateProcess, R"({"ask":"x"})", Millis{50}).empty());
}

TEST_CASE("the ancestors of a process include its parent, but not the process itself") {
  const std::vector<int64_t> above = processes_above();
  CHECK(std::find(above.begin(), above.end(), ::getppid()) != above.end());
  CHECK(std::find(above.begin(), above.end(), ::getpid()) == above.end());
}
