// A client's configuration text, of which servers can be read, removed and added while every other
// byte stays the same. There is one class for each format. No function reads or writes files.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/desktop/clients.h"
#include "callgate/wire/message.h"

namespace callgate {

struct DocumentEntry {
  std::string name;
  std::string json;  ///< the entry as JSON, whatever the format
  /// The entry's text as it is in a file. If `raw` is not empty, changed() writes it unchanged.
  /// Otherwise, changed() writes `json` in the layout of the file.
  std::string raw;
};

/// Makes an Error about a place in a text, without a path: "LINE:COLUMN: what".
Error not_valid(std::string_view text, size_t offset, const std::string& what);

class Document {
 public:
  virtual ~Document() = default;
  Document() = default;
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  const std::vector<DocumentEntry>& entries() const { return entries_; }
  const DocumentEntry* entry(std::string_view name) const;
  /// True if the text has the member or list in which servers are, even if that member or list is
  /// empty.
  virtual bool has_servers() const = 0;
  /// Returns the text of the value that holds all servers. Returns an empty text for a format in
  /// which with_servers_raw() can't replace this value.
  virtual std::string servers_raw() const = 0;
  /// Returns the text with the value that holds all servers replaced by `raw`, which an earlier
  /// servers_raw() returned.
  virtual std::string with_servers_raw(const std::string& raw) const = 0;
  /// Returns the text without the entries `removed`, and with `added` after the entries that stay.
  /// The entries must have different names.
  virtual std::string changed(const std::vector<std::string>& removed,
                              const std::vector<DocumentEntry>& added) const = 0;
  /// Returns the text without the member in which servers are, and so without all servers.
  virtual std::string without_servers() const = 0;

 protected:
  std::vector<DocumentEntry> entries_;
};

/// Reads a text of up to 4 MiB. Errors: "desktop.not_valid" and "desktop.unsupported"; the message
/// begins with LINE:COLUMN.
Result<std::unique_ptr<Document>> read_document(ConfigFormat format, std::string_view text,
                                                const std::vector<std::string>& servers);
Result<std::unique_ptr<Document>> read_json_document(std::string_view text,
                                                     const std::vector<std::string>& servers);
Result<std::unique_ptr<Document>> read_toml_document(std::string_view text,
                                                     const std::string& servers);
Result<std::unique_ptr<Document>> read_yaml_document(std::string_view text,
                                                     const std::string& servers);
/// Reads YAML in which the servers are a list. The name of a list item is its `name` or, without a
/// `name`, its `uses`.
Result<std::unique_ptr<Document>> read_yaml_list_document(std::string_view text,
                                                          const std::string& servers);
/// Reads the servers that a script adds with `mcp add NAME …`. Only their names are known, and the
/// text never changes.
std::unique_ptr<Document> read_script(std::string_view text);

/// Parses JSON with comments. In the result, comments are replaced by blanks, so offsets stay the
/// same.
Result<MessagePtr> parse_jsonc(std::string text);

inline constexpr size_t kMostEntries = 4096;
Error too_many_entries();

/// Replaces the bytes [begin, end) of a text.
struct Splice {
  size_t begin, end;
  std::string text;
};
/// Applies splices, which must not overlap. Splices with the same offsets keep their order.
std::string spliced(std::string_view text, std::vector<Splice> splices);

/// Returns "\r\n" if the first line ends with it, else "\n".
std::string_view line_end_of(std::string_view text);
size_t line_begin(std::string_view text, size_t at);
/// Returns the offset after the end of the line that contains `at`.
size_t line_after(std::string_view text, size_t at);
bool only_blanks(std::string_view text);

}  // namespace callgate
