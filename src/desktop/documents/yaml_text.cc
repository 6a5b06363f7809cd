#include "yaml_text.h"

#include <yaml.h>

#include <algorithm>
#include <utility>

#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"
#include "document.h"
#include "toml.h"

namespace callgate {

namespace {

constexpr int kMostYamlDepth = 64;
constexpr std::string_view kBlanks = " \t\r\n";

/// Converts a plain scalar.
std::string typed(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") return "true";
  if (text == "false" || text == "False" || text == "FALSE") return "false";
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
    return "null";
  Walker walker;
  const auto whole = walker.walk(text);
  return whole && (*whole)->root().is_number() ? text : quote(text);
}

std::string name_of_item(const std::string& json, size_t number) {
  Walker walker;
  const auto message = walker.walk(json);
  if (message && (*message)->root().is_object())
    for (const char* key : {"name", "uses"})
      if (const Value name = (*message)->root().find(key); name.is_string() && !name.text().empty())
        return name.text();
  return "item " + std::to_string(number);
}

/// Reads a text event by event. Keeps the first error; after an error, there are no more events.
class YamlReader {
 public:
  explicit YamlReader(std::string_view text)
      : text_(text), start_(text.starts_with("\xEF\xBB\xBF") ? 3 : 0), bytes_(start_) {
    ENSURE(yaml_parser_initialize(&parser_));
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_,
                                 reinterpret_cast<const unsigned char*>(text.data()) + start_,
                                 text.size() - start_);
  }
  ~YamlReader() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }
  YamlReader(const YamlReader&) = delete;
  YamlReader& operator=(const YamlReader&) = delete;

  Result<std::optional<YamlPlace>> read(std::string_view wanted);

 private:
  /// Replaces `event_` by the next event. Returns false after an error.
  bool next();
  bool is(yaml_event_type_t type) const { return event_.type == type; }
  std::string fail(size_t at, const std::string& what);
  size_t begin() { return offset(event_.start_mark); }
  size_t offset(const yaml_mark_t& mark);
  std::string scalar() const;
  void refuse_marks();

  // When one of these functions is called, `event_` is the first event of what the function reads.
  // When the function returns, `event_` is the last event of it.
  void skip();
  void root(std::string_view wanted, std::optional<YamlPlace>& out);
  void place(YamlPlace& out);
  std::string key(bool block);
  /// If `place` is given, the value is the one that holds the servers, and its members are added to
  /// `place`.
  std::string value(int depth, YamlPlace* place = nullptr);
  std::string mapping(int depth, YamlPlace* place);
  std::string list(int depth, YamlPlace* place);

  size_t after_colon();
  size_t content_after(size_t at) const;
  YamlMember lines(std::string name, size_t at, std::string json) const;
  void add(YamlPlace& place, YamlMember member, size_t at);

  const std::string_view text_;
  const size_t start_;  // after the byte order mark
  yaml_parser_t parser_;
  yaml_event_t event_{};
  // One offset, counted in two ways: in characters from start_, and in bytes from the beginning of
  // the text.
  size_t characters_ = 0, bytes_;
  size_t end_ = 0;  // the offset after the last scalar or bracket
  std::optional<Error> error_;
};

bool YamlReader::next() {
  yaml_event_delete(&event_);
  if (error_) return false;
  if (!yaml_parser_parse(&parser_, &event_)) {
    const bool unreadable = parser_.error == YAML_READER_ERROR;
    fail(unreadable ? start_ + parser_.problem_offset : offset(parser_.problem_mark),
         parser_.problem ? parser_.problem : "out of memory");
    return false;
  }
  // The end event of a collection in block style has no characters of its own. Its mark is just
  // before the text that follows, so it does not move `end_`.
  if (is(YAML_SCALAR_EVENT) || event_.end_mark.index > event_.start_mark.index)
    end_ = offset(event_.end_mark);
  return true;
}

std::string YamlReader::fail(size_t at, const std::string& what) {
  if (!error_) error_ = not_valid(text_, at, what);
  return {};
}

/// Converts a mark, which counts characters, to bytes. The conversion is quick because a mark is
/// seldom before the mark of the previous call.
size_t YamlReader::offset(const yaml_mark_t& mark) {
  const auto inside = [this] {
    return bytes_ < text_.size() && (static_cast<unsigned char>(text_[bytes_]) & 0xC0) == 0x80;
  };
  for (; characters_ < mark.index && bytes_ < text_.size(); ++characters_)
    for (++bytes_; inside();) ++bytes_;
  for (; characters_ > mark.index; --characters_)
    for (--bytes_; inside();) --bytes_;
  return bytes_;
}

std::string YamlReader::scalar() const {
  const auto& of = event_.data.scalar;
  return std::string(reinterpret_cast<const char*>(of.value), of.length);
}

void YamlReader::refuse_marks() {
  const yaml_char_t *anchor = nullptr, *tag = nullptr;
  if (is(YAML_SCALAR_EVENT)) anchor = event_.data.scalar.anchor, tag = event_.data.scalar.tag;
  if (is(YAML_MAPPING_START_EVENT))
    anchor = event_.data.mapping_start.anchor, tag = event_.data.mapping_start.tag;
  if (is(YAML_SEQUENCE_START_EVENT))
    anchor = event_.data.sequence_start.anchor, tag = event_.data.sequence_start.tag;
  if (is(YAML_ALIAS_EVENT))
    fail(begin(),
         "callgate can't read a YAML alias ('*') among the servers; write out what it stands for");
  if (anchor) fail(begin(), "callgate can't read a YAML anchor ('&') among the servers");
  if (tag) fail(begin(), "callgate can't read a YAML tag ('!') among the servers");
}

Result<std::optional<YamlPlace>> YamlReader::read(std::string_view wanted) {
  std::optional<YamlPlace> out;
  next();
  if (next() && is(YAML_DOCUMENT_START_EVENT)) {
    next();
    root(wanted, out);
    next();
    const size_t end = begin();
    if (!error_ && !out && !event_.data.document_end.implicit)
      fail(end, "callgate can't add servers after '...'");
    if (next() && !is(YAML_STREAM_END_EVENT)) fail(begin(), "more than one document");
  }
  if (error_) return *error_;
  return out;
}

void YamlReader::root(std::string_view wanted, std::optional<YamlPlace>& out) {
  if (is(YAML_SCALAR_EVENT) && event_.start_mark.index == event_.end_mark.index) return;
  if (!is(YAML_MAPPING_START_EVENT) ||
      event_.data.mapping_start.style != YAML_BLOCK_MAPPING_STYLE) {
    fail(begin(), "this is not a key with a colon");
    return;
  }
  while (next() && !is(YAML_MAPPING_END_EVENT)) {
    const size_t at = begin();
    if (std::max(line_begin(text_, at), start_) != at) {
      fail(at, "this line is indented too far");
    } else if (!is(YAML_SCALAR_EVENT) || scalar() != wanted) {
      skip();
      next();
      skip();
    } else if (out) {
      fail(at, "this key appears twice");
    } else {
      place(out.emplace());
    }
  }
}

void YamlReader::skip() {
  int depth = 0;
  do {
    if (is(YAML_MAPPING_START_EVENT) || is(YAML_SEQUENCE_START_EVENT)) ++depth;
    if (is(YAML_MAPPING_END_EVENT) || is(YAML_SEQUENCE_END_EVENT)) --depth;
    if (depth > kMostYamlDepth) fail(begin(), "nested too deep");
  } while (depth > 0 && next());
}

void YamlReader::place(YamlPlace& out) {
  const size_t at = begin();
  std::string name = key(true);
  out.after_colon = after_colon();
  next();
  out.value_begin = begin();
  std::string json = value(0, &out);
  out.value_end = end_;
  if (!error_) static_cast<YamlMember&>(out) = lines(std::move(name), at, std::move(json));
}

/// Returns the offset after the colon of the key that was just read. Returns npos if the next
/// character is not a colon, as in a member that begins with `? `.
size_t YamlReader::after_colon() {
  const size_t colon = text_.find_first_not_of(" \t", end_);
  return colon < text_.size() && text_[colon] == ':' ? colon + 1 : std::string_view::npos;
}

std::string YamlReader::key(bool block) {
  refuse_marks();
  const size_t at = begin();
  if (!is(YAML_SCALAR_EVENT))
    return fail(at, "callgate can't read a key that is a mapping or a list");
  std::string out = scalar();
  if (out == "<<" && event_.data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
    return fail(at, "callgate can't read a merge key ('<<') among the servers");
  if (block && after_colon() == std::string_view::npos) return fail(at, "a colon is missing");
  return out;
}

std::string YamlReader::value(int depth, YamlPlace* place) {
  refuse_marks();
  if (depth > kMostYamlDepth) fail(begin(), "nested too deep");
  if (error_) return {};
  if (is(YAML_MAPPING_START_EVENT)) return mapping(depth, place);
  if (is(YAML_SEQUENCE_START_EVENT)) return list(depth, place);
  return event_.data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? typed(scalar()) : quote(scalar());
}

std::string YamlReader::mapping(int depth, YamlPlace* place) {
  const bool block = event_.data.mapping_start.style == YAML_BLOCK_MAPPING_STYLE;
  if (place && block) {
    place->kind = YamlPlace::Kind::Mapping;
    place->indent = event_.start_mark.column;
  }
  JsonTree tree;
  while (next() && !is(YAML_MAPPING_END_EVENT)) {
    const size_t at = begin();
    const std::string name = key(block);
    next();
    std::string json = value(depth + 1);
    if (error_) break;
    if (place && block) add(*place, lines(name, at, json), at);
    if (!tree.put({name}, 0, std::move(json))) fail(at, "this key appears twice");
  }
  return tree.json();
}

std::string YamlReader::list(int depth, YamlPlace* place) {
  const bool block = event_.data.sequence_start.style == YAML_BLOCK_SEQUENCE_STYLE;
  if (place && block) {
    place->kind = YamlPlace::Kind::List;
    place->indent = event_.start_mark.column;
  }
  size_t dash = begin();
  std::string out = "[";
  while (next() && !is(YAML_SEQUENCE_END_EVENT)) {
    const std::string json = value(depth + 1);
    if (error_) break;
    if (place && block)
      add(*place, lines(name_of_item(json, place->members.size() + 1), dash, json), dash);
    out += (out.size() > 1 ? "," : "") + json;
    dash = content_after(end_);
  }
  return out + "]";
}

/// Returns the offset of the first character, from `at` on, that is neither blank nor in a comment.
size_t YamlReader::content_after(size_t at) const {
  while ((at = text_.find_first_not_of(kBlanks, at)) < text_.size() && text_[at] == '#')
    at = line_after(text_, at);
  return at;
}

/// Returns a member that begins at the offset `at` and ends with the last event. Leaves out blank
/// lines at the member's end, which libyaml counts as a part of a block scalar.
YamlMember YamlReader::lines(std::string name, size_t at, std::string json) const {
  return {std::move(name), std::max(line_begin(text_, at), start_),
          line_after(text_, text_.find_last_not_of(kBlanks, end_ - 1)), std::move(json)};
}

/// Adds a member. Refuses a member that shares a line with another member. Members can share a line
/// because YAML also ends lines at U+2028 and at a carriage return.
void YamlReader::add(YamlPlace& place, YamlMember member, size_t at) {
  if (member.begin + place.indent != at || !only_blanks(text_.substr(member.begin, place.indent)))
    fail(at, "this line is indented differently from its neighbours");
  place.members.push_back(std::move(member));
}

}  // namespace

Result<std::optional<YamlPlace>> read_yaml(std::string_view text, std::string_view key) {
  return YamlReader(text).read(key);
}

}  // namespace callgate
