// A configuration file whose servers can be read, taken out and put in, while every other byte
// stays as it is. One kind for each format; pure, without files.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/desktop/clients.h"

namespace callgate {

struct DocumentEntry {
  std::string name;
  std::string json;  ///< the entry as JSON, whatever the format
  std::string raw;   ///< as it stands in the file, to be put back; empty: only `json` can be
};

/// Says of a text what is wrong where: an Error without a path, "LINE:COLUMN: what".
Error not_valid(std::string_view text, size_t offset, const std::string& what);

class Document {
 public:
  virtual ~Document() = default;
  Document() = default;
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  const std::vector<DocumentEntry>& entries() const { return entries_; }
  const DocumentEntry* entry(std::string_view name) const;
  /// Is there a place for servers, be it empty?
  virtual bool has_servers() const = 0;
  /// The place with all that is in it, as it stands; empty when it can't be replaced as one.
  virtual std::string servers_raw() const = 0;
  /// The text with the place replaced by what servers_raw() said once.
  virtual std::string with_servers_raw(const std::string& raw) const = 0;
  /// The text without some entries and with others behind those that stay. No name twice.
  virtual std::string changed(const std::vector<std::string>& removed,
                              const std::vector<DocumentEntry>& added) const = 0;
  /// The text without the place for servers, which is or becomes empty.
  virtual std::string without_servers() const = 0;

 protected:
  std::vector<DocumentEntry> entries_;
};

/// Errors: "desktop.not_valid", "desktop.unsupported": the message begins with LINE:COLUMN.
/// Text up to 4 MiB.
Result<std::unique_ptr<Document>> read_document(ConfigFormat format, std::string_view text,
                                                const std::vector<std::string>& servers);
Result<std::unique_ptr<Document>> read_json_document(std::string_view text,
                                                     const std::vector<std::string>& servers);
Result<std::unique_ptr<Document>> read_toml_document(std::string_view text,
                                                     const std::string& servers);
Result<std::unique_ptr<Document>> read_yaml_document(std::string_view text,
                                                     const std::string& servers);
/// Servers are a list: an item's name is its `name`, else its `uses`.
Result<std::unique_ptr<Document>> read_yaml_list_document(std::string_view text,
                                                          const std::string& servers);
/// The servers that a script adds by the line `mcp add NAME …`. Only their names are known, and
/// the text never changes.
std::unique_ptr<Document> read_script(std::string_view text);

inline constexpr size_t kMostEntries = 4096;
Error too_many_entries();

/// Bytes [begin, end) of a text and what comes in their place.
struct Splice {
  size_t begin, end;
  std::string text;
};
/// Splices don't overlap; those at the same place keep their order.
std::string spliced(std::string_view text, std::vector<Splice> splices);

bool contains(const std::vector<std::string>& names, std::string_view name);
/// "\r\n" where the first line ends so.
std::string_view line_end_of(std::string_view text);
size_t line_begin(std::string_view text, size_t at);
/// Behind the line's end.
size_t line_after(std::string_view text, size_t at);
bool only_blanks(std::string_view text);

}  // namespace callgate
