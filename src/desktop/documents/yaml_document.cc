// Edits Goose's extensions (a mapping in block style) and Continue's servers (a list). Both are
// members of the root mapping.
#include <fmt/core.h>

#include <algorithm>

#include "callgate/base/text.h"
#include "callgate/wire/message.h"
#include "document.h"
#include "yaml_text.h"

namespace callgate {

namespace {

class YamlDocument final : public Document {
 public:
  using Kind = YamlPlace::Kind;
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
  std::optional<Error> take();
  std::string block(const DocumentEntry& entry, const std::string& indent) const;
  std::string new_block(const DocumentEntry& entry, const std::string& indent) const;

  const std::string text_, servers_;
  const Kind kind_;
  std::optional<YamlPlace> place_;
};

Result<std::unique_ptr<Document>> YamlDocument::read(std::string_view text,
                                                     const std::string& servers, Kind kind) {
  std::unique_ptr<YamlDocument> document(new YamlDocument(text, servers, kind));
  auto place = read_yaml(text, servers);
  if (!place) return place.error();
  document->place_ = std::move(*place);
  if (const auto error = document->take()) return *error;
  return std::unique_ptr<Document>(std::move(document));
}

std::optional<Error> YamlDocument::take() {
  if (!place_) return std::nullopt;
  if (place_->kind != kind_ && place_->json != "null" && place_->json != empty())
    return Error{
        "desktop.unsupported",
        not_valid(text_, place_->begin, "").message + "callgate can't edit this form of an entry",
        kind_ == Kind::List ? "write each server on lines of its own, the first with a dash"
                            : "write each server on lines of its own, indented below its name"};
  if (place_->members.size() > kMostEntries) return too_many_entries();
  for (const YamlMember& member : place_->members) {
    if (entry(member.key)) return not_valid(text_, member.begin, "this name appears twice");
    entries_.push_back(
        {member.key, member.json, text_.substr(member.begin, member.end - member.begin)});
  }
  return std::nullopt;
}

/// Returns an entry's lines with the given indentation. If `raw` has the entry's text from a file,
/// the lines of this text are indented again.
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

std::string YamlDocument::changed(const std::vector<std::string>& removed,
                                  const std::vector<DocumentEntry>& added) const {
  const std::string end(line_end_of(text_));
  std::string blocks;
  const std::string indent(place_ && !place_->members.empty() ? place_->indent : 2, ' ');
  for (const DocumentEntry& each : added) blocks += block(each, indent);
  if (!place_) {
    if (blocks.empty()) return text_;
    std::string out = text_;
    if (!out.empty() && out != "\xEF\xBB\xBF" && !out.ends_with('\n')) out += end;
    return out + servers_ + ":" + end + blocks;
  }
  const std::vector<YamlMember>& members = place_->members;
  std::vector<Splice> splices;
  size_t left = members.size();
  for (const YamlMember& member : members) {
    if (!contains(removed, member.key)) continue;
    splices.push_back({member.begin, member.end, ""});
    --left;
  }
  // If no members are left, "{}" or "[]" must follow the colon. If there are members, nothing may
  // follow it on its line.
  if (left == 0 && blocks.empty() && !members.empty())
    splices.push_back({place_->after_colon, place_->after_colon, " " + std::string(empty())});
  if (!blocks.empty()) {
    size_t at = line_after(text_, place_->after_colon);
    if (!members.empty()) {
      at = members.back().end;
    } else if (const size_t value = place_->value_begin; place_->value_end > value) {
      // The value means that there are no servers: {}, [], ~ or null.
      splices.push_back({value - (text_[value - 1] == ' '), place_->value_end, ""});
      at = std::max(at, place_->end);
    }
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
