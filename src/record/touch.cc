#include "callgate/record/touch.h"

namespace callgate {

const char* name(TouchKind kind) {
  switch (kind) {
    case TouchKind::Path:
      return "path";
    case TouchKind::Url:
      return "url";
    case TouchKind::Repo:
      return "repo";
    case TouchKind::Table:
      return "table";
    case TouchKind::Ticket:
      return "ticket";
    case TouchKind::Other:
      return "other";
  }
  return "";
}

const char* name(TouchOp op) {
  switch (op) {
    case TouchOp::Unknown:
      return "unknown";
    case TouchOp::Read:
      return "read";
    case TouchOp::Write:
      return "write";
  }
  return "";
}

std::optional<TouchOp> touch_op(std::string_view word) {
  for (const TouchOp op : {TouchOp::Unknown, TouchOp::Read, TouchOp::Write})
    if (word == name(op)) return op;
  return std::nullopt;
}

}  // namespace callgate
