// What the name of an argument implies for its value.
#pragma once

#include <cstdint>
#include <string_view>

#include "callgate/wire/message.h"

namespace callgate {

enum class Hint : uint8_t {
  None,     ///< the name implies nothing: a value counts only if its own form identifies it
  Content,  ///< a text, a body, a secret: the value is not searched
  Data,     ///< like Content for strings, but the members of an object are searched
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
  /// True if the name surely means a path, so that "notes.txt" is a path, too; otherwise only
  /// values such as "/x", "./x" and "~/x" are paths.
  bool sure = false;
  bool folder = false;  ///< relative paths in the same object may begin in this folder
};

/// Ignores case, "_" and "-": file_path and filePath are the same.
Named named(std::string_view key);
Named named(Value member);

}  // namespace callgate
