// A value's own form: a path, an address, a repository, a ticket; and the one way each is written
// in the record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "callgate/guard/touch.h"

namespace callgate {

enum class Form : uint8_t {
  None,
  Path,    ///< /x, ./x, ../x, ~/x, C:\x
  File,    ///< file:
  Url,     ///< http, https, ws, wss, ftp, ftps, sftp
  Repo,    ///< git, ssh, git@host:path
  Uri,     ///< another scheme with "//"
  Opaque,  ///< another scheme without: only where a URI is expected
  Inline,  ///< data:, javascript:, blob: … its text is content
};
/// Linear, allocates nothing. Control characters and white space inside: None, but for paths with
/// blanks.
Form form_of(std::string_view text);

/// Absolute where `roots` tell; "." and ".." undone, on paper.
std::string path_text(std::string_view path, const PathRoots& roots);
/// Of a file: URI, its escapes undone once. Empty: on another host.
std::string file_path(std::string_view uri, const PathRoots& roots);
/// Without user, query and fragment; scheme and host in small letters, no default port, "/" for an
/// empty path.
std::string url_text(std::string_view url);
/// Without user, query and fragment, of any scheme, with or without "//"; else as it is.
std::string uri_text(std::string_view uri);
/// "example.com:8080/x" as it is expected where an address is; else empty.
std::string host_text(std::string_view text);
/// Of a repository's address, "user@host:path" included, as "ssh://host/path".
std::string repo_address(std::string_view text);
/// One part of "owner/name", or both: letters, digits, "-", "_", ".".
bool is_repo_part(std::string_view text);
bool is_repo_name(std::string_view text);
/// "ABC-123".
bool is_ticket(std::string_view text);
/// Letters, digits, "_", "$", "-", "." and what is not ASCII: a table's name.
bool is_table_name(std::string_view text);

/// At most kTouchLooked, no zero byte, UTF-8 never cut within a character; cut: "…" at its end.
std::string bounded(std::string text, bool cut_already);

}  // namespace callgate
