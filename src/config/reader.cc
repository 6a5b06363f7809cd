#include "reader.h"

#include <fmt/core.h>

#include <algorithm>

#include "callgate/base/ascii.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

constexpr size_t kLongestPattern = 1024;
constexpr size_t kLongestShown = 80;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

const char* kind_name(Value value) {
  switch (value.node().kind) {
    case NodeKind::Object:
      return "an object";
    case NodeKind::Array:
      return "a list";
    case NodeKind::String:
      return "a string";
    case NodeKind::Number:
      return "a number";
    case NodeKind::True:
    case NodeKind::False:
      return "true or false";
    case NodeKind::Null:
      return "null";
  }
  return "nothing";
}

std::string quoted_list(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "\"" : ", \"") + word + "\"";
  return all;
}

}  // namespace

bool has_control(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (is_control(text[i])) return true;
    if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0)
      return true;
  }
  return false;
}

std::string shown(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c1 =
        c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    const bool continues = (c & 0xc0) == 0x80;
    if (out.size() >= kLongestShown && !continues) return out + "…";
    if (is_control(text[i])) {
      out += fmt::format("\\x{:02x}", c);
    } else if (c1) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[++i]));
    } else {
      out += text[i];
    }
  }
  return out;
}

Reader::Reader(std::string file, std::string home) : file_(shown(file)), home_(std::move(home)) {
  if (file_.size() < file.size()) file_ = std::move(file);
}

void Reader::set_text(std::string_view text) {
  text_ = text;
  line_starts_.assign(1, 0);
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') line_starts_.push_back(i + 1);
}

Position Reader::position_of(size_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  size_t start = *std::prev(after);
  if (start == 0 && text_.starts_with(kByteOrderMark)) start = kByteOrderMark.size();
  int column = 1;
  for (size_t i = start; i < std::min(offset, text_.size()); ++i)
    if ((static_cast<unsigned char>(text_[i]) & 0xc0) != 0x80) ++column;
  return {static_cast<int>(after - line_starts_.begin()), column};
}

Position Reader::position_of(Value value) const {
  if (!value) return {};
  const Node& node = value.node();
  return position_of(node.key_begin != node.key_end ? node.key_begin : node.begin);
}

ConfigError Reader::error_at(Position position, const std::string& key, std::string code,
                             const std::string& what, std::string next) const {
  std::string where = file_ + ": ";
  if (position.line > 0) where = fmt::format("{}:{}:{}: ", file_, position.line, position.column);
  if (!key.empty()) where += key + ": ";
  ConfigError error{{std::move(code), where + what, std::move(next)}, 0, 0, key, what};
  error.line = position.line;
  error.column = position.column;
  return error;
}

void Reader::fail(Position position, const std::string& key, std::string code,
                  const std::string& what, std::string next) {
  if (!describing())
    errors_.push_back(error_at(position, key, std::move(code), what, std::move(next)));
}

void Reader::note(const Place& at, const std::string& what, std::string next) {
  if (describing()) return;
  notes_.push_back(
      error_at(position_of(at.value), at.key, "config.ignored", what, std::move(next)));
}

std::vector<ConfigError> Reader::take_errors_since(size_t count) {
  std::vector<ConfigError> since(std::next(errors_.begin(), count), errors_.end());
  errors_.resize(count);
  return since;
}

void Reader::fail(const Place& at, std::string code, const std::string& what, std::string next) {
  fail(position_of(at.value), at.key, std::move(code), what, std::move(next));
}

void Reader::fail_type(const Place& at, const std::string& wanted) {
  if (describing()) return;
  fail(at, "config.type", fmt::format("is {}, must be {}", kind_name(at.value), wanted),
       "change it to " + wanted);
}

void Reader::describe(const Place& at, const std::string& scalar) {
  if (describing()) (*shapes_)[at.key].scalars.push_back(scalar);
}

void Reader::constrain(const Place& at, const std::string& keywords) {
  if (describing()) (*shapes_)[at.key].constraints.push_back(keywords);
}

void Reader::describe_choice(const Place& at, const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ",") + quote(word);
  describe(at, "\"enum\":[" + all + "]");
}

void Reader::fail_choice(const Place& at, const std::vector<std::string>& words) {
  if (!at.value.is_string()) return fail_type(at, "one of " + quoted_list(words));
  const std::string given = at.value.text();
  const std::optional<std::string> meant = nearest(given, words);
  fail(at, "config.value", fmt::format("\"{}\" is not one of {}", shown(given), quoted_list(words)),
       meant ? fmt::format("did you mean \"{}\"?", *meant) : "choose one of these words");
}

std::vector<Place> Reader::members(const Place& at) {
  std::vector<Place> places;
  if (describing()) {
    (*shapes_)[at.key].map = true;
    return {{Value(), at.key + ".*"}};
  }
  if (!at.value.is_object()) {
    fail_type(at, "an object");
    return places;
  }
  for (Value member : at.value) {
    const std::string key = shown(member.key());
    places.push_back({member, at.key.empty() ? key : at.key + "." + key});
  }
  return places;
}

std::vector<Place> Reader::elements(const Place& at) {
  std::vector<Place> places;
  if (describing()) {
    (*shapes_)[at.key].list = true;
    return {{Value(), at.key + "[]"}};
  }
  if (!at.value.is_array()) {
    fail_type(at, "a list");
    return places;
  }
  for (Value element : at.value)
    places.push_back({element, fmt::format("{}[{}]", at.key, places.size())});
  return places;
}

void Reader::object(const Place& at, const std::vector<Member>& known) {
  if (describing()) {
    for (const Member& member : known) {
      if (member.foreign) continue;
      (*shapes_)[at.key].members.push_back(member.name);
      member.read({Value(), at.key.empty() ? member.name : at.key + "." + member.name});
    }
    return;
  }
  for (const Place& place : members(at)) {
    const auto member = std::find_if(known.begin(), known.end(),
                                     [&](const Member& m) { return place.value.key_is(m.name); });
    if (member != known.end()) {
      member->read(place);
      continue;
    }
    std::vector<std::string> names;
    for (const Member& m : known)
      if (!m.foreign) names.push_back(m.name);
    const std::optional<std::string> meant = nearest(place.value.key(), names);
    fail(place, "config.unknown_key", "no such key",
         meant ? fmt::format("did you mean \"{}\"?", *meant)
               : "remove the key; the keys of this object are " + quoted_list(names));
  }
}

std::optional<std::string> Reader::text(const Place& at) {
  describe(at, R"("type":"string")");
  if (!at.value.is_string()) {
    fail_type(at, "a string");
    return std::nullopt;
  }
  std::string text = at.value.text();
  if (text.find('\0') != std::string::npos) {
    fail(at, "config.value", "holds a NUL character", "remove the character");
    return std::nullopt;
  }
  return text;
}

std::vector<std::string> Reader::texts(const Place& at) {
  std::vector<std::string> all;
  for (const Place& element : elements(at))
    if (std::optional<std::string> one = text(element)) all.push_back(std::move(*one));
  return all;
}

std::optional<bool> Reader::flag(const Place& at) {
  describe(at, R"("type":"boolean")");
  if (!at.value.boolean()) fail_type(at, "true or false");
  return at.value.boolean();
}

std::optional<uint64_t> Reader::count(const Place& at, uint64_t least, uint64_t most) {
  describe(at, fmt::format(R"("type":"integer","minimum":{},"maximum":{})", least, most));
  const std::optional<int64_t> number = at.value.is_number() ? at.value.integer() : std::nullopt;
  if (!number) {
    fail_type(at, "a whole number");
    return std::nullopt;
  }
  if (*number >= 0 && static_cast<uint64_t>(*number) >= least &&
      static_cast<uint64_t>(*number) <= most)
    return static_cast<uint64_t>(*number);
  fail(at, "config.value", fmt::format("{} is out of range", *number),
       fmt::format("use a number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<uint64_t> Reader::bytes(const Place& at, uint64_t least, uint64_t most) {
  if (at.value.is_number() || describing()) {
    describe(at, R"("type":"string","pattern":"^[0-9]+(B|KiB|MiB|GiB|TiB)?$")");
    return count(at, least, most);
  }
  if (!at.value.is_string()) {
    fail_type(at, "a size such as \"256KiB\"");
    return std::nullopt;
  }
  const std::optional<uint64_t> size = parse_bytes(at.value.text());
  if (size && *size >= least && *size <= most) return size;
  fail(at, "config.value",
       fmt::format("\"{}\" is {}", shown(at.value.text()), size ? "out of range" : "not a size"),
       fmt::format("use a size such as \"256KiB\" or \"2GiB\", from {} to {} bytes", least, most));
  return std::nullopt;
}

std::optional<double> Reader::number(const Place& at, double least, double most) {
  describe(at, fmt::format(R"("type":"number","minimum":{},"maximum":{})", least, most));
  const std::optional<double> number = at.value.is_number() ? at.value.number() : std::nullopt;
  if (!at.value.is_number()) {
    fail_type(at, "a number");
    return std::nullopt;
  }
  if (number && *number >= least && *number <= most) return number;
  fail(at, "config.value", fmt::format("{} is out of range", shown(at.value.raw())),
       fmt::format("use a number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<Millis> Reader::duration(const Place& at, Millis least, Millis most) {
  describe(at, R"("type":"string","pattern":"^[0-9]+(ms|s|m|h|d)$")");
  if (!at.value.is_string()) {
    fail_type(at, "a duration such as \"90s\"");
    return std::nullopt;
  }
  const std::optional<Millis> time = parse_duration(at.value.text());
  if (time && *time >= least && *time <= most) return time;
  fail(
      at, "config.value",
      fmt::format("\"{}\" is {}", shown(at.value.text()), time ? "out of range" : "not a duration"),
      fmt::format("use a duration such as \"200ms\", \"90s\", \"5m\" or \"1h\", from {}ms to {}ms",
                  least.count(), most.count()));
  return std::nullopt;
}

std::optional<std::string> Reader::folder(const Place& at) {
  if (describing()) {
    describe(at, R"j("type":"string","pattern":"^(/|~/|~$)")j");
    return std::nullopt;
  }
  std::optional<std::string> path = text(at);
  if (!path) return path;
  const bool at_home = *path == "~" || path->rfind("~/", 0) == 0;
  if (at_home && !home_.empty()) path->replace(0, 1, home_ == "/" && path->size() > 1 ? "" : home_);
  if (!path->empty() && path->front() == '/') return path;
  fail(at, "config.value", fmt::format("\"{}\" is not an absolute folder", shown(*path)),
       "write a path that begins with / or ~/");
  return std::nullopt;
}

std::optional<std::string> Reader::pattern(const Place& at) {
  if (describing()) {
    describe(at, fmt::format(R"("type":"string","minLength":1,"maxLength":{})", kLongestPattern));
    return std::nullopt;
  }
  std::optional<std::string> pattern = text(at);
  if (!pattern) return pattern;
  if (!pattern->empty() && pattern->size() <= kLongestPattern && !has_control(*pattern))
    return pattern;
  fail(at, "config.pattern",
       pattern->empty()                    ? "the pattern is empty"
       : pattern->size() > kLongestPattern ? "the pattern is longer than 1024 bytes"
                                           : "the pattern holds control characters",
       "write a pattern such as \"*__delete_*\"");
  return std::nullopt;
}

}  // namespace callgate
