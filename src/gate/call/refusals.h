// Records refused calls. A client can cause refusals as fast as it can write. So each session gets
// only a limited number of rows of refusals in a given time, and all other refusals are only
// counted.
#pragma once

#include <string>

#include "calls.h"
#include "core.h"
#include "gate/session/refused_request.h"

namespace callgate {

class Refusals {
 public:
  explicit Refusals(Core& core) : core_(core) {}

  /// Records a request that was refused because of its form or its sender, as far as it could be
  /// read.
  void record(Session& session, const RefusedRequest& request, ErrorCode code,
              const std::string& why);
  /// Returns true if the refused call gets rows. Otherwise it is only counted.
  bool gets_row(Call& call);
  /// Appends a row with the number of the session's refused calls that have no row of their own, if
  /// there are any.
  void sum_up(Session& session);

 private:
  bool gets_row(Session& session);
  void append_sum(const Session& session, const std::string& text);

  Core& core_;
};

}  // namespace callgate
