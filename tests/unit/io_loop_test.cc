#include <unistd.h>

#include <csignal>
#include <thread>

#include "callgate/io/lifetime.h"
#include "callgate/io/stream.h"
#include "callgate/io/work.h"
#include "io_support.h"

using namespace callgate;

TEST_CASE("a loop with nothing to wait for ends at once") {
  Loop loop;
  loop.run();
  loop.run();
}

TEST_CASE("a timer fires once and not early, and a restart cancels the first start") {
  Loop loop;
  Timer timer(loop);
  int first = 0, second = 0;
  const auto begin = loop.now().monotonic;
  timer.start(Millis{1}, [&first] { ++first; });
  timer.start(Millis{5}, [&second] { ++second; });
  loop.run();
  CHECK(first == 0);
  CHECK(second == 1);
  CHECK(loop.now().monotonic - begin >= Millis{5});
}

TEST_CASE("data that arrived while the loop was blocked is read before a late timer fires") {
  Loop loop;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  auto in = Stream::open(loop, ends[0]);
  REQUIRE(in.ok());
  std::string order;
  (*in)->read([&](std::string_view) { order += "read "; }, [](const Status&) {});
  Timer busy(loop), late(loop);
  busy.start(Millis{0}, [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    CHECK(::write(ends[1], "x", 1) == 1);
  });
  late.start(Millis{30}, [&] {
    order += "timer";
    loop.stop();
  });
  loop.run();
  CHECK(order == "read timer");
  ::close(ends[1]);
}

TEST_CASE("guarded callbacks do nothing after the end of their object") {
  Loop loop;
  auto ended = std::make_unique<Lifetime>();
  Lifetime kept, restarted;
  std::string ran;
  loop.post(ended->guard([&ran] { ran += "ended "; }));
  loop.post(restarted.guard([&ran] { ran += "before restart() "; }));
  loop.post(kept.guard([&ran] { ran += "kept "; }));
  const auto done = [&ran](bool finished) { ran += finished ? "finished " : "late "; };
  run_blocking(
      loop, Work::Short, Millis{20'000}, [] {}, ended->guard(done));
  ended.reset();
  restarted.restart();
  loop.post(restarted.guard([&ran] { ran += "after restart() "; }));
  run_blocking(
      loop, Work::Short, Millis{20'000}, [] {}, kept.guard(done));
  loop.run();
  CHECK(ran == "kept after restart() finished ");
}

TEST_CASE("a timer may be destroyed in its own callback") {
  Loop loop;
  auto timer = std::make_unique<Timer>(loop);
  bool fired = false;
  timer->start(Millis{0}, [&timer, &fired] {
    timer.reset();
    fired = true;
  });
  loop.run();
  CHECK(fired);
}

TEST_CASE("a destroyed timer never fires") {
  Loop loop;
  auto timer = std::make_unique<Timer>(loop);
  timer->start(Millis{0}, [] { FAIL("fired"); });
  timer.reset();
  loop.run();
}

TEST_CASE("tasks that another thread posts run in order on the loop's thread") {
  Loop loop;
  std::string seen;
  const auto here = std::this_thread::get_id();
  std::thread other([&loop, &seen, here] {
    for (int i = 0; i < 1000; ++i) {
      loop.post([&seen, i, here] {
        CHECK(std::this_thread::get_id() == here);
        seen += static_cast<char>('a' + i % 26);
      });
    }
    loop.post([&loop] { loop.stop(); });
  });
  run_until_stopped(loop);
  other.join();
  REQUIRE(seen.size() == 1000);
  for (size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == static_cast<char>('a' + i % 26));
}

TEST_CASE("a task posted before run() runs, and one that the loop never runs is dropped") {
  int count = 0;
  {
    Loop loop;
    loop.post([&count] { ++count; });
    loop.run();
    loop.post([&count] { ++count; });
  }
  CHECK(count == 1);
}

TEST_CASE("the callback for a turn's end runs after the turn's events and before its output") {
  Loop loop;
  const auto pipe = piped();
  auto out = opened(loop, pipe.write);
  auto in = opened(loop, pipe.read);
  std::string seen;
  bool written = false;
  loop.on_turn_end([&out, &written] {
    if (std::exchange(written, false)) out->write("B");
  });
  loop.post([&out, &written] {
    out->write("A");
    written = true;
  });
  in->read(
      [&seen, &loop](std::string_view bytes) {
        seen += bytes;
        loop.stop();
      },
      [](Status) {});
  run_until_stopped(loop);
  CHECK(seen == "AB");
  loop.on_turn_end(nullptr);
}

TEST_CASE("data written in the turn that stops the loop is still sent") {
  Loop loop;
  const auto pipe = piped();
  auto out = opened(loop, pipe.write);
  loop.post([&out, &loop] {
    out->write("last words");
    loop.stop();
  });
  run_until_stopped(loop);
  char bytes[32];
  CHECK(::read(pipe.read, bytes, sizeof bytes) == 10);
  ::close(pipe.read);
}

TEST_CASE("a signal is reported on the loop") {
  Loop loop;
  int seen = 0;
  SignalWatch watch(loop, SIGUSR1, [&seen, &loop] {
    ++seen;
    loop.stop();
  });
  loop.post([] { ::kill(::getpid(), SIGUSR1); });
  run_until_stopped(loop);
  CHECK(seen == 1);
}

TEST_CASE("blocking work runs on another thread, and its end is reported on the loop") {
  Loop loop;
  const auto worker = std::make_shared<std::thread::id>();
  bool done = false;
  run_blocking(
      loop, Work::Long, Millis{20'000}, [worker] { *worker = std::this_thread::get_id(); },
      [&done](bool finished) { done = finished; });
  CHECK_FALSE(done);
  loop.run();
  CHECK(done);
  CHECK(*worker != std::this_thread::get_id());
}

TEST_CASE(
    "work that hangs is abandoned at its time limit and does not delay other work or the loop's "
    "end") {
  const auto never = piped();
  {
    Loop loop;
    int given_up = 0, done = 0;
    for (int i = 0; i < 8; ++i) {  // twice as many as there are threads for short work
      run_blocking(
          loop, Work::Short, Millis{10},
          [fd = never.read] {
            char byte;
            static_cast<void>(!::read(fd, &byte, 1));
          },
          [&given_up](bool finished) { given_up += finished ? 0 : 1; });
    }
    run_blocking(
        loop, Work::Long, Millis{20'000}, [] {},
        [&done](bool finished) { done += finished ? 1 : 0; });
    loop.run();
    CHECK(given_up == 8);
    CHECK(done == 1);
  }
  ::close(never.write);
}

TEST_CASE("short work still runs after all of its threads hang") {
  const auto never = piped();
  {
    Loop loop;
    bool done = false;
    int given_up = 0;
    for (int i = 0; i < 20; ++i) {
      run_blocking(
          loop, Work::Short, Millis{10},
          [fd = never.read] {
            char byte;
            static_cast<void>(!::read(fd, &byte, 1));
          },
          [&](bool) {
            if (++given_up == 20)
              run_blocking(
                  loop, Work::Short, Millis{20'000}, [] {},
                  [&done](bool finished) { done = finished; });
          });
    }
    loop.run();
    CHECK(done);
  }
  ::close(never.write);
}

TEST_CASE("a loop can end while work runs") {
  for (int i = 0; i < 50; ++i) {
    Loop loop;
    run_blocking(
        loop, Work::Short, Millis{20'000}, [] { std::this_thread::yield(); },
        [](bool) { FAIL("told"); });
  }
}
