// A listener accepts connections. A stream can end its output alone, and can pause reading.
#include "callgate/io/listener.h"
#include "io_support.h"

using namespace callgate;

namespace {

std::unique_ptr<Listener> listening(Loop& loop, const std::string& host = "127.0.0.1") {
  auto listener = Listener::open(loop, host, 0);
  REQUIRE(listener.ok());
  return std::move(*listener);
}

}  // namespace

TEST_CASE("accepted connections are non-blocking and not inherited by children") {
  Loop loop;
  const auto listener = listening(loop);
  CHECK(listener->loopback());
  CHECK(listener->port() != 0);
  const int first = connected(listener->port());
  const int second = connected(listener->port());
  int count = 0;
  listener->start([&](int fd) {
    CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    ::close(fd);
    if (++count == 2) loop.stop();
  });
  run_until_stopped(loop);
  CHECK(count == 2);
  ::close(first);
  ::close(second);
}

TEST_CASE("the error for a port in use says what to do") {
  Loop loop;
  const auto listener = listening(loop);
  const auto again = Listener::open(loop, "127.0.0.1", listener->port());
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().code == "io.in_use");
  CHECK(again.error().message.find(std::to_string(listener->port())) != std::string::npos);
  CHECK(again.error().next.find("--listen") != std::string::npos);
  const auto nowhere = Listener::open(loop, "no such host", 1);
  REQUIRE_FALSE(nowhere.ok());
  CHECK(nowhere.error().code == "io.listen");
}

TEST_CASE("localhost counts as loopback, and 0.0.0.0 does not") {
  Loop loop;
  CHECK(listening(loop, "localhost")->loopback());
  CHECK_FALSE(listening(loop, "0.0.0.0")->loopback());
}

TEST_CASE("a listener can be closed before it is started, and from its own callback") {
  const size_t before = open_descriptors();
  {
    Loop loop;
    listening(loop);
    auto listener = listening(loop);
    const int client = connected(listener->port());
    listener->start([&](int fd) {
      ::close(fd);
      listener.reset();
      loop.stop();
    });
    run_until_stopped(loop);
    ::close(client);
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("a stream still reads after its output has ended") {
  Loop loop;
  const auto pair = make_socket_pair();
  REQUIRE(pair.ok());
  auto ours = opened(loop, pair->ours), theirs = opened(loop, pair->theirs);
  std::string came, answered;
  ours->write("last words");
  ours->end_output();
  ours->write("too late");
  ours->read([&](std::string_view bytes) { answered += bytes; },
             [&](const Status&) { loop.stop(); });
  theirs->read([&](std::string_view bytes) { came += bytes; },
               [&](const Status& status) {
                 CHECK(status.ok());
                 theirs->write("heard");
                 theirs->close_when_written([] {});
               });
  run_until_stopped(loop);
  CHECK(came == "last words");
  CHECK(answered == "heard");
}

TEST_CASE("a stream that pauses reading delivers nothing, and everything after it resumes") {
  Loop loop;
  const auto pair = make_socket_pair();
  REQUIRE(pair.ok());
  auto ours = opened(loop, pair->ours), theirs = opened(loop, pair->theirs);
  std::string came;
  ours->read(
      [&](std::string_view bytes) {
        came += bytes;
        if (came == "a") {
          ours->pause_reading(true);
          theirs->write("b");
          loop.post([&] { loop.post([&] { loop.stop(); }); });
        }
        if (came == "ab") loop.stop();
      },
      [](const Status&) {});
  theirs->write("a");
  run_until_stopped(loop);
  CHECK(came == "a");
  ours->pause_reading(false);
  run_until_stopped(loop);
  CHECK(came == "ab");
}
