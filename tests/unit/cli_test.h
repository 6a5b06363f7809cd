// Comes behind the headers under test: both sides have a CHECK, and a test means doctest's.
#pragma once

#include "callgate/base/check.h"
#undef CHECK
#include <doctest/doctest.h>
