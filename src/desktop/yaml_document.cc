// Edits Goose's extensions (a mapping in block style) and Continue's servers (a list). Both are
// members of the root mapping.
#include <fmt/core.h>

#include <algorithm>

#include "callgate/wire/message.h"
#include "document.h"
#include "yaml.h"

namespace callgate {

namespace {

class YamlDocument final : public Document {
 public:
  enum class Kind { Mapping, List };
  static Result<std::unique_ptr<Document>> read(std::string_view text, const std::string& servers,
                                                Kind kind);

  bool has_servers() const override { return place_.has_value(); }
  std::string servers_raw() const override { return {}; }
  std::string with_servers_raw(const std::string&) const override { return text_; }
  std::string changed(const std::vector<std::string>& removed,
                      const std::vector<DocumentEntry>& added) const override;
  std::string without_servers() const override {
    return place_ ? spliced(text_, {{place_->begin, place_->end, ""}}) : text_;
  }

 private:
  YamlDocument(std::string_view text, std::string servers, Kind kind)
      : text_(text), servers_(std::move(servers)), kind_(kind) {}
  const char* empty() const { return kind_ == Kind::List ? "[]" : "{}"; }
  std::optional<Error> take(const YamlMapping& root);
  std::string block(const DocumentEntry& entry, const std::string& indent) const;

  std::string new_block(const DocumentEntry& entry, const std::string& indent) const;
  std::optional<Splice> without_nothing() const;

  const std::string text_, servers_;
  const Kind kind_;
  std::optional<YamlMember> place_;
  YamlMapping mapping_;
};

std::string indented(size_t count) { return std::string(count, ' '); }

Result<std::unique_ptr<Document>> YamlDocument::read(std::string_view text,
                                                     const std::string& servers, Kind kind) {
  std::unique_ptr<YamlDocument> document(new YamlDocument(text, servers, kind));
  const auto root = read_yaml_root(text, servers);
  if (!root) return root.error();
  if (const auto error = document->take(*root)) return *error;
  return std::unique_ptr<Document>(std::move(document));
}

std::optional<Error> YamlDocument::take(const YamlMapping& root) {
  for (const YamlMember& member : root.members) {
    if (member.key != servers_) continue;
    if (place_) return not_valid(text_, member.begin, "this key appears twice");
    place_ = member;
  }
  if (!place_) return std::nullopt;
  const auto members =
      kind_ == Kind::List ? read_yaml_items(text_, *place_) : read_yaml_members(text_, *place_);
  if (!members) return members.error();
  mapping_ = *members;
  if (mapping_.members.empty() && place_->json != "null" && place_->json != empty())
    return Error{"desktop.unsupported",
                 not_valid(text_, place_->begin, "").message +
                     "servers are written here in a way that can't be edited",
                 kind_ == Kind::List ? "write each on lines of its own, which begin with a dash"
                                     : "write each on lines of its own, indented below its name"};
  if (mapping_.members.size() > kMostEntries) return too_many_entries();
  for (const YamlMember& member : mapping_.members) {
    if (entry(member.key))
      return not_valid(text_, member.begin,
                       kind_ == Kind::List ? "this name appears twice" : "this key appears twice");
    entries_.push_back(
        {member.key, member.json, text_.substr(member.begin, member.end - member.begin)});
  }
  return std::nullopt;
}

/// Returns an entry's lines with the given indentation. If the entry has its text from a file, that
/// text is indented again.
std::string YamlDocument::block(const DocumentEntry& entry, const std::string& indent) const {
  const std::string end(line_end_of(text_));
  std::string out;
  if (!entry.raw.empty()) {
    const size_t had = std::min(entry.raw.find_first_not_of(' '), entry.raw.size());
    for (size_t at = 0; at < entry.raw.size(); at = line_after(entry.raw, at)) {
      const std::string line = entry.raw.substr(at, line_after(entry.raw, at) - at);
      const size_t own = std::min(line.find_first_not_of(' '), line.size());
      out += only_blanks(line) ? line : indent + line.substr(std::min(own, had));
    }
    return out.ends_with('\n') ? out : out + end;
  }
  return new_block(entry, indent);
}

std::string YamlDocument::new_block(const DocumentEntry& entry, const std::string& indent) const {
  const std::string end(line_end_of(text_));
  const bool list = kind_ == Kind::List;
  Walker walker;
  const auto message = walker.walk(entry.json);
  ENSURE(message.ok());
  std::string out = indent + (list ? "- name: " : "") + yaml_key(entry.name) + (list ? "" : ":");
  out += end;
  for (Value member : (*message)->root())
    if (!list || !member.key_is("name"))
      out += indent + "  " + yaml_key(member.key()) + ": " + yaml_value(member.raw()) + end;
  return out;
}

/// Removes the value after the servers' key if it means that there are no servers: {}, [], ~ or
/// null.
std::optional<Splice> YamlDocument::without_nothing() const {
  const size_t line = std::min(line_after(text_, place_->value), text_.size());
  const size_t word = text_.find_first_not_of(" \t", place_->value);
  if (word >= line) return std::nullopt;
  const bool blank = text_[word - 1] == ' ';
  size_t size = text_[word] == '~' ? 1 : text_.compare(word, 4, "null") == 0 ? 4 : 0;
  if (size > 0) return Splice{word, word + size, ""};
  if (text_[word] != empty()[0]) return std::nullopt;
  const size_t close = text_.find(empty()[1], word);
  if (close >= line) return std::nullopt;
  return Splice{blank ? word - 1 : word, close + 1, ""};
}

std::string YamlDocument::changed(const std::vector<std::string>& removed,
                                  const std::vector<DocumentEntry>& added) const {
  const std::string end(line_end_of(text_));
  std::string blocks;
  const std::string indent = indented(mapping_.members.empty() ? 2 : mapping_.indent);
  for (const DocumentEntry& each : added) blocks += block(each, indent);
  if (!place_) {
    if (blocks.empty()) return text_;
    std::string out = text_;
    if (!out.empty() && out != "\xEF\xBB\xBF" && !out.ends_with('\n')) out += end;
    return out + servers_ + ":" + end + blocks;
  }
  std::vector<Splice> splices;
  size_t left = mapping_.members.size();
  for (const YamlMember& member : mapping_.members) {
    if (!contains(removed, member.key)) continue;
    splices.push_back({member.begin, member.end, ""});
    --left;
  }
  // After the colon, there must be nothing if members follow, and "{}" or "[]" if there are no
  // members.
  const size_t line = std::min(line_after(text_, place_->value), text_.size());
  if (left == 0 && blocks.empty() && !mapping_.members.empty())
    splices.push_back({place_->value, place_->value, " " + std::string(empty())});
  if (mapping_.members.empty() && !blocks.empty())
    if (auto nothing = without_nothing()) splices.push_back(std::move(*nothing));
  if (!blocks.empty()) {
    const size_t at = mapping_.members.empty() ? line : mapping_.members.back().end;
    const bool open = at > 0 && text_[at - 1] != '\n';  // the file's last line has no line end
    splices.push_back({at, at, (open ? end : "") + blocks});
  }
  return spliced(text_, std::move(splices));
}

}  // namespace

Result<std::unique_ptr<Document>> read_yaml_document(std::string_view text,
                                                     const std::string& servers) {
  return YamlDocument::read(text, servers, YamlDocument::Kind::Mapping);
}

Result<std::unique_ptr<Document>> read_yaml_list_document(std::string_view text,
                                                          const std::string& servers) {
  return YamlDocument::read(text, servers, YamlDocument::Kind::List);
}

}  // namespace callgate
