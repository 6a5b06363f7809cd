// A call of the record as JSON, with the documented keys.
#pragma once

#include <string>
#include <vector>

#include "callgate/store/history.h"
#include "json_text.h"

namespace callgate {

/// What `history show` adds to a row.
/// What was observed of the client's process, beyond what each row tells; empty: not known.
struct Observed {
  std::string start, cwd, user, peer, token;
  std::vector<std::string> parents;  ///< "PID EXE", nearest first
};

struct CallDetail {
  Observed observed;
  std::vector<QuestionRow> questions;
  std::vector<std::string> siblings;  ///< ids of calls around it in its session, oldest first
};

/// One line. Keys of a row are always there; null stands for what is not known.
std::string call_json(const CallRow& row);
std::string call_detail_json(const CallRow& row, const CallDetail& detail, JsonReader& reader);

}  // namespace callgate
