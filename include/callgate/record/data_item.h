// The data that a call accesses: a file, an address, a table. The gate derives it from the call's
// arguments and its answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace callgate {

enum class DataKind : uint8_t { Path, Url, Repo, Table, Ticket, Other };
/// Unknown means that neither the server's annotations nor the tool's name show what the tool does.
enum class DataOp : uint8_t { Unknown, Read, Write };

/// A longer name is shortened, after masking, to this many bytes and ends with "…". Its beginning
/// shows the folder or host, so a long name can hide nothing important.
inline constexpr size_t kDataItemBytes = 1024;

/// What a call does, as far as the tool's name or the command shows it. Wait: the tool only sleeps,
/// so its answer does not show any progress.
enum class Effect : uint8_t { Unknown, Read, Write, Wait };

struct DataItem {
  DataKind kind{};
  DataOp op{};
  /// The name of the data; its form depends on `kind`. Path: absolute if the folder is known. Url:
  /// without user, query and fragment. Repo: an address, or "owner/name", which a file's path may
  /// follow. Table: the table's name. Ticket: "KEY-1", "#1" or "owner/name#1". Other: a URI that
  /// only the server understands.
  std::string what;
  bool operator==(const DataItem&) const = default;
};

const char* name(DataKind kind);  ///< "path", "url", …
const char* name(DataOp op);      ///< "unknown", "read", "write"
std::optional<DataOp> data_op(std::string_view name);

}  // namespace callgate
