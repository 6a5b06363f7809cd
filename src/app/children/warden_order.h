// Reads the order that a gate sends to a warden, and executes the server's command in the forked
// process.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "warden_protocol.h"

namespace callgate {

/// An order, with its strings in the form that exec needs.
struct Order {
  std::unique_ptr<char[]> text;  ///< the strings to which the pointers below refer
  char* folder = nullptr;
  std::unique_ptr<char*[]> arguments, variables;  ///< each ends with nullptr
  uint64_t open_files = 0, core_file = 0;
};

/// Reads the order from kWardenDescriptor. Returns false if the gate has ended or has sent
/// something invalid.
bool read_order(Order& order);
/// Reads `size` bytes. Returns false if the other end closes before all of them have arrived.
bool read_fully(int fd, void* to, size_t size);
/// Writes a WardenReport to `fd`. Ignores errors: the reader may have ended.
void report(int fd, WardenReport::Kind kind, int value);

/// Called in the forked process. Executes the server's command, or writes to the pipe `report_to`
/// why that failed. `warden` is the process that has forked this one.
[[noreturn]] void become_server(const Order& order, int report_to, pid_t warden);

}  // namespace callgate
