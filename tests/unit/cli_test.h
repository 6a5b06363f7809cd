// Helpers for the tests of the commands.
#pragma once

#include <doctest/doctest.h>
