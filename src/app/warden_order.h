// What a warden is to start, and the new process becoming it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "warden_protocol.h"

namespace callgate {

/// The order in memory, in the form that exec wants.
struct Order {
  char* folder = nullptr;
  char** arguments = nullptr;
  char** variables = nullptr;
  uint64_t open_files = 0, core_file = 0;
};

/// Reads it from the gate, over kWardenDescriptor. False: the gate has gone, or sends what no gate
/// sends.
bool read_order(Order& order);
/// False if the other end closes before `size` bytes have come.
bool read_fully(int fd, void* to, size_t size);
/// Writes a WardenReport; that nobody reads it is no error.
void report(int fd, WardenReport::Kind kind, int value);

/// In the new process: becomes the server, or reports to `told` why not. `warden`: the process that
/// forked it.
[[noreturn]] void become_server(const Order& order, int told, pid_t warden);

}  // namespace callgate
