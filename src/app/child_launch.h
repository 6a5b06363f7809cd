// Starts a child: its pipes, its warden, and the order for the warden.
#pragma once

#include <memory>

#include "callgate/app/child.h"
#include "callgate/io/process.h"
#include "callgate/io/stream.h"

namespace callgate {

/// A warden that has received its order, and our ends of the child's pipes and of the control
/// socket.
struct Launched {
  std::unique_ptr<Process> warden;
  std::unique_ptr<Stream> in, out, err, control;
};

/// Error: "child.start"; nothing is left open then.
Result<Launched> launch_warden(Loop& loop, const ChildOptions& options);

}  // namespace callgate
