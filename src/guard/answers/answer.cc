#include "callgate/guard/answer.h"

#include <algorithm>

#include "callgate/base/ascii.h"
#include "callgate/base/hash.h"
#include "callgate/base/text.h"
#include "phrases.h"
#include "volatile.h"

namespace callgate {

namespace {

constexpr size_t kHeadRead = 240, kShort = 400, kTail = 300, kPendingRead = 400, kSentence = 200;
/// If at least this many thirds of an answer are times, the times are its content and are not
/// ignored.
constexpr size_t kMostlyTime = 2;

constexpr std::string_view kNone[] = {"null", "false", "\"\"",     "{}",
                                      "[]",   "0",     "\"none\"", "\"ok\""};
constexpr std::string_view kStatus[] = {"\"status\"", "\"statuscode\"", "\"status_code\"",
                                        "\"code\""};
constexpr std::string_view kLists[] = {"\"items\"", "\"results\"", "\"data\"", "\"matches\"",
                                       "\"hits\"",  "\"rows\"",    "\"files\""};

std::string_view without_ornament(std::string_view text) {
  text = trimmed(text.substr(0, kHeadRead * 2));
  for (;;) {
    if (text.empty()) return text;
    const auto c = static_cast<uint8_t>(text[0]);
    if (c == '[' || c == '*' || c == '#' || c == '>' || c == '"' || c == '`' || c == '<' ||
        c == '-' || is_blank(text[0])) {
      text.remove_prefix(1);
    } else if (begins_ignoring_case(text, "\xef\xbb\xbf") ||
               begins_ignoring_case(text, "\xef\xb8\x8f") ||
               begins_ignoring_case(text, "\xe2\x9d\x8c") ||
               begins_ignoring_case(text, "\xe2\x9a\xa0") ||
               begins_ignoring_case(text, "\xe2\x9c\x97") ||
               begins_ignoring_case(text, "\xe2\x9c\x96")) {
      text.remove_prefix(3);
    } else {
      return text;
    }
  }
}

/// True if the text has the member and the member's value means a failure. For a member such as
/// `error` (`failing_when_true`), every value means a failure except null, false, 0, "ok", "none"
/// and empty values. For a member such as `success`, only false means a failure.
bool member_says(std::string_view head, std::string_view key, bool failing_when_true) {
  for (size_t i = 0; i + key.size() + 2 < head.size(); ++i) {
    if (head[i] != '"' || !begins_ignoring_case(head.substr(i + 1), key) ||
        head[i + 1 + key.size()] != '"')
      continue;
    std::string_view rest = head.substr(i + 2 + key.size());
    while (!rest.empty() && (is_blank(rest[0]) || rest[0] == ':')) rest.remove_prefix(1);
    if (!failing_when_true) return begins_ignoring_case(rest, "false");
    for (std::string_view none : kNone)
      if (begins_ignoring_case(rest, none)) return false;
    return !rest.empty();
  }
  return false;
}

bool status_fails(std::string_view head) {
  for (std::string_view key : kStatus) {
    for (size_t i = 0; i + key.size() < head.size(); ++i) {
      if (!begins_ignoring_case(head.substr(i), key)) continue;
      std::string_view rest = head.substr(i + key.size());
      while (!rest.empty() && (is_blank(rest[0]) || rest[0] == ':' || rest[0] == '"'))
        rest.remove_prefix(1);
      if (begins_ignoring_case(rest, "error") || begins_ignoring_case(rest, "fail")) return true;
      if (rest.size() >= 3 && (rest[0] == '4' || rest[0] == '5') && is_digit(rest[1]) &&
          is_digit(rest[2]) && (rest.size() == 3 || !is_letter_or_digit(rest[3])))
        return true;
    }
  }
  return false;
}

/// True for JSON with a member that reports a failure near its beginning: an error, a false
/// `success`, or a failing status.
bool json_fails(std::string_view head) {
  if (head.empty() || head[0] != '{') return false;
  return member_says(head, "error", true) || member_says(head, "iserror", true) ||
         member_says(head, "success", false) || member_says(head, "ok", false) ||
         status_fails(head);
}

bool json_empty(std::string_view text) {
  if (text == "[]" || text == "{}" || text == "null" || text == "\"\"") return true;
  if (text.size() > kShort || text.empty() || text[0] != '{') return false;
  for (std::string_view key : kLists)
    for (size_t i = 0; i + key.size() < text.size(); ++i) {
      if (!begins_ignoring_case(text.substr(i), key)) continue;
      std::string_view rest = text.substr(i + key.size());
      while (!rest.empty() && (is_blank(rest[0]) || rest[0] == ':')) rest.remove_prefix(1);
      if (begins_ignoring_case(rest, "[]")) return true;
    }
  return false;
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

/// Returns the last line of a stack trace, which has the error's message.
std::string_view last_line(std::string_view text) {
  text = trimmed(text);
  if (text.size() > kTail) text.remove_prefix(text.size() - kTail);
  const size_t at = text.rfind('\n');
  return at == std::string_view::npos ? text : text.substr(at + 1);
}

AnswerKind at_least_error(AnswerKind kind) {
  return kind == AnswerKind::Ok ? AnswerKind::Error : kind;
}

/// Returns the kind of failure that a short text of few lines reports: "cat: x: No such file",
/// "pods 'x' not found", "The path x does not exist. Please …"; else Ok.
AnswerKind short_text_kind(std::string_view text) {
  if (text.size() > kShort || text[0] == '{' || text[0] == '<') return AnswerKind::Ok;
  if (is_digit(text[0])) return AnswerKind::Ok;  // such as a log's time or a table's number
  const AnswerKind kind = kind_by_words(first_line(text).substr(0, kSentence));
  switch (kind) {
    case AnswerKind::NotFound:
    case AnswerKind::Denied:
    case AnswerKind::Rate:
    case AnswerKind::Timeout:
    case AnswerKind::Empty:
      return kind;
    case AnswerKind::Invalid:  // ordinary text has "must be" and "usage:", too
      return begins_ignoring_case(text, "invalid") || begins_ignoring_case(text, "usage:") ||
                     begins_ignoring_case(text, "bad ")
                 ? kind
                 : AnswerKind::Ok;
    case AnswerKind::Error:
    case AnswerKind::Ok:
      break;
  }
  return AnswerKind::Ok;
}

/// For the answer to a call that requested several items: returns the kind of failure if each line
/// reports that an item is missing or denied; else Ok.
AnswerKind kind_of_lines(std::string_view text) {
  constexpr size_t kRead = 1024;
  const bool cut = text.size() > kRead;
  text = text.substr(0, kRead);
  AnswerKind all = AnswerKind::Ok;
  for (size_t from = 0; from < text.size();) {
    const size_t end = std::min(text.find('\n', from), text.size());
    const std::string_view line = trimmed(text.substr(from, end - from));
    from = end + 1;
    if (line.size() < 4 || (cut && end == text.size())) continue;
    const AnswerKind kind = kind_by_words(line);
    if (kind != AnswerKind::NotFound && kind != AnswerKind::Denied) return AnswerKind::Ok;
    all = kind;
  }
  return all;
}

AnswerKind kind_of(std::string_view text, bool is_error) {
  const std::string_view whole = trimmed(text);
  if (whole.empty()) return is_error ? AnswerKind::Error : AnswerKind::Empty;
  const std::string_view head = without_ornament(whole).substr(0, kHeadRead);
  if (begins_ignoring_case(head, "traceback (most recent call last)"))
    return at_least_error(kind_by_phrases(last_line(whole)));
  if (is_error || opens_as_failure(head)) return at_least_error(kind_by_phrases(head));
  if (json_fails(whole.substr(0, kHeadRead)))
    return at_least_error(kind_by_phrases(whole.substr(0, kHeadRead)));
  if (json_empty(whole)) return AnswerKind::Empty;
  if (whole.find("Traceback (most recent call last)") != std::string_view::npos)
    if (const std::string_view end = last_line(whole); opens_as_failure(end))
      return at_least_error(kind_by_phrases(end));
  const AnswerKind kind = short_text_kind(whole);
  if (kind != AnswerKind::Ok || whole[0] == '{' || whole[0] == '<') return kind;
  // If the text is a single short line, short_text_kind() has already read it, and kind_of_lines()
  // can't find more in it.
  const bool one_line = whole.size() <= kSentence && first_line(whole).size() == whole.size();
  return one_line && !is_digit(whole[0]) ? kind : kind_of_lines(whole);
}

/// Returns the hash of the letters with which a failure begins, up to the first name, number or
/// quote. Failures with equal hashes have the same words.
uint64_t shape_of(std::string_view text) {
  std::string_view head = without_ornament(text);
  if (begins_ignoring_case(head, "traceback")) head = last_line(text);
  size_t end = 0;
  while (end < head.size() && end < 24 &&
         (is_letter(head[end]) || head[end] == ' ' || head[end] == ':' ||
          static_cast<uint8_t>(head[end]) >= 0x80))
    ++end;
  while (end > 0 && end < head.size() && is_letter(head[end - 1])) --end;
  return end < 4 ? hash_of(head.substr(0, 4)) : hash_of(head.substr(0, end));
}

/// Returns those parts of a result that carry text, joined: tools' content, resources' contents,
/// prompts' messages. A single text without escapes is not copied, because it may be large. The
/// returned text is a part of the message in this case, and otherwise of `copy`.
std::string_view joined_text(Value result, std::string& copy) {
  std::string_view all;
  const auto add = [&](Value item) {
    const Value text = item.find("text");
    const bool escaped = text.is_string() && text.node().escaped;
    std::string_view part = text.is_string() ? text.raw() : item.raw();
    if (text.is_string()) part = part.substr(1, part.size() - 2);
    if (all.empty() && !escaped) {
      all = part;
      return;
    }
    if (copy.empty()) copy = all;
    if (!copy.empty()) copy += '\n';
    if (escaped)
      copy += text.text();
    else
      copy += part;
    all = copy;
  };
  for (const char* list : {"content", "contents"})
    for (Value item : result.find(list)) add(item);
  for (Value message : result.find("messages")) add(message.find("content"));
  if (!all.empty()) return all;
  if (const Value structured = result.find("structuredContent")) return structured.raw();
  return result.find("content").is_array() ? all : result.raw();
}

}  // namespace

GuardAnswer read_text(std::string_view text, bool is_error) {
  GuardAnswer answer;
  answer.bytes = text.size();
  answer.kind = kind_of(text, is_error);
  answer.pending =
      answer.kind == AnswerKind::Ok && text.size() <= kPendingRead && says_pending(text);
  const SteadyHash masked = hash_masked(text);
  answer.exact = masked.volatile_bytes == 0 ? masked.hash : hash_of(text);
  const bool mostly_time = masked.volatile_bytes * 3 >= text.size() * kMostlyTime;
  answer.hash = mostly_time ? answer.exact : masked.hash;
  if (answer.kind != AnswerKind::Ok) answer.shape = shape_of(trimmed(text));
  answer.head = text.substr(0, GuardAnswer::kHead);
  return answer;
}

GuardAnswer read_answer(Value result) {
  std::string copy;
  return read_text(joined_text(result, copy), result.find("isError").boolean().value_or(false));
}

GuardAnswer read_error(Value error) {
  const Value message = error.find("message");
  std::string text = message.is_string() ? message.text() : std::string(error.raw());
  if (const Value code = error.find("code")) text += " (" + std::string(code.raw()) + ")";
  return read_text(text, true);
}

}  // namespace callgate
