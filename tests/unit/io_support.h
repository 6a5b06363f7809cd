// Helpers for the tests of io.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>

#include "callgate/base/check.h"
#include "callgate/io/loop.h"
#include "callgate/io/paths.h"
#include "callgate/io/process.h"
#include "callgate/io/stream.h"
#include "callgate/io/work.h"

// From here on, CHECK is doctest's. The headers above have used ours.
#include <doctest/doctest.h>

namespace callgate {

/// Runs the loop until it is stopped. Fails the test after 20 s.
inline void run_until_stopped(Loop& loop) {
  Timer deadline(loop);
  bool late = false;
  deadline.start(Millis{20'000}, [&late, &loop] {
    late = true;
    loop.stop();
  });
  loop.run();
  CHECK_FALSE(late);
}

inline std::unique_ptr<Stream> opened(Loop& loop, int fd) {
  auto stream = Stream::open(loop, fd);
  REQUIRE(stream.ok());
  return std::move(*stream);
}

inline PipePair piped() {
  auto pair = make_pipe();
  REQUIRE(pair.ok());
  return *pair;
}

/// Returns a socket that is connected to this port of 127.0.0.1. The caller owns it.
inline int connected(uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

inline size_t open_descriptors() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/dev/fd")) ++count;
  return count;
}

/// A folder that is removed after the test.
struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "callgate-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = std::filesystem::canonical(name).string();
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  std::string path;
};

}  // namespace callgate
