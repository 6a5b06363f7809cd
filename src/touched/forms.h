// Recognises a value by its form (a path, an address, a repository, a ticket), and normalises it to
// the form in which the record keeps it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "callgate/touched/touch.h"

namespace callgate {

enum class Form : uint8_t {
  None,
  Path,    ///< /x, ./x, ../x, ~/x, C:\x
  File,    ///< file:
  Url,     ///< http, https, ws, wss, ftp, ftps, sftp
  Repo,    ///< git, ssh, git@host:path
  Uri,     ///< another scheme with "//"
  Opaque,  ///< another scheme without "//"; only where a URI is expected
  Inline,  ///< data:, javascript:, blob: …; the URI itself is the content
};
/// Takes linear time and allocates nothing. Returns None for a text with control characters or
/// white space inside, except that paths may contain spaces.
Form form_of(std::string_view text);

/// Returns the path, absolute if `roots` has the folder, with "." and ".." resolved by its text.
std::string path_text(std::string_view path, const PathRoots& roots);
/// Returns the path of a file: URI with its escapes decoded once; empty if the file is on another
/// host.
std::string file_path(std::string_view uri, const PathRoots& roots);
/// Returns the URL without user, query and fragment, with scheme and host in lower case, without a
/// default port, and with "/" for an empty path.
std::string url_text(std::string_view url);
/// Returns a URI of any scheme, with or without "//", without user, query and fragment and
/// otherwise unchanged.
std::string uri_text(std::string_view uri);
/// For an argument that expects an address: returns an address without a scheme, such as
/// "example.com:8080/x"; empty if the text is not such an address.
std::string host_text(std::string_view text);
/// Returns a repository's address, with "user@host:path" as "ssh://host/path".
std::string repo_address(std::string_view text);
/// True if the text is one part of "owner/name" (is_repo_part), or one or more such parts
/// (is_repo_name). A part has letters, digits, "-", "_" and ".".
bool is_repo_part(std::string_view text);
bool is_repo_name(std::string_view text);
/// True for a ticket such as "ABC-123".
bool is_ticket(std::string_view text);
/// True if the text may be a table's name: letters, digits, "_", "$", "-", "." and characters
/// beyond ASCII.
bool is_table_name(std::string_view text);

/// Cuts the text off at its first zero byte, or after kTouchLooked bytes if that is earlier, but
/// never within a UTF-8 character. Appends "…" if the text was cut, here or before (`cut_already`).
std::string bounded(std::string text, bool cut_already);

}  // namespace callgate
