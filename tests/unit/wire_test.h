// Helpers for the tests of wire.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "callgate/wire/message.h"

namespace callgate {

inline MessagePtr walked(std::string text) {
  Walker walker;
  auto message = walker.walk(std::move(text));
  REQUIRE(message);
  return *message;
}

}  // namespace callgate
