#ifdef __APPLE__
#include <util.h>
#else
#include <pty.h>
#endif
#include <sys/socket.h>

#include <fstream>

#include "io_support.h"

using namespace callgate;

namespace {

/// Returns everything that `fd` delivers until its end.
std::string read_all(Loop& loop, int fd) {
  auto stream = opened(loop, fd);
  std::string all;
  stream->read([&all](std::string_view bytes) { all += bytes; },
               [&loop](Status status) {
                 CHECK(status.ok());
                 loop.stop();
               });
  run_until_stopped(loop);
  return all;
}

std::string pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 2654435761U >> 13);
  return bytes;
}

}  // namespace

TEST_CASE("written data arrives whole and in order, whatever its size") {
  for (const size_t size : {size_t{1}, size_t{100}, size_t{16} << 10, (size_t{64} << 10) + 1,
                            size_t{1} << 20, size_t{10} << 20}) {
    CAPTURE(size);
    Loop loop;
    const auto pipe = piped();
    auto out = opened(loop, pipe.write);
    std::string sent;
    for (const size_t part : {size, size_t{3}, size, size_t{1}}) {
      const auto bytes = pattern(part);
      sent += bytes;
      out->write(bytes);
    }
    CHECK(out->queued() == sent.size());
    bool closed = false;
    out->close_when_written([&closed] { closed = true; });
    CHECK(read_all(loop, pipe.read) == sent);
    CHECK(closed);
    CHECK(out->queued() == 0);
  }
}

TEST_CASE("many small writes stay in order while the reader is slow") {
  Loop loop;
  const auto pipe = piped();
  auto out = opened(loop, pipe.write);
  std::string sent;
  int turn = 0;
  loop.on_turn_end([&] {
    if (turn == 500) return;
    for (int i = 0; i < 20; ++i) {
      auto bytes = std::to_string(turn * 20 + i) +
                   std::string(static_cast<size_t>(i % 3 == 0 ? 20'000 : i * 7), 'x') + "\n";
      sent += bytes;
      out->write(std::move(bytes));
    }
    if (++turn == 500)
      out->close_when_written([] {});
    else
      loop.post([] {});
  });
  CHECK(read_all(loop, pipe.read) == sent);
  loop.on_turn_end(nullptr);
}

TEST_CASE("data that exceeds the kernel's buffer is queued until the reader reads") {
  Loop loop;
  const auto pipe = piped();
  auto out = opened(loop, pipe.write);
  const auto sent = pattern(size_t{4} << 20);
  out->write(sent);
  Timer soon(loop);
  soon.start(Millis{1}, [&loop] { loop.stop(); });
  run_until_stopped(loop);
  CHECK(out->queued() > size_t{3} << 20);
  CHECK(out->queued() < size_t{4} << 20);
  out->close_when_written([] {});
  CHECK(read_all(loop, pipe.read) == sent);
}

TEST_CASE("a regular file is read to its end") {
  Folder folder;
  const std::string path = folder.path + "/in";
  const auto bytes = pattern((size_t{1} << 20) + 7);
  std::ofstream(path, std::ios::binary) << bytes;
  Loop loop;
  CHECK(read_all(loop, ::open(path.c_str(), O_RDONLY)) == bytes);
  std::ofstream(path, std::ios::trunc).flush();
  CHECK(read_all(loop, ::open(path.c_str(), O_RDONLY)).empty());
}

TEST_CASE("a regular file is written") {
  Folder folder;
  const std::string path = folder.path + "/out";
  const auto bytes = pattern((size_t{1} << 20) + 7);
  Loop loop;
  auto out = opened(loop, ::open(path.c_str(), O_WRONLY | O_CREAT, 0600));
  out->write("head ");
  out->write(bytes);
  bool closed = false;
  out->close_when_written([&closed] { closed = true; });
  loop.run();
  CHECK(closed);
  std::ifstream back(path, std::ios::binary);
  CHECK(std::string(std::istreambuf_iterator<char>(back), {}) == "head " + bytes);
}

TEST_CASE("/dev/null reads as empty, and writes to it are discarded") {
  Loop loop;
  CHECK(read_all(loop, ::open("/dev/null", O_RDWR)).empty());
  auto out = opened(loop, ::open("/dev/null", O_RDWR));
  out->write("x");
  bool closed = false;
  out->close_when_written([&closed] { closed = true; });
  loop.run();
  CHECK(closed);
}

TEST_CASE("the error of reading a folder is reported once") {
  Loop loop;
  auto in = opened(loop, ::open("/", O_RDONLY));
  int told = 0;
  in->read([](std::string_view) { FAIL("bytes"); },
           [&told](Status status) {
             ++told;
             CHECK(status.error().code == "io.read");
           });
  loop.run();
  CHECK(told == 1);
}

TEST_CASE("one socket can be read and written at the same time") {
  Loop loop;
  auto pair = make_socket_pair();
  REQUIRE(pair.ok());
  auto ours = opened(loop, pair->ours);
  auto theirs = opened(loop, pair->theirs);
  const auto sent = pattern(size_t{3} << 20);
  std::string back;
  theirs->read([&theirs](std::string_view bytes) { theirs->write(std::string(bytes)); },
               [&theirs](Status) { theirs->close_when_written([] {}); });
  ours->read(
      [&](std::string_view bytes) {
        back += bytes;
        if (back.size() == sent.size()) loop.stop();
      },
      [](Status) {});
  ours->write(sent);
  run_until_stopped(loop);
  CHECK(back == sent);
}

TEST_CASE("a stream on a terminal does not change the flags of other descriptors on it") {
  int master = -1, slave = -1;
  REQUIRE(::openpty(&master, &slave, nullptr, nullptr, nullptr) == 0);
  const int shared = ::dup(slave);
  {
    Loop loop;
    auto terminal = opened(loop, slave);
    CHECK((::fcntl(shared, F_GETFL) & O_NONBLOCK) == 0);
    std::string seen;
    terminal->read(
        [&](std::string_view bytes) {
          seen += bytes;
          loop.stop();
        },
        [](Status) {});
    terminal->write("out");
    REQUIRE(::write(master, "in\n", 3) == 3);
    run_until_stopped(loop);
    CHECK(seen == "in\n");
  }
  CHECK((::fcntl(shared, F_GETFL) & O_NONBLOCK) == 0);
  ::close(shared);
  ::close(master);
}

TEST_CASE("the flags of a shared file description are restored when the stream is closed") {
  const auto pipe = piped();
  const int shared = ::dup(pipe.write);
  {
    Loop loop;
    auto out = opened(loop, pipe.write);
    CHECK((::fcntl(shared, F_GETFL) & O_NONBLOCK) != 0);
  }
  CHECK((::fcntl(shared, F_GETFL) & O_NONBLOCK) == 0);
  ::close(shared);
  ::close(pipe.read);
}

TEST_CASE("a write without a reader is reported once and asynchronously, and the rest is dropped") {
  Loop loop;
  const auto pipe = piped();
  ::close(pipe.read);
  auto out = opened(loop, pipe.write);
  int told = 0;
  out->on_write_error([&](Error error) {
    ++told;
    CHECK(error.code == "io.write");
    out->write("more");
  });
  out->write("x");
  out->write(std::string(100'000, 'y'));
  CHECK(told == 0);
  loop.run();
  CHECK(told == 1);
  CHECK(out->queued() == 0);
  bool closed = false;
  out->close_when_written([&closed] { closed = true; });
  loop.run();
  CHECK(closed);
}

TEST_CASE("a close that waits for its queue is reported after the write error") {
  Loop loop;
  const auto pipe = piped();
  auto out = opened(loop, pipe.write);
  std::string order;
  out->on_write_error([&order](Error) { order += 'e'; });
  out->write(std::string(1 << 20, 'x'));
  out->close_when_written([&order] { order += 'c'; });
  ::close(pipe.read);
  loop.run();
  CHECK(order == "ec");
}

#ifdef __linux__
TEST_CASE("the end of a pipe's reader is reported without a write") {
  Loop loop;
  const auto pipe = piped();
  auto out = opened(loop, pipe.write);
  int told = 0;
  out->on_hangup([&told] { ++told; });
  loop.post([fd = pipe.read] { ::close(fd); });
  loop.run();
  CHECK(told == 1);
}
#endif

TEST_CASE("a stream may be destroyed in each of its callbacks") {
  Loop loop;
  SUBCASE("when bytes arrive") {
    const auto pipe = piped();
    auto in = opened(loop, pipe.read);
    in->read([&in](std::string_view) { in.reset(); }, [](Status) { FAIL("told"); });
    REQUIRE(::write(pipe.write, "xy", 2) == 2);
    ::close(pipe.write);
    loop.run();
    CHECK_FALSE(in);
  }
  SUBCASE("at the end") {
    const auto pipe = piped();
    auto in = opened(loop, pipe.read);
    in->read([](std::string_view) {}, [&in](Status) { in.reset(); });
    ::close(pipe.write);
    loop.run();
    CHECK_FALSE(in);
  }
  SUBCASE("at the end of a file") {
    auto in = opened(loop, ::open("/dev/null", O_RDONLY));
    in->read([](std::string_view) {}, [&in](Status) { in.reset(); });
    loop.run();
    CHECK_FALSE(in);
  }
  SUBCASE("on a write error, while a close waits") {
    const auto pipe = piped();
    ::close(pipe.read);
    auto out = opened(loop, pipe.write);
    out->on_write_error([&out](Error) { out.reset(); });
    out->write("x");
    out->close_when_written([] { FAIL("told"); });
    loop.run();
    CHECK_FALSE(out);
  }
  SUBCASE("when it is closed") {
    const auto pipe = piped();
    auto out = opened(loop, pipe.write);
    out->close_when_written([&out] { out.reset(); });
    loop.run();
    CHECK_FALSE(out);
    ::close(pipe.read);
  }
  SUBCASE("with a megabyte in the queue") {
    const auto pipe = piped();
    auto out = opened(loop, pipe.write);
    out->write(std::string(1 << 20, 'x'));
    loop.post([&loop] { loop.stop(); });
    run_until_stopped(loop);
    out.reset();
    loop.run();
    ::close(pipe.read);
  }
}

TEST_CASE("a descriptor that reuses a closed stream's number is not disturbed") {
  Loop loop;
  const auto first = piped();
  auto old = opened(loop, first.write);
  old->close_when_written([] {});
  Timer soon(loop);
  soon.start(Millis{1}, [&loop] { loop.stop(); });
  run_until_stopped(loop);
  const auto second = piped();
  auto in = opened(loop, second.read);
  std::string seen;
  in->read(
      [&](std::string_view bytes) {
        seen += bytes;
        loop.stop();
      },
      [](Status) {});
  loop.post([&] {
    old.reset();
    loop.post([fd = second.write] { CHECK(::write(fd, "x", 1) == 1); });
  });
  run_until_stopped(loop);
  CHECK(seen == "x");
  ::close(first.read);
  ::close(second.write);
}

TEST_CASE("a bad descriptor is an error, and streams leak no descriptor") {
  const size_t before = open_descriptors();
  {
    Loop loop;
    auto bad = Stream::open(loop, -1);
    REQUIRE_FALSE(bad.ok());
    CHECK(bad.error().code == "io.open");
    for (int i = 0; i < 20; ++i) {
      const auto pipe = piped();
      auto in = opened(loop, pipe.read);
      auto out = opened(loop, pipe.write);
      out->write("x");
    }
  }
  CHECK(open_descriptors() == before);
}
