// The tests of app run in a program that also acts as its own warden, as a misbehaving child and as
// a gate that the tests kill.
#define DOCTEST_CONFIG_IMPLEMENT
#include "app_support.h"

int fake_child_main(const std::string& mode, const std::string& argument);

using namespace callgate;

namespace {

/// A gate with children that ignore requests to end. Prints the pid of each process, then waits
/// until it is killed.
int gate_main(int children) {
  Loop loop;
  std::vector<std::unique_ptr<ChildProcess>> all;
  auto out = Stream::open(loop, 1);
  if (!out) return 1;
  for (int i = 0; i < children; ++i) {
    ChildEvents events;
    events.on_line = [&out](std::string&& line) { (*out)->write(line + "\n"); };
    events.on_too_long = [](std::string_view) {};
    events.on_gone = [](const ChildEnd&) {};
    auto child = ChildProcess::start(loop, fake("family"), std::move(events));
    if (!child) return 1;
    all.push_back(std::move(*child));
  }
  loop.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (is_warden_call(argc, argv)) return warden_main(argc, argv);
  if (mode == "--fake-child") return fake_child_main(argv[2], argc > 3 ? argv[3] : "");
  if (mode == "--gate") return gate_main(std::atoi(argv[2]));
  return doctest::Context(argc, argv).run();
}
