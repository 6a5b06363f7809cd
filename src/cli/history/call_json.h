// Writes a call of the record as JSON, with the keys that callgate-history(1) documents.
#pragma once

#include <string>
#include <vector>

#include "callgate/store/history.h"
#include "cli/text/json_text.h"

namespace callgate {

/// What the gate observed about the client's process, besides the members of CallRow. A member is
/// empty if its value is not known.
struct Observed {
  std::string start, cwd, user, peer, token;
  std::vector<std::string> parents;  ///< "PID EXE", nearest first
};

/// What `callgate history show` prints besides the CallRow.
struct CallDetail {
  Observed observed;
  std::vector<QuestionRow> questions;
  /// Ids of the calls before and after this call in the same session, oldest first.
  std::vector<std::string> siblings;
};

/// Returns one line of JSON with all keys of a row. A value that is not known is null.
std::string call_json(const CallRow& row);
std::string call_detail_json(const CallRow& row, const CallDetail& detail, JsonReader& reader);

}  // namespace callgate
