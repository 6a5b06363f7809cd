#include "callgate/record/data_item.h"

namespace callgate {

const char* name(DataKind kind) {
  switch (kind) {
    case DataKind::Path:
      return "path";
    case DataKind::Url:
      return "url";
    case DataKind::Repo:
      return "repo";
    case DataKind::Table:
      return "table";
    case DataKind::Ticket:
      return "ticket";
    case DataKind::Other:
      return "other";
  }
  return "";
}

const char* name(DataOp op) {
  switch (op) {
    case DataOp::Unknown:
      return "unknown";
    case DataOp::Read:
      return "read";
    case DataOp::Write:
      return "write";
  }
  return "";
}

std::optional<DataOp> data_op(std::string_view word) {
  for (const DataOp op : {DataOp::Unknown, DataOp::Read, DataOp::Write})
    if (word == name(op)) return op;
  return std::nullopt;
}

}  // namespace callgate
