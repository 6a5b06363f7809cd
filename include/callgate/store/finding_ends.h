// Ends the findings that the guard has recorded, and deletes the dead ends that it remembers.
#pragma once

#include <string>

#include "callgate/base/result.h"
#include "callgate/base/time.h"
#include "callgate/record/finding.h"

namespace callgate {

/// Records that a user ended the finding "RUN-NUMBER". Waits up to 5 s while another process has
/// locked the record. Errors: "findings.none" and those of Recorder::open.
Status end_finding(const std::string& path, const std::string& id, FindingEnd how, Micros now,
                   const std::string& because);

/// Deletes the dead end from the record. Errors: those of database_error().
Status forget_dead_end(const std::string& path, const DeadEnd& dead_end);

}  // namespace callgate
