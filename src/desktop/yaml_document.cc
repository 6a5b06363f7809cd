// Goose's extensions: a mapping in block style at the root.
#include <fmt/core.h>

#include <algorithm>

#include "callgate/wire/message.h"
#include "document.h"
#include "yaml.h"

namespace callgate {

namespace {

class YamlDocument final : public Document {
 public:
  static Result<std::unique_ptr<Document>> read(std::string_view text, const std::string& servers);

  bool has_servers() const override { return place_.has_value(); }
  std::string servers_raw() const override { return {}; }
  std::string with_servers_raw(const std::string&) const override { return text_; }
  std::string changed(const std::vector<std::string>& removed,
                      const std::vector<DocumentEntry>& added) const override;
  std::string without_servers() const override {
    return place_ ? spliced(text_, {{place_->begin, place_->end, ""}}) : text_;
  }

 private:
  YamlDocument(std::string_view text, std::string servers)
      : text_(text), servers_(std::move(servers)) {}
  std::optional<Error> take(const YamlMapping& root);
  std::string block(const DocumentEntry& entry, const std::string& indent) const;

  const std::string text_, servers_;
  std::optional<YamlMember> place_;
  YamlMapping mapping_;
};

std::string indented(size_t count) { return std::string(count, ' '); }

Result<std::unique_ptr<Document>> YamlDocument::read(std::string_view text,
                                                     const std::string& servers) {
  std::unique_ptr<YamlDocument> document(new YamlDocument(text, servers));
  const auto root = read_yaml_root(text, servers);
  if (!root) return root.error();
  if (const auto error = document->take(*root)) return *error;
  return std::unique_ptr<Document>(std::move(document));
}

std::optional<Error> YamlDocument::take(const YamlMapping& root) {
  for (const YamlMember& member : root.members) {
    if (member.key != servers_) continue;
    if (place_) return not_valid(text_, member.begin, "this key stands twice");
    place_ = member;
  }
  if (!place_) return std::nullopt;
  const auto members = read_yaml_members(text_, *place_);
  if (!members) return members.error();
  mapping_ = *members;
  if (mapping_.members.empty() && place_->json != "null" && place_->json != "{}")
    return Error{"desktop.unsupported",
                 not_valid(text_, place_->begin, "").message +
                     "servers stand here in a way that can't be edited",
                 "write each on lines of its own, indented below its name"};
  if (mapping_.members.size() > kMostEntries) return too_many_entries();
  for (const YamlMember& member : mapping_.members) {
    if (entry(member.key)) return not_valid(text_, member.begin, "this key stands twice");
    entries_.push_back(
        {member.key, member.json, text_.substr(member.begin, member.end - member.begin)});
  }
  return std::nullopt;
}

/// A piece that stood in a file comes back with the indentation that is used now.
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
  Walker walker;
  const auto message = walker.walk(entry.json);
  ENSURE(message.ok());
  out = indent + yaml_key(entry.name) + ":" + end;
  for (Value member : (*message)->root())
    out += indent + "  " + yaml_key(member.key()) + ": " + yaml_value(member.raw()) + end;
  return out;
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
  // "key:" alone or "key: {}": what follows the colon changes with whether there are members.
  const size_t line = std::min(line_after(text_, place_->value), text_.size());
  const size_t flow = text_.find("{}", place_->value);
  if (left == 0 && blocks.empty() && !mapping_.members.empty())
    splices.push_back({place_->value, place_->value, " {}"});
  if (mapping_.members.empty() && !blocks.empty() && flow < line)
    splices.push_back({text_[flow - 1] == ' ' ? flow - 1 : flow, flow + 2, ""});
  if (mapping_.members.empty() && !blocks.empty() && flow >= line && place_->json == "null") {
    const size_t word = text_.find_first_not_of(" \t", place_->value);
    if (word < line && (text_[word] == '~' || text_.compare(word, 4, "null") == 0))
      splices.push_back({word, word + (text_[word] == '~' ? 1U : 4U), ""});
  }
  if (!blocks.empty()) {
    const size_t at = mapping_.members.empty() ? line : mapping_.members.back().end;
    const bool open = at > 0 && text_[at - 1] != '\n';  // the file's last line has no end
    splices.push_back({at, at, (open ? end : "") + blocks});
  }
  return spliced(text_, std::move(splices));
}

}  // namespace

Result<std::unique_ptr<Document>> read_yaml_document(std::string_view text,
                                                     const std::string& servers) {
  return YamlDocument::read(text, servers);
}

}  // namespace callgate
