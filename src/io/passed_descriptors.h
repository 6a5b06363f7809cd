// Receives descriptors that another process passes over a Unix socket.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

#include "callgate/io/descriptor.h"

namespace callgate {

/// Like read(), and appends the descriptors that came with the bytes to `descriptors`. They are
/// close-on-exec. Descriptors of other kinds of messages than SCM_RIGHTS, and those above
/// kMostPassed, are closed.
ssize_t read_with_descriptors(int socket, char* to, size_t most,
                              std::vector<Descriptor>& descriptors);

}  // namespace callgate
