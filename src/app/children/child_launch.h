// Starts a child: makes its pipes, starts its warden, and sends the warden the order (what to
// execute).
#pragma once

#include <memory>

#include "callgate/app/child_process.h"
#include "callgate/io/stream.h"

namespace callgate {

/// Our ends of the child's pipes, and of the socket (`control`) to the warden. The warden starts on
/// another thread, and finds its order in the socket.
struct Launched {
  std::unique_ptr<Stream> in, out, err, control;
};

/// Error: "child.start". In case of an error, no process and no descriptor is left.
Result<Launched> launch_warden(Loop& loop, const ChildOptions& options);

}  // namespace callgate
