// Reads the order that a warden gets, and turns the new process into the server.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "warden_protocol.h"

namespace callgate {

/// The order in memory, in the form that exec needs.
struct Order {
  char* folder = nullptr;
  char** arguments = nullptr;
  char** variables = nullptr;
  uint64_t open_files = 0, core_file = 0;
};

/// Reads the order from the gate, over kWardenDescriptor. Returns false if the gate is gone or has
/// sent something that no gate sends.
bool read_order(Order& order);
/// Returns false if the other end closes before `size` bytes have arrived.
bool read_fully(int fd, void* to, size_t size);
/// Writes a WardenReport. It is no error if nobody reads it.
void report(int fd, WardenReport::Kind kind, int value);

/// Called in the new process: becomes the server, or reports to `told` why that failed. `warden` is
/// the process that forked it.
[[noreturn]] void become_server(const Order& order, int told, pid_t warden);

}  // namespace callgate
