#include <sys/stat.h>

#include "store_support.h"

using namespace store_test;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777u;
}

}  // namespace

TEST_CASE("only the owner can read a new record and its new folders") {
  const Folder folder;
  const std::string path = folder.path() + "/state/callgate/callgate.db";
  const Gate gate(path);
  CHECK(mode_of(path) == 0600);
  CHECK(mode_of(path + "-wal") == 0600);
  CHECK(mode_of(folder.path() + "/state") == 0700);
  CHECK(mode_of(folder.path() + "/state/callgate") == 0700);
  CHECK(look(path, "pragma application_id") == "1128743252");
  CHECK(look(path, "pragma user_version") == "11");
  CHECK(look(path, "pragma auto_vacuum") == "2");
  CHECK(look(path, "pragma journal_mode") == "wal");
}

TEST_CASE("a call's row is in the file before the call is reported as durable") {
  const Folder folder;
  Gate gate(folder.file());
  gate.recorder->append(session());
  gate.recorder->append(started(1));
  CHECK(gate.durable.empty());
  gate.flush();
  CHECK(gate.durable.size() == 1);
  CHECK(count(folder.file(), "event") == "1");
  CHECK(count(folder.file(), "session") == "1");
}

TEST_CASE("small calls become durable at the end of the turn, without the store's thread") {
  const Folder folder;
  Gate gate(folder.file());
  for (CallNumber call = 1; call <= 64; ++call) gate.recorder->append(started(call));
  gate.flush();
  CHECK(gate.durable.size() == 64);
  CHECK(gate.durable.front() == 1);
  CHECK(gate.recorder->lag() == 0);
}

TEST_CASE("the row of a call's end waits some milliseconds for the next commit") {
  const Folder folder;
  Gate gate(folder.file());
  gate.recorder->append(started(1));
  gate.flush();
  gate.recorder->append(finished(1));
  const Millis wait = gate.flush();
  CHECK(wait.count() > 0);
  CHECK(wait.count() <= 6);
  CHECK(gate.recorder->lag() == 1);
  SUBCASE("the next call's commit has it") {
    gate.recorder->append(started(2));
    gate.flush();
    CHECK(gate.recorder->lag() == 0);
  }
  SUBCASE("no other call comes, so it is written alone") { CHECK(gate.settle()); }
  CHECK(look(folder.file(), "select count(*) from event where id % 2 = 1") == "1");
}

TEST_CASE("with durability off, calls go on at once and there is no file") {
  const Folder folder;
  Gate gate(folder.file(), Durability::Off);
  gate.recorder->append(session());
  gate.recorder->append(started(1));
  gate.recorder->append(finished(1));
  CHECK(gate.flush().count() == 0);
  CHECK(gate.durable == std::vector<CallNumber>{1});
  CHECK(gate.recorder->run() == 0);
  gate.recorder.reset();
  CHECK_FALSE(std::filesystem::exists(folder.file()));
}

TEST_CASE("with durability lazy, calls go on at once and are written in batches") {
  const Folder folder;
  Gate gate(folder.file(), Durability::Lazy);
  gate.recorder->append(started(1));
  const Millis wait = gate.flush();
  CHECK(gate.durable.size() == 1);
  CHECK(gate.recorder->lag() == 1);
  CHECK(wait.count() > 0);
  CHECK(wait.count() <= 101);
  for (CallNumber call = 2; call <= 256; ++call) gate.recorder->append(started(call));
  CHECK(gate.settle());
  CHECK(count(folder.file(), "event") == "256");
}

TEST_CASE("with durability fsync, the store's thread commits") {
  const Folder folder;
  Gate gate(folder.file(), Durability::Fsync);
  gate.recorder->append(started(1));
  gate.flush();
  CHECK(gate.durable.empty());
  CHECK(gate.turn_until([&] { return gate.durable.size() == 1; }));
  CHECK(count(folder.file(), "event") == "1");
}

TEST_CASE("a large body delays no other call, and its own call's end is written after its start") {
  const Folder folder;
  Gate gate(folder.file());
  gate.recorder->append(started(1, "\"" + std::string(40'000, 'x') + "\""));
  gate.recorder->append(finished(1, Outcome::Cancelled, ""));
  gate.recorder->append(started(2));
  gate.flush();
  CHECK(gate.durable == std::vector<CallNumber>{2});
  CHECK(gate.turn_until([&] { return gate.durable.size() == 2; }));
  CHECK(gate.settle());
  CHECK(look(folder.file(), "select count(*) from event where (id >> 1) & 0xffffffff = 1") == "2");
}

TEST_CASE("bodies at and over the inline limit are stored completely") {
  const Folder folder;
  Gate gate(folder.file());
  const std::string at(32'768, 'a'), over(32'769, 'b');
  gate.recorder->append(started(1, at));
  gate.flush();
  CHECK(gate.durable.size() == 1);
  gate.recorder->append(started(2, over));
  gate.flush();
  CHECK(gate.durable.size() == 1);
  CHECK(gate.turn_until([&] { return gate.durable.size() == 2; }));
  CHECK(look(folder.file(), "select group_concat(length(bytes)) from payload") == "32768,32769");
}

TEST_CASE("a body over the limit is stored as its beginning, its size and its digests") {
  const Folder folder;
  RecorderOptions options;
  options.path = folder.file();
  options.body_limit = 100;
  Gate gate(options);
  gate.recorder->append(started(1, std::string(100, 'a')));
  gate.recorder->append(started(2, std::string(101, 'b')));
  gate.recorder->append(
      started(3, std::string(99, 'c') + "\xc3\xa9"));  // a character of two bytes crosses the limit
  gate.recorder->flush();
  CHECK(look(folder.file(), "select group_concat(size) from event") == "100,101,101");
  CHECK(look(folder.file(), "select group_concat(length(bytes)) from payload") == "100,100,99");
  CHECK(look(folder.file(),
             "select count(*) from event where length(digest) = 32 and length(wire) = 32") == "3");
}

TEST_CASE("secrets in names from servers and clients are masked, however often a name occurs") {
  const Folder folder;
  RecorderOptions options;
  options.path = folder.file();
  options.masker = [](std::string_view json, size_t) {
    MaskedText text{std::string(json), 0};
    for (size_t at; (at = text.text.find("hunter2")) != std::string::npos; ++text.masked)
      text.text.replace(at, 7, "[masked]");
    return text;
  };
  {
    Gate gate(options);
    gate.recorder->append(SessionOpened{.session = 1,
                                        .at = wall(),
                                        .client_name = "client hunter2",
                                        .client_version = "hunter2",
                                        .process = {},
                                        .peer = {},
                                        .token = {},
                                        .profile = {},
                                        .protocol = {},
                                        .era = "legacy"});
    gate.recorder->append(ServerSeen{.server = "a",
                                     .at = wall(),
                                     .pid = 1,
                                     .name = "server hunter2",
                                     .version = "hunter2",
                                     .protocol = "hunter2"});
    for (CallNumber call = 1; call <= 2; ++call) {
      CallStarted start = started(call, "{}");
      start.tool = "get_hunter2";
      start.exposed = "a__get_hunter2";
      start.client_id = "\"hunter2\"";
      start.because = "hunter2";
      gate.recorder->append(start);
    }
    gate.recorder->append(started(3, "{}"));
    CHECK(gate.turn_until([&] { return gate.durable.size() == 3; }));
  }
  CHECK(look(folder.file(), "select group_concat(tool || ' ' || exposed) from target") ==
        "get_[masked] a__get_[masked]," + started(3, "{}").tool + " " + started(3, "{}").exposed);
  CHECK(
      look(folder.file(), "select client_id from event where client_id like '%masked%' limit 1") ==
      "\"[masked]\"");
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    std::FILE* in = std::fopen(file.path().c_str(), "rb");
    std::string bytes(std::filesystem::file_size(file.path(), ignored), '\0');
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), in));
    std::fclose(in);
    CHECK(bytes.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("bodies, errors and URIs are masked before they are cut, digested or written") {
  const Folder folder;
  RecorderOptions options;
  options.path = folder.file();
  options.body_limit = 24;
  options.masker = [](std::string_view json, size_t) {
    MaskedText text{std::string(json), 0};
    for (size_t at; (at = text.text.find("hunter2")) != std::string::npos; ++text.masked)
      text.text.replace(at, 7, "[masked]");
    return text;
  };
  {
    Gate gate(options);
    gate.recorder->append(started(1, R"({"password":"hunter2 and a long tail"})"));
    CallStarted read = started(2, "");
    read.kind = CallKind::Resource;
    read.tool = read.exposed = "https://me:hunter2@host/a";
    gate.recorder->append(read);
    CallFinished end = finished(1, Outcome::RpcError, "");
    end.error = "login \"hunter2\" refused";
    gate.recorder->append(end);
    gate.recorder->append(started(3, "\"" + std::string(40'000, 'x') + "hunter2\""));
    CHECK(gate.turn_until([&] { return gate.durable.size() == 3; }));
  }
  CHECK(look(folder.file(), "select cast(bytes as text) from payload where id = 1") ==
        R"({"password":"[masked] an)");
  CHECK(look(folder.file(), "select error from event where error is not null") ==
        "login \"[masked]\" refused");
  CHECK(look(folder.file(), "select tool || ' ' || exposed from target where kind = 2") ==
        "https://me:[masked]@host/a https://me:[masked]@host/a");
  CHECK(look(folder.file(), "select group_concat(masked) from event where masked > 0") ==
        "1,1,1,1");
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    std::FILE* in = std::fopen(file.path().c_str(), "rb");
    std::string bytes(std::filesystem::file_size(file.path(), ignored), '\0');
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), in));
    std::fclose(in);
    CHECK(bytes.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("equal bodies are stored once") {
  const Folder folder;
  Gate gate(folder.file());
  for (CallNumber call = 1; call <= 10; ++call) {
    gate.recorder->append(started(call, "{}"));
    gate.recorder->append(finished(call, Outcome::Ok, "{}"));
    gate.flush();
  }
  CHECK(gate.settle());
  CHECK(count(folder.file(), "payload") == "1");
  CHECK(count(folder.file(), "target") == "1");
  CHECK(count(folder.file(), "ruling") == "1");
}

TEST_CASE("equal bodies have equal digests, and a wire digest depends on the record's key") {
  const Folder folder;
  {
    Gate gate(folder.file());
    gate.recorder->append(started(1, "{}"));
    gate.recorder->append(started(2, "{}"));
    Gate other(folder.file("other.db"));
    other.recorder->append(started(1, "{}"));
  }
  const char* digests = "select count(distinct digest) || count(distinct wire) from event";
  CHECK(look(folder.file(), digests) == "11");
  const char* body = "select hex(digest) from event where id % 2 = 0";
  const char* wire = "select hex(wire) from event where id % 2 = 0";
  CHECK(look(folder.file(), body) == look(folder.file("other.db"), body));
  CHECK(look(folder.file(), wire) != look(folder.file("other.db"), wire));
}

TEST_CASE("a call ends only once, and its first end counts") {
  const Folder folder;
  Gate gate(folder.file());
  gate.recorder->append(started(1));
  gate.recorder->append(finished(1, Outcome::Timeout));
  gate.recorder->append(finished(1, Outcome::Ok));
  gate.flush();
  CHECK(look(folder.file(), "select group_concat(outcome) from event where id % 2 = 1") ==
        std::to_string(static_cast<int>(Outcome::Timeout)));
}

TEST_CASE("every rare kind of event is written") {
  const Folder folder;
  Gate gate(folder.file());
  gate.recorder->append(session());
  gate.recorder->append(ServerSeen{"fs", wall(), 99, "server-filesystem", "1.0", "2025-11-25"});
  Question question;
  question.session = 1;
  question.at = wall();
  question.server = "fs";
  question.method = "sampling/createMessage";
  question.permission = Permission::Deny;
  question.rule = "deny[0]";
  question.params = body("{}");
  gate.recorder->append(question);
  gate.recorder->append(SessionClosed{1, wall(), "end of input"});
  CHECK(gate.settle());
  for (const char* table : {"session", "server", "question", "session_end"}) {
    CHECK(count(folder.file(), table) == "1");
  }
}

TEST_CASE("events that callbacks append are written in the same turn") {
  const Folder folder;
  Gate gate(folder.file());
  std::vector<CallNumber> all;
  for (CallNumber call = 1; call <= 5; ++call) {
    gate.recorder->append(started(call));
    gate.flush();
    all.push_back(call);
    CHECK(gate.durable == all);
  }
}

TEST_CASE("the recorder's end writes pending events and closes the run") {
  const Folder folder;
  for (const auto durability : {Durability::Before, Durability::Lazy, Durability::Fsync}) {
    Gate gate(folder.file(), durability);
    gate.recorder->append(started(1));
    gate.recorder->append(started(2, "\"" + std::string(100'000, 'x') + "\""));
    gate.recorder->append(finished(1));
    const uint32_t run = gate.recorder->run();
    gate.recorder.reset();
    const std::string where = " where id >> 33 = " + std::to_string(run);
    CHECK(look(folder.file(), "select count(*) from event" + where) == "3");
    CHECK(look(folder.file(), "select how from run where id = " + std::to_string(run)) == "clean");
  }
  CHECK_FALSE(std::filesystem::exists(folder.file() + "-wal"));
}
