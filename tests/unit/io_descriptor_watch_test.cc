// A watch reports when a foreign descriptor can be read or written.
#include "callgate/io/descriptor_watch.h"
#include "io_support.h"

using namespace callgate;

namespace {

std::unique_ptr<DescriptorWatch> watching(Loop& loop, int fd,
                                          std::function<void(bool, bool)> on_ready) {
  auto watch = DescriptorWatch::open(loop, fd, std::move(on_ready));
  REQUIRE(watch.ok());
  return std::move(*watch);
}

}  // namespace

TEST_CASE("a watch reports only what is wanted") {
  Loop loop;
  const auto pair = make_socket_pair();
  REQUIRE(pair.ok());
  const Descriptor ours(pair->ours), theirs(pair->theirs);
  int calls = 0;
  bool read = false, write = false;
  auto watch = watching(loop, ours.get(), [&](bool readable, bool writable) {
    ++calls;
    read = readable;
    write = writable;
    loop.stop();
  });
  // A watch that wants nothing does not keep the loop running.
  loop.run();
  CHECK(calls == 0);
  watch->want(false, true);
  run_until_stopped(loop);
  CHECK_FALSE(read);
  CHECK(write);
  REQUIRE(::write(theirs.get(), "x", 1) == 1);
  watch->want(true, false);
  run_until_stopped(loop);
  CHECK(read);
  CHECK_FALSE(write);
  watch->want(false, false);
  loop.run();
  CHECK(calls == 2);
}

TEST_CASE("a watch is called again as long as bytes are left, and when the other end closes") {
  Loop loop;
  const PipePair pipe = piped();
  const Descriptor in(pipe.read);
  REQUIRE(::write(pipe.write, "ab", 2) == 2);
  std::string came;
  bool ended = false;
  auto watch = watching(loop, in.get(), [&](bool, bool) {
    char byte = 0;
    const ssize_t got = ::read(in.get(), &byte, 1);
    if (got > 0) came += byte;
    if (came == "ab" && !ended) ::close(pipe.write);
    ended = came == "ab";
    if (got == 0) loop.stop();
  });
  watch->want(true, false);
  run_until_stopped(loop);
  CHECK(came == "ab");
}

TEST_CASE("what is wanted may be said again, and be wanted again later") {
  Loop loop;
  const PipePair pipe = piped();
  const Descriptor in(pipe.read), out(pipe.write);
  REQUIRE(::write(out.get(), "x", 1) == 1);
  int calls = 0;
  auto watch = watching(loop, in.get(), [&](bool, bool) {
    ++calls;
    loop.stop();
  });
  watch->want(true, false);
  watch->want(true, false);
  run_until_stopped(loop);
  CHECK(calls == 1);
  watch->want(false, false);
  watch->want(false, false);
  loop.run();
  CHECK(calls == 1);
  watch->want(true, false);
  run_until_stopped(loop);
  CHECK(calls == 2);
}

TEST_CASE("a callback may destroy its watch, and the number may then be watched again") {
  Loop loop;
  const PipePair pipe = piped();
  const Descriptor in(pipe.read), out(pipe.write);
  REQUIRE(::write(out.get(), "x", 1) == 1);
  int calls = 0;
  std::unique_ptr<DescriptorWatch> watch;
  watch = watching(loop, in.get(), [&](bool, bool) {
    ++calls;
    watch.reset();
    watch = watching(loop, in.get(), [&](bool readable, bool) {
      CHECK(readable);
      watch.reset();
    });
    watch->want(true, false);
  });
  watch->want(true, false);
  loop.run();
  CHECK(calls == 1);
  CHECK(watch == nullptr);
}

TEST_CASE("a file cannot be watched") {
  Loop loop;
  const Folder folder;
  const Descriptor file(::open((folder.path + "/f").c_str(), O_CREAT | O_RDWR, 0600));
  const auto none = DescriptorWatch::open(loop, file.get(), [](bool, bool) {});
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().code == "io.watch");
}
