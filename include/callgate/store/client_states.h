// Pauses and revocations of clients, in the record. Every change is a row, and a client's newest
// row counts.
#pragma once

#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/record/client_state.h"

namespace callgate {

/// The clients that are not active, as the record at `path` has them. Empty if there is no such
/// record, or an older one without the table. Blocking, any thread. Errors: those of Recorder::open
/// for reading.
Result<std::vector<ClientState>> read_client_states(const std::string& path);
/// Appends a row, and creates the record if it does not exist yet. Waits up to 5 s for a busy
/// record. Errors: those of Recorder::open.
Status write_client_state(const std::string& path, const ClientState& state);

}  // namespace callgate
