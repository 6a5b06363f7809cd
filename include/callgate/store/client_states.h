// Pauses and revocations of clients, as the record keeps them. Each change of a client's state adds
// a row, and the client's newest row is its current state.
#pragma once

#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/record/client_state.h"

namespace callgate {

/// Returns the states of all clients, tokens and sessions that are paused or revoked, from the
/// record at `path`. Returns an empty list if that file does not exist, or if an older version
/// wrote it, without the table. Blocking, any thread. Errors: those of Recorder::open for reading.
Result<std::vector<ClientState>> read_client_states(const std::string& path);
/// Appends a row with `state`, and creates the record if it does not exist yet. Waits up to 5 s
/// while another process has locked the record. Errors: those of Recorder::open.
Status write_client_state(const std::string& path, const ClientState& state);

}  // namespace callgate
