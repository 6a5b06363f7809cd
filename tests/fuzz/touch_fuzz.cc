// For every call, the accessed data are bounded and without duplicates, in UTF-8 if the call is,
// without user, query and fragment, and the same twice.
#include <algorithm>
#include <string>

#include "callgate/touched/touch.h"
#include "callgate/wire/writer.h"
#include "fuzz.h"

using namespace callgate;

namespace {

void check(const std::vector<DataItem>& touches) {
  ENSURE(touches.size() <= kTouches);
  for (size_t i = 0; i < touches.size(); ++i) {
    const DataItem& touch = touches[i];
    ENSURE(!touch.what.empty() && touch.what.size() <= kTouchLooked);
    ENSURE(touch.what.find('\0') == std::string::npos);
    if (touch.kind == DataKind::Url) ENSURE(touch.what.find_first_of("?#") == std::string::npos);
    ENSURE(std::find(touches.begin(), touches.begin() + static_cast<std::ptrdiff_t>(i), touch) ==
           touches.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Choices choices(data, size);
  const uint8_t shape = choices.byte();
  const std::string tool(choices.bytes(choices.byte() % 32U));
  const auto effect = static_cast<Effect>(shape & 3U);
  const PathRoots roots = (shape & 4U) != 0 ? PathRoots{"/srv/app", "/home/ada"} : PathRoots{};
  Walker walker;
  // An input that is not JSON is used as the value of one argument.
  auto args = walker.walk(std::string(choices.rest()));
  if (!args) {
    const std::string key(choices.bytes(choices.byte() % 24U));
    args = walker.walk("{" + quote(key) + ":" + quote(choices.rest()) + "}");
  }
  ENSURE(args);
  const Value root = (*args)->root();
  const std::vector<std::string> uris = uri_arguments(root);
  const std::vector<DataItem> touches = touches_of({tool, root, effect, roots, uris});
  check(touches);
  ENSURE(touches == touches_of({tool, root, effect, roots, uris}));
  const std::vector<DataItem> named = touches_of_result(root, effect, roots, touches);
  check(named);
  for (const DataItem& touch : named)
    ENSURE(std::none_of(touches.begin(), touches.end(), [&touch](const DataItem& known) {
      return known.kind == touch.kind && known.what == touch.what;
    }));
  check(touches_of_resource(choices.rest(), roots));
  return 0;
}
