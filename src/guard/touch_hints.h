// What the name of an argument says of its value. One table for what a call touches and for what
// it is about.
#pragma once

#include <cstdint>
#include <string_view>

#include "callgate/wire/message.h"

namespace callgate {

enum class Hint : uint8_t {
  None,     ///< only a value that says itself what it is counts
  Content,  ///< a text, a body, a secret: nothing beneath is looked at
  Data,     ///< the same of strings; what lies beneath may be named
  Path,
  Base,  ///< a folder from which the other paths beside it begin
  Source,
  Destination,
  Output,
  Uri,
  Url,
  Host,
  Repo,
  Owner,
  Project,
  Table,
  Schema,
  Database,
  Collection,
  Query,  ///< may be SQL
  Sql,
  Command,
  Arguments,  ///< of a command
  Issue,
  IssueNumber,
  Number,     ///< of an issue, if the tool says so
  Reference,  ///< may be a ticket's
};

struct Named {
  Hint hint = Hint::None;
  /// A path is one whatever it looks like ("notes.txt"); else only "/x", "./x", "~/x".
  bool sure = false;
  /// Of the arguments that name what a call is about, the lowest counts; 0: this one doesn't.
  uint8_t rank = 0;
  bool folder = false;  ///< relative paths next to it may begin there
};

/// Of small and large letters, "_" and "-" only their order counts: file_path, filePath.
Named named(std::string_view key);
Named named(Value member);

}  // namespace callgate
