// Edits Codex's servers, which are tables [mcp_servers.NAME] or keys of the table [mcp_servers].
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "callgate/wire/message.h"
#include "document.h"
#include "toml.h"

namespace callgate {

namespace {

/// A block of consecutive lines that belong to one server. A server may have several blocks.
struct Lines {
  size_t begin, end;
  /// True if the lines begin with a table's header, so that they may be moved to any place between
  /// statements.
  bool table;
};

class TomlDocument final : public Document {
 public:
  static Result<std::unique_ptr<Document>> read(std::string_view text, const std::string& servers);

  bool has_servers() const override { return !entries_.empty(); }
  std::string servers_raw() const override { return {}; }
  std::string with_servers_raw(const std::string&) const override { return text_; }
  std::string changed(const std::vector<std::string>& removed,
                      const std::vector<DocumentEntry>& added) const override;
  std::string without_servers() const override { return text_; }

 private:
  TomlDocument(std::string_view text, std::string servers)
      : text_(text), servers_(std::move(servers)) {}
  std::optional<Error> take(const std::vector<TomlStatement>& statements);
  std::string block(const DocumentEntry& entry) const;

  const std::string text_, servers_;
  JsonTree tree_;
  std::map<std::string, std::vector<Lines>, std::less<>> lines_;
};

Result<std::unique_ptr<Document>> TomlDocument::read(std::string_view text,
                                                     const std::string& servers) {
  std::unique_ptr<TomlDocument> document(new TomlDocument(text, servers));
  const auto statements = read_toml(text);
  if (!statements) return statements.error();
  if (const auto error = document->take(*statements)) return *error;
  if (document->tree_.members().size() > kMostEntries) return too_many_entries();
  for (const auto& [name, tree] : document->tree_.members()) {
    const std::vector<Lines>& lines = document->lines_[name];
    DocumentEntry entry{name, tree.json(), ""};
    const bool whole =
        std::all_of(lines.begin(), lines.end(), [](const Lines& l) { return l.table; });
    for (const Lines& each : lines)
      if (whole) entry.raw += document->text_.substr(each.begin, each.end - each.begin);
    document->entries_.push_back(std::move(entry));
  }
  return std::unique_ptr<Document>(std::move(document));
}

std::optional<Error> TomlDocument::take(const std::vector<TomlStatement>& statements) {
  using Kind = TomlStatement::Kind;
  std::string before;  // the server of the previous statement
  for (const TomlStatement& each : statements) {
    const bool ours = each.path.front() == servers_;
    const std::string name = ours && each.path.size() > 1 ? each.path[1] : std::string();
    const auto wrong = [&](const std::string& what) { return not_valid(text_, each.begin, what); };
    if (ours &&
        (each.kind == Kind::ArrayOfTables || (each.kind == Kind::Value && each.path.size() == 1)))
      return Error{"desktop.unsupported",
                   wrong("").message + "callgate can edit only servers that are written as tables",
                   fmt::format("write each server as a table [{}.NAME]", servers_)};
    if (ours && each.path.size() > 1) {
      const bool good =
          each.kind == Kind::Value ? tree_.put(each.path, 1, each.json) : tree_.open(each.path, 1);
      if (!good) return wrong("this key appears twice");
      std::vector<Lines>& lines = lines_[name];
      if (name == before) {
        lines.back().end = each.end;
      } else {
        lines.push_back({each.begin, each.end, each.kind == Kind::Table});
      }
    }
    before = name;
  }
  return std::nullopt;
}

std::string TomlDocument::block(const DocumentEntry& entry) const {
  if (!entry.raw.empty()) return entry.raw;
  const std::string end(line_end_of(text_));
  Walker walker;
  const auto message = walker.walk(entry.json);
  ENSURE(message.ok());
  std::string out = fmt::format("[{}.{}]{}", servers_, toml_key(entry.name), end);
  for (Value member : (*message)->root())
    out += fmt::format("{} = {}{}", toml_key(member.key()), toml_value(member.raw()), end);
  return out;
}

/// Puts the added entries where the first removed table was. If no table was removed, puts them at
/// the end of the file.
std::string TomlDocument::changed(const std::vector<std::string>& removed,
                                  const std::vector<DocumentEntry>& added) const {
  std::vector<Splice> splices;
  std::optional<size_t> place;
  for (const std::string& name : removed) {
    const auto found = lines_.find(name);
    if (found == lines_.end()) continue;
    for (const Lines& each : found->second) {
      splices.push_back({each.begin, each.end, ""});
      if (each.table) place = std::min(place.value_or(each.begin), each.begin);
    }
  }
  std::string blocks;
  const std::string end(line_end_of(text_));
  for (const DocumentEntry& each : added) {
    if (!blocks.empty()) blocks += end;
    blocks += block(each);
    if (!blocks.ends_with('\n')) blocks += end;
  }
  if (blocks.empty()) return spliced(text_, std::move(splices));
  if (place) {
    splices.insert(splices.begin(), {*place, *place, blocks});
    return spliced(text_, std::move(splices));
  }
  std::string out = spliced(text_, std::move(splices));
  if (!out.empty() && out != "\xEF\xBB\xBF") {
    if (!out.ends_with('\n')) out += end;
    out += end;
  }
  return out + blocks;
}

}  // namespace

Result<std::unique_ptr<Document>> read_toml_document(std::string_view text,
                                                     const std::string& servers) {
  return TomlDocument::read(text, servers);
}

}  // namespace callgate
