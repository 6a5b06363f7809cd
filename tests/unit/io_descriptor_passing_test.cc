// Descriptors that one process passes to another over a socket.
#include <sys/socket.h>

#include "callgate/io/descriptor_passing.h"
#include "io_support.h"

using namespace callgate;

namespace {

struct Sockets {
  Descriptor ours, theirs;
  Sockets() {
    auto pair = make_socket_pair();
    REQUIRE(pair.ok());
    ours = Descriptor(pair->ours);
    theirs = Descriptor(pair->theirs);
  }
};

std::string code(const Result<std::string>& line) { return line ? "" : line.error().code; }

}  // namespace

TEST_CASE("a stream receives a line with descriptors that lead to the same files") {
  Loop loop;
  Sockets sockets;
  const PipePair pipe = piped();
  const auto stream = opened(loop, sockets.theirs.release());
  stream->receive_descriptors();
  std::string bytes;
  stream->read(
      [&](std::string_view part) {
        bytes += part;
        if (bytes.ends_with('\n')) loop.stop();
      },
      [](const Status&) {});
  REQUIRE(send_line_with(sockets.ours.get(), "hello", {pipe.read, pipe.write}, Millis{1000}).ok());
  run_until_stopped(loop);
  CHECK(bytes == "hello\n");
  std::vector<Descriptor> passed = stream->take_descriptors();
  REQUIRE(passed.size() == 2);
  CHECK((::fcntl(passed[0].get(), F_GETFD) & FD_CLOEXEC) != 0);
  REQUIRE(::write(passed[1].get(), "x", 1) == 1);
  char byte = 0;
  CHECK(::read(pipe.read, &byte, 1) == 1);
  CHECK(byte == 'x');
  CHECK(stream->take_descriptors().empty());
  ::close(pipe.read);
  ::close(pipe.write);
}

TEST_CASE("a stream keeps no more descriptors than it may") {
  Loop loop;
  Sockets sockets;
  const size_t before = open_descriptors();
  {
    const auto stream = opened(loop, sockets.theirs.release());
    stream->receive_descriptors();
    size_t lines = 0;
    stream->read(
        [&](std::string_view part) {
          lines += static_cast<size_t>(std::count(part.begin(), part.end(), '\n'));
          if (lines == 10) loop.stop();
        },
        [](const Status&) {});
    for (int i = 0; i < 10; ++i)
      REQUIRE(send_line_with(sockets.ours.get(), "x", {0, 1}, Millis{1000}).ok());
    run_until_stopped(loop);
    CHECK(stream->take_descriptors().size() == kMostPassed);
  }
  loop.run();
  CHECK(open_descriptors() == before - 1);
}

TEST_CASE("a line is received without what comes after it, up to the limit, and not for ever") {
  const Sockets sockets;
  const auto send = [&](const std::string& bytes) {
    REQUIRE(::send(sockets.ours.get(), bytes.data(), bytes.size(), 0) ==
            static_cast<ssize_t>(bytes.size()));
  };
  const auto receive = [&](size_t most) {
    return receive_line(sockets.theirs.get(), most, Millis{50});
  };
  send("one\ntwo\n");
  CHECK(*receive(3) == "one");
  CHECK(code(receive(2)) == "io.read");
  send("never ends");
  CHECK(code(receive(100)) == "io.read");
  CHECK(code(receive(100)) == "io.read");
  ::shutdown(sockets.ours.get(), SHUT_WR);
  CHECK(code(receive(100)) == "io.read");
}

TEST_CASE("sending ends at the limit if the other process does not read") {
  const Sockets sockets;
  const Status sent =
      send_line_with(sockets.ours.get(), std::string(size_t{64} << 20, 'x'), {}, Millis{50});
  REQUIRE_FALSE(sent.ok());
  CHECK(sent.error().code == "io.write");
}
