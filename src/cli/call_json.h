// A call of the record as JSON, with the documented keys.
#pragma once

#include <string>
#include <vector>

#include "callgate/store/history.h"
#include "json_text.h"

namespace callgate {

/// What was observed of the client's process, beyond what each row holds. A field is empty if its
/// value is not known.
struct Observed {
  std::string start, cwd, user, peer, token;
  std::vector<std::string> parents;  ///< "PID EXE", nearest first
};

/// What `history show` adds to a row.
struct CallDetail {
  Observed observed;
  std::vector<QuestionRow> questions;
  /// Ids of the calls before and after it in its session, oldest first.
  std::vector<std::string> siblings;
};

/// One line of JSON. It always has every key of a row; a value that is not known is null.
std::string call_json(const CallRow& row);
std::string call_detail_json(const CallRow& row, const CallDetail& detail, JsonReader& reader);

}  // namespace callgate
