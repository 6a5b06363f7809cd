// What a call touched: a file, an address, a table. Derived from what it says and what it got.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace callgate {

enum class TouchKind : uint8_t { Path, Url, Repo, Table, Ticket, Other };
/// Unknown: neither the server nor the tool's name tells.
enum class TouchOp : uint8_t { Unknown, Read, Write };

/// What is longer is cut to this when it has been masked, with "…" at its end: the beginning says
/// in which folder or at which host it is, and whoever hides something behind a long name is in the
/// record all the same.
inline constexpr size_t kTouchBytes = 1024;

struct Touch {
  TouchKind kind{};
  TouchOp op{};
  /// Path: absolute where that is known; Url: without user, query and fragment; Repo: "owner/name",
  /// with a file's path behind it, or an address; Table: its name; Ticket: "KEY-1", "#1" or
  /// "owner/name#1"; Other: a URI of the server's own.
  std::string what;
  bool operator==(const Touch&) const = default;
};

const char* name(TouchKind kind);  ///< "path", "url", …
const char* name(TouchOp op);      ///< "unknown", "read", "write"
std::optional<TouchOp> touch_op(std::string_view name);

}  // namespace callgate
