// What the name of an argument implies for its value. One table serves both questions: what data a
// call accesses, and what its subject is.
#pragma once

#include <cstdint>
#include <string_view>

#include "callgate/wire/message.h"

namespace callgate {

enum class Hint : uint8_t {
  None,     ///< only a value that its own form identifies counts
  Content,  ///< a text, a body, a secret: nothing in it is looked at
  Data,     ///< the same for strings; members of an object may be named
  Path,
  /// A folder in which the other paths of the same object begin.
  Base,
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
  Arguments,  ///< the arguments of a command
  Issue,
  IssueNumber,
  Number,     ///< an issue's number if the tool is about issues
  Reference,  ///< may be a ticket
};

struct Named {
  Hint hint = Hint::None;
  /// True if the value is a path in any form ("notes.txt"); else only "/x", "./x" and "~/x" are
  /// paths.
  bool sure = false;
  /// Of the arguments that may name the call's subject, the one with the lowest rank does; 0 if
  /// this one never does.
  uint8_t rank = 0;
  bool folder = false;  ///< relative paths of the same object may begin there
};

/// Ignores case, "_" and "-": file_path and filePath are the same.
Named named(std::string_view key);
Named named(Value member);

}  // namespace callgate
