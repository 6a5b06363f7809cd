// What the tests of the commands share.
#pragma once

#include <doctest/doctest.h>
