#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "app/reloader.h"
#include "app/session_journal.h"
#include "app/stdio_session.h"

#ifdef __linux__

namespace callgate {

namespace {

/// A client that sends and reads through gates that use its journal.
struct JournalTest {
  Descriptor memory;
  std::unique_ptr<SessionJournal> journal;
  Position position = 0;

  JournalTest() {
    auto created = SessionJournal::create();
    REQUIRE(created);
    memory = std::move(*created);
    next_gate(1);
  }

  /// The gate dies, and the next one gets the journal.
  SessionRemains next_gate(uint32_t run) {
    auto opened = SessionJournal::open(memory);
    REQUIRE(opened);
    SessionRemains remains = (*opened)->remains();
    journal = std::move(*opened);
    journal->begin(run, 99);
    journal->set_recorded_first(true);
    position = journal->handled() + remains.input.size();
    return remains;
  }

  /// The kernel copies bytes for the gate, which dies before it counts them.
  void arrive(std::string_view bytes) {
    const auto room = journal->room();
    REQUIRE(room.size() >= bytes.size());
    std::copy(bytes.begin(), bytes.end(), room.begin());
  }

  /// Like the gate: reads in pieces, and calls `handle` for each line.
  template <class Handle>
  void send(std::string_view bytes, Handle handle) {
    while (!bytes.empty()) {
      const size_t size = std::min(journal->room().size(), bytes.size());
      arrive(bytes.substr(0, size));
      journal->bytes_read(bytes.substr(0, size));
      for (std::string_view rest = bytes.substr(0, size); !rest.empty();) {
        const size_t end = rest.find('\n');
        position += std::min(end, rest.size() - 1) + 1;
        if (end == std::string_view::npos) break;
        journal->handling_line(position);
        handle();
        journal->line_handled();
        rest.remove_prefix(end + 1);
      }
      bytes.remove_prefix(size);
    }
  }
  void send(std::string_view bytes) {
    send(bytes, [] {});
  }
  void write(size_t bytes) {
    journal->writing();
    journal->written(bytes);
  }
};

}  // namespace

TEST_CASE("app: a journal has the input that no gate has handled") {
  JournalTest test;
  CHECK(test.next_gate(1).input.empty());
  SUBCASE("a part of a line") {
    test.send("{\"id\":1}\n{\"id\":");
    CHECK(test.next_gate(2).input == "{\"id\":");
    test.send("2}\n");
    CHECK(test.next_gate(3).input.empty());
  }
  SUBCASE("bytes that the gate had no time to count") {
    test.send("{\"id\":1}\n{\"i");
    test.arrive("d\":2}\n{");
    CHECK(test.next_gate(2).input == "{\"id\":2}\n{");
    // The next gate died, too, while it handled the line.
    test.journal->handling_line(test.journal->handled() + 9);
    CHECK(test.next_gate(3).input == "{\"id\":2}\n{");
  }
  SUBCASE("a part of a line, after many lines that fill the memory") {
    const std::string line(70'000, 'x');
    for (int i = 0; i < 50; ++i) {
      test.send(line.substr(0, 30'000));
      test.send(line.substr(30'000) + "\n" + "y");
      CHECK(test.next_gate(1).input == "y");
      test.send("\n");
    }
    CHECK(test.next_gate(1).lost == "");
  }
}

TEST_CASE("app: a session is lost if the journal can't have all that is needed") {
  JournalTest test;
  SUBCASE("a line that is too long") {
    test.send(std::string(500'000, 'x') + "\n");
    CHECK(test.next_gate(1).lost == "");
    test.send(std::string(3'000'000, 'x') + "\n");
    CHECK(test.next_gate(1).lost == "");
    test.send(std::string(3'000'000, 'x') + "\n" + "{\"id\":");
    const SessionRemains remains = test.next_gate(1);
    CHECK(remains.lost == "");
    CHECK(remains.input == "{\"id\":");
    test.send("1}\n", [&] { test.journal->request_opened("1", 4); });
    CHECK(test.next_gate(1).requests.at(0).line == R"({"id":1})");
    test.send(std::string(600'000, 'x'));
    test.arrive("x");
    CHECK(test.next_gate(1).lost.find("too long") != std::string::npos);
  }
  SUBCASE("a byte that is 0") {
    test.send(std::string_view("a\0b\n", 4));
    CHECK(test.next_gate(1).lost != "");
  }
  SUBCASE("an id that is too long") {
    test.send("{}\n", [&] { test.journal->request_opened(std::string(192, '1'), 1); });
    CHECK(test.next_gate(1).lost == "");
    test.send("{}\n", [&] { test.journal->request_opened(std::string(193, '1'), 1); });
    CHECK(test.next_gate(1).lost != "");
  }
  SUBCASE("more than 1024 requests") {
    for (int i = 0; i < 1024; ++i)
      test.send("{}\n", [&] { test.journal->request_opened(std::to_string(i), 0); });
    CHECK(test.next_gate(1).requests.size() == 1024);
    test.send("{}\n", [&] { test.journal->request_opened("1024", 0); });
    CHECK(test.next_gate(1).lost != "");
  }
  SUBCASE("a batch with a lasting effect") {
    test.send("[{}]\n", [&] { test.journal->message_lasts(); });
    CHECK(test.next_gate(1).lost != "");
  }
  SUBCASE("the gate had ended the session") {
    test.journal->end();
    CHECK(test.next_gate(1).lost != "");
  }
  SUBCASE("the gate died while it wrote") {
    test.journal->message_queued(10);
    test.journal->writing();
    CHECK(test.next_gate(1).lost != "");
  }
  SUBCASE("the gate died between two parts of a message") {
    test.journal->message_queued(10);
    test.journal->message_queued(10);
    test.write(10);
    CHECK(test.next_gate(1).lost == "");
    test.journal->message_queued(10);
    test.write(4);
    test.write(0);
    CHECK(test.next_gate(1).lost != "");
  }
  SUBCASE("the rest of the message was written, too") {
    test.journal->message_queued(10);
    test.write(4);
    test.write(6);
    CHECK(test.next_gate(1).lost == "");
  }
  SUBCASE("values that no gate has written") {
    auto* bytes = static_cast<uint64_t*>(
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, test.memory.get(), 0));
    REQUIRE(bytes != MAP_FAILED);
    bytes[4] = ~uint64_t{0};  // the position that was handled
    CHECK(test.next_gate(1).lost != "");
    ::munmap(bytes, 4096);
  }
}

TEST_CASE("app: a journal has the requests without an answer") {
  JournalTest test;
  const std::string first = R"({"id":1,"method":"a"})", second = R"({"id":"x","method":"b"})";
  test.send(first + "\r\n", [&] { test.journal->request_opened("1", 7); });
  test.send(second + "\n", [&] { test.journal->request_opened("\"x\"", 0); });
  const SessionRemains remains = test.next_gate(2);
  REQUIRE(remains.requests.size() == 2);
  CHECK(remains.requests[0].id == "1");
  CHECK(remains.requests[0].run == 1);
  CHECK(remains.requests[0].call == 7);
  CHECK(remains.requests[0].recorded_first);
  CHECK(remains.requests[0].line == first);
  CHECK(remains.requests[1].id == "\"x\"");
  CHECK(remains.requests[1].call == 0);
  CHECK(remains.requests[1].line == second);
  SUBCASE("gates die again and again") {
    CHECK(remains.requests[0].deaths == 1);
    CHECK(test.next_gate(3).requests[0].deaths == 2);
    CHECK(remains.requests[0].record == 99);
  }
  SUBCASE("a request that is no longer known is opened by a repeated message") {
    test.journal->request_opened("3", 3);
    CHECK(test.next_gate(3).requests.size() == 2);
  }
  SUBCASE("a request begins again") {
    test.journal->request_opened("1", 3);
    const SessionRemains later = test.next_gate(3);
    REQUIRE(later.requests.size() == 2);
    CHECK(later.requests[0].run == 2);
    CHECK(later.requests[0].call == 3);
  }
  SUBCASE("calls are no longer recorded first") {
    test.journal->set_recorded_first(false);
    CHECK_FALSE(test.next_gate(2).requests[0].recorded_first);
  }
  SUBCASE("an answer counts when it is written") {
    test.journal->answer_queued("1", 20);
    test.journal->answer_queued("\"x\"", 20);
    CHECK(test.next_gate(2).requests.size() == 2);
    test.journal->answer_queued("1", 20);
    test.journal->answer_queued("\"x\"", 20);
    test.write(20);
    const SessionRemains later = test.next_gate(2);
    REQUIRE(later.requests.size() == 1);
    CHECK(later.requests[0].id == "\"x\"");
    CHECK(later.answers == 1);
  }
  SUBCASE("a request is cancelled") {
    test.journal->request_cancelled("1");
    CHECK(test.next_gate(2).requests.size() == 1);
  }
  SUBCASE("a request is answered at once") {
    test.send("{\"id\":2}\n", [&] { test.journal->answer_queued("2", 5); });
    CHECK(test.next_gate(2).requests.size() == 3);
  }
  SUBCASE("the gate died while it handled the line") {
    test.send("{\"id\":3}");
    test.arrive("\n");
    test.journal->bytes_read("\n");
    test.journal->handling_line(test.position + 1);
    test.journal->request_opened("3", 9);
    test.journal->message_lasts();
    const SessionRemains later = test.next_gate(2);
    CHECK(later.requests.size() == 2);
    CHECK(later.lasting.empty());
    CHECK(later.input == "{\"id\":3}\n");
  }
  SUBCASE("a batch and a long line are not kept, but their requests are") {
    test.send("[{\"id\":4}]\n", [&] { test.journal->request_opened("4", 0); });
    test.send(std::string(20'000, 'x') + "\n", [&] { test.journal->request_opened("5", 0); });
    const SessionRemains later = test.next_gate(2);
    REQUIRE(later.requests.size() == 4);
    CHECK(later.requests[2].line.empty());
    CHECK(later.requests[3].line.empty());
  }
}

TEST_CASE("app: a journal has the messages with a lasting effect") {
  JournalTest test;
  test.send("\xEF\xBB\xBF{\"method\":\"initialize\"}\n", [&] { test.journal->message_lasts(); });
  test.send("{}\n{\"method\":\"b\"}\n", [&] { test.journal->message_lasts(); });
  const SessionRemains remains = test.next_gate(2);
  REQUIRE(remains.lasting.size() == 3);
  CHECK(remains.lasting[0].line == R"({"method":"initialize"})");
  CHECK(remains.lasting[2].line == R"({"method":"b"})");
  test.journal->message_lasts();  // the gate repeats a line that the journal has
  CHECK(test.next_gate(2).lasting.size() == 3);
  for (int i = 0; i < 14; ++i)
    test.send(std::string(20'000, 'x') + "\n", [&] { test.journal->message_lasts(); });
  CHECK(test.next_gate(2).lost != "");
}

TEST_CASE("app: no session goes on with servers that a person has not approved") {
  Config config;
  config.servers.push_back({.name = "a", .command = "run", .args = {"x"}});
  const uint64_t approved = starts_digest(config);
  const auto may = [&] { return may_go_on({.used = true, .starts = approved}, config).ok(); };
  CHECK(may());
  config.servers[0].hide = {"*"};
  CHECK(may());
  SUBCASE("another command") { config.servers[0].command = "run2"; }
  SUBCASE("an argument more") { config.servers[0].args.push_back("y"); }
  SUBCASE("a divided argument") { config.servers[0].args = {"", "x"}; }
  SUBCASE("a variable") { config.servers[0].env.emplace_back("PATH", "/tmp"); }
  SUBCASE("a variable of ours") { config.servers[0].env_pass.push_back("TOKEN"); }
  SUBCASE("a folder") { config.servers[0].cwd = "/tmp"; }
  SUBCASE("another server") { config.servers.push_back({.name = "b", .command = "run"}); }
  CHECK_FALSE(may());
  CHECK(may_go_on({}, config).ok());
}

TEST_CASE("app: a journal is only memory whose size nobody can change") {
  const Descriptor unsealed(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  const Descriptor file(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const auto small = SharedMemory::create(4096);
  REQUIRE(small);
  REQUIRE(::ftruncate(unsealed.get(), 32 << 20) == 0);
  for (const Descriptor* each : {&unsealed, &file, &*small}) {
    const auto opened = SessionJournal::open(*each);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == "io.memory");
  }
  CHECK(::ftruncate(small->get(), 0) != 0);
}

}  // namespace callgate

#endif
