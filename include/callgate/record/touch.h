// The data that a call accesses: a file, an address, a table. The gate derives it from the call's
// arguments and its answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace callgate {

enum class TouchKind : uint8_t { Path, Url, Repo, Table, Ticket, Other };
/// Unknown: neither the server's annotations nor the tool's name show what it does.
enum class TouchOp : uint8_t { Unknown, Read, Write };

/// Longer names are cut to this many bytes after masking, and end with "…". The beginning shows the
/// folder or host, so a long name hides nothing important.
inline constexpr size_t kTouchBytes = 1024;

/// What a call does, as far as the tool's name or the command shows it. Wait: the tool only sleeps,
/// so its answer does not show any progress.
enum class Effect : uint8_t { Unknown, Read, Write, Wait };

struct Touch {
  TouchKind kind{};
  TouchOp op{};
  /// Path: absolute if that is known. Url: without user, query and fragment. Repo: "owner/name",
  /// followed by a file's path if there is one, or an address. Table: its name. Ticket: "KEY-1",
  /// "#1" or "owner/name#1". Other: a URI that only the server understands.
  std::string what;
  bool operator==(const Touch&) const = default;
};

const char* name(TouchKind kind);  ///< "path", "url", …
const char* name(TouchOp op);      ///< "unknown", "read", "write"
std::optional<TouchOp> touch_op(std::string_view name);

}  // namespace callgate
