// The configuration and the recorder share this type.
#pragma once

namespace callgate {

/// When a call may be forwarded to its server. Off: at once, and nothing is recorded. Lazy: at
/// once, and rows are written in batches. Before: when its row would survive a crash of callgate.
/// Fsync: when its row would survive a power cut, too.
enum class Durability { Off, Lazy, Before, Fsync };

}  // namespace callgate
