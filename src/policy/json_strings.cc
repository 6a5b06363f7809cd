#include "json_strings.h"

#include "argument_strings.h"
#include "callgate/base/text.h"
#include "callgate/wire/edits.h"

namespace callgate {

namespace {

constexpr int kMostLevels = 4;
constexpr WalkLimits kLimits{
    .bytes = size_t{1} << 20, .depth = 64, .nodes = 50'000, .text = TextOf::Peer};

/// Looks only at the raw token, so that a string that cannot be JSON is not decoded.
bool may_hold_json(const ArgumentString& string) {
  if (string.is_key) return false;
  const std::string_view inside = string.raw();
  const size_t first = inside.find_first_not_of(' ');
  if (first == std::string_view::npos) return false;
  const char c = inside[first];
  return c == '[' || c == '{' || c == '\\';
}

/// Replaces each string in `root` that holds JSON with this JSON. Returns nullptr if no string
/// holds JSON.
MessagePtr parsed_once(Value root, Prose prose, bool last, bool& undecided) {
  Edits edits;
  for_each_string(root, [&](const ArgumentString& string) {
    if (!may_hold_json(string)) return true;
    std::string text = string.text();
    if (!looks_like_json(text)) return true;
    if (prose == Prose::Kept && string.naming() == Naming::Text) return true;
    text = trimmed(text);
    const Result<MessagePtr> inner = Walker(kLimits).walk(text);
    if (last || !inner || (*inner)->duplicates() > 0) {
      undecided = true;
      text = "{}";
    }
    edits.replace(string.value, std::move(text));
    return true;
  });
  if (edits.empty()) return nullptr;
  const Result<MessagePtr> changed = Walker().walk(edits.apply(root));
  if (changed) return *changed;
  undecided = true;
  return nullptr;
}

}  // namespace

bool looks_like_json(std::string_view text) {
  text = trimmed(text);
  if (text.size() < 2) return false;
  const char first = text.front(), last = text.back();
  return (first == '[' && last == ']') || (first == '{' && last == '}') ||
         (first == '"' && last == '"');
}

JsonReadings json_readings(Value value, Prose prose) {
  JsonReadings readings;
  readings.roots.push_back(value);
  if (!value) return readings;
  for (int level = 1; level <= kMostLevels; ++level) {
    MessagePtr next =
        parsed_once(readings.roots.back(), prose, level == kMostLevels, readings.undecided);
    if (!next) break;
    readings.roots.push_back(next->root());
    readings.parsed.push_back(std::move(next));
  }
  return readings;
}

}  // namespace callgate
