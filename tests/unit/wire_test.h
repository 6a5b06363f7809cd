// What the wire room's tests share. Comes before any other doctest include: both sides have a
// CHECK, and a test means doctest's.
#pragma once

#include <string>
#include <utility>

#include "callgate/wire/message.h"
#undef CHECK
#include <doctest/doctest.h>

namespace callgate {

inline MessagePtr walked(std::string text) {
  Walker walker;
  auto message = walker.walk(std::move(text));
  REQUIRE(message);
  return *message;
}

}  // namespace callgate
