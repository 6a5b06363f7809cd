#include "phrases.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "callgate/base/ascii.h"
#include "callgate/base/data_lines.h"
#include "phrases_text.h"

namespace callgate {

namespace {

struct Phrase {
  std::string_view text;  ///< lower case
  AnswerKind kind;
};

using enum AnswerKind;

constexpr std::pair<std::string_view, AnswerKind> kKinds[] = {
    {"not found", NotFound}, {"denied", Denied},   {"rate", Rate},
    {"timeout", Timeout},    {"invalid", Invalid}, {"empty", Empty},
};

constexpr bool is_phrase(const DataLines& lines) {
  return lines.section != "opening" && lines.section != "unwanted";
}

constexpr size_t count_phrases() {
  size_t count = 0;
  for (DataLines lines(kPhrasesText); lines.next();) count += is_phrase(lines);
  return count;
}

constexpr auto kPhrases = [] {
  std::array<Phrase, count_phrases()> all{};
  size_t count = 0;
  for (DataLines lines(kPhrasesText); lines.next();)
    if (is_phrase(lines)) all[count++] = {lines.line, value_of(kKinds, lines.section)};
  return all;
}();
static_assert(kPhrases.size() > 100);

template <size_t size>
constexpr auto phrase_words(std::string_view section) {
  return table_of<size>(kPhrasesText, section, [](std::string_view line) { return line; });
}
constexpr auto kOpeners = phrase_words<count_lines(kPhrasesText, "opening")>("opening");
constexpr auto kUnwanted = phrase_words<count_lines(kPhrasesText, "unwanted")>("unwanted");

/// Returns how specific a kind of failure is. If a text has phrases of several kinds, the most
/// specific kind counts.
int telling(AnswerKind kind) {
  switch (kind) {
    case Denied:
      return 7;
    case NotFound:
      return 6;
    case Rate:
      return 5;
    case Timeout:
      return 4;
    case Empty:
      return 3;
    case Invalid:
      return 2;
    case Error:
      return 1;
    case Ok:
      return 0;
  }
  return 0;
}

/// The phrases by their first byte.
struct Index {
  std::array<std::vector<Phrase>, 256> by_byte;
  Index() {
    for (const Phrase& phrase : kPhrases)
      by_byte[static_cast<uint8_t>(phrase.text[0])].push_back(phrase);
  }
};
const Index& index() {
  static const auto& made = *new Index;
  return made;
}

/// A number or a short word counts only as a whole: "404", but not "1404" or "4045".
bool ends_word(std::string_view text, size_t at, const Phrase& phrase) {
  const size_t end = at + phrase.text.size();
  if (!is_digit(phrase.text.back())) return true;
  return end >= text.size() || (!is_letter_or_digit(text[end]) && text[end] != '.');
}

bool is_unwanted(std::string_view clause) {
  for (size_t i = 0; i < clause.size() && i < 40; ++i) {
    if (i > 0 && is_letter_or_digit(clause[i - 1])) continue;
    for (std::string_view word : kUnwanted)
      if (begins_ignoring_case(clause.substr(i), word)) return true;
  }
  return false;
}

/// True if the text begins with "no … found" or "no … exists" within one clause.
bool nothing_there(std::string_view text) {
  if (is_unwanted(text.substr(0, 40))) return false;
  const std::string_view clause = text.substr(0, 90);
  for (size_t i = 3; i < clause.size() && clause[i] != '\n'; ++i) {
    if (is_letter_or_digit(clause[i - 1])) continue;
    const std::string_view rest = clause.substr(i);
    if (begins_ignoring_case(rest, "found") || begins_ignoring_case(rest, "exist") ||
        begins_ignoring_case(rest, "available"))
      return true;
  }
  return false;
}

constexpr std::string_view kAfterError[] = {
    " (",        " [",         " -",       " code",    " from",    " while",  " when", " in ",
    " occurred", " executing", " reading", " calling", " running", " during", " at "};

/// True for "Error: …", "Error (…" and "Error while …", but not for headings such as "Error
/// handling" and "Errors".
bool opener_ends_well(std::string_view opener, std::string_view rest) {
  if (opener.size() > 7 || static_cast<uint8_t>(opener[0]) >= 0x80) return true;
  if (opener == "cannot" || opener == "can't" || opener == "err!") return true;
  if (opener == "failed")
    return rest.empty() || rest[0] == ':' || begins_ignoring_case(rest, " to ") ||
           begins_ignoring_case(rest, " with") || begins_ignoring_case(rest, " (");
  if (rest.empty() || is_letter_or_digit(rest[0])) return rest.empty();
  if (rest[0] != ' ') return true;
  for (std::string_view word : kAfterError)
    if (begins_ignoring_case(rest, word)) return true;
  return rest.size() > 1 && is_digit(rest[1]);
}

/// True if the word continues at `at` with a capital letter, as in "NotFound|Error".
bool continues(std::string_view text, size_t at) {
  return at < text.size() && is_upper(text[at]) && text[at - 1] >= 'a' && text[at - 1] <= 'z';
}

/// True for codes such as "404" and "-32002". FileNotFoundError and NoSuchKey are names, not codes.
bool is_code(std::string_view phrase) {
  return !is_letter(phrase[0]) && static_cast<uint8_t>(phrase[0]) < 0x80;
}

AnswerKind kind_by(std::string_view text, bool words_only) {
  AnswerKind best = Ok;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    const auto c = static_cast<uint8_t>(lower(text[i]));
    const bool starts = c >= 0x80 || i == 0 || !is_letter_or_digit(text[i - 1]);
    const bool hump = !words_only && i > 0 && is_upper(text[i]) && is_lower(text[i - 1]);
    if (!starts && !hump) continue;
    bool said = false;
    for (const Phrase& phrase : index().by_byte[c]) {
      if (lower(text[i + 1]) != phrase.text[1]) continue;
      if (!begins_ignoring_case(text.substr(i), phrase.text) || !ends_word(text, i, phrase))
        continue;
      if (words_only && (is_code(phrase.text) || continues(text, i + phrase.text.size()))) continue;
      said = true;
      if (telling(phrase.kind) > telling(best)) best = phrase.kind;
    }
    if (!said && c == 'n' && telling(best) < telling(NotFound) &&
        begins_ignoring_case(text.substr(i), "no ") && nothing_there(text.substr(i)))
      best = NotFound;
  }
  return best;
}

/// True for "Tool error: …", "HTTP error 404" and "Request failed with status code 404": "error" or
/// "failed" is among the first four words, and there is no number before it, because a number would
/// be a count ("3 tests failed").
bool fails_in_few_words(std::string_view text) {
  constexpr int kWords = 4;
  size_t at = 0;
  for (int word = 0; word < kWords && at < text.size(); ++word) {
    size_t end = at;
    while (end < text.size() && is_letter(text[end])) ++end;
    const std::string_view rest = text.substr(end);
    const std::string_view one = text.substr(at, end - at);
    if (one.empty() || begins_ignoring_case(one, "no")) return false;
    const bool error = one.size() == 5 && begins_ignoring_case(one, "error");
    const bool failed = one.size() == 6 && begins_ignoring_case(one, "failed");
    if (error && (rest.empty() || rest[0] == ':' || begins_ignoring_case(rest, " code") ||
                  begins_ignoring_case(rest, " occurred") || begins_ignoring_case(rest, " while") ||
                  (rest.size() > 1 && rest[0] == ' ' && is_digit(rest[1]))))
      return true;
    if (failed && (rest.empty() || rest[0] == ':' || begins_ignoring_case(rest, " with ") ||
                   begins_ignoring_case(rest, " to ")))
      return true;
    if (rest.empty() || rest[0] != ' ') return false;
    at = end + 1;
  }
  return false;
}

constexpr std::string_view kNamesEnd[] = {"error", "exception", "denied", "notfound", "failed"};
constexpr std::string_view kPending[] = {
    "pending",     "running",    "queued",    "in progress",  "in_progress",  "in-progress",
    "inprogress",  "processing", "not ready", "not finished", "not complete", "still ",
    "waiting for", "starting",   "building",  "deploying",    "provisioning", "initializing"};

bool may_begin_pending(char c) {
  return std::string_view("bdinpqrsw").find(lower(c)) != std::string_view::npos;
}

}  // namespace

AnswerKind kind_by_phrases(std::string_view text) { return kind_by(text, false); }
AnswerKind kind_by_words(std::string_view text) { return kind_by(text, true); }

bool opens_as_failure(std::string_view text) {
  for (std::string_view opener : kOpeners)
    if (begins_ignoring_case(text, opener) && opener_ends_well(opener, text.substr(opener.size())))
      return true;
  if (fails_in_few_words(text)) return true;
  // "HTTP 404 Not Found", "HTTP/1.1 503", "404 Not Found", "ValueError: x", "AccessDenied: y"
  std::string_view rest = text;
  if (begins_ignoring_case(rest, "http")) {
    while (!rest.empty() && rest[0] != ' ') rest.remove_prefix(1);
    if (!rest.empty()) rest.remove_prefix(1);
  }
  if (rest.size() >= 3 && (rest[0] == '4' || rest[0] == '5') && is_digit(rest[1]) &&
      is_digit(rest[2]) &&
      (rest.size() == 3 || (rest[3] == ' ' && rest.size() > 4 && is_upper(rest[4])) ||
       rest[3] == ':'))
    return true;
  size_t word = 0;
  while (word < text.size() &&
         (is_letter_or_digit(text[word]) || text[word] == '.' || text[word] == '_'))
    ++word;
  if (word == text.size() || text[word] != ':') return false;
  const std::string_view named = text.substr(0, word);
  for (std::string_view end : kNamesEnd)
    if (named.size() > end.size() &&
        begins_ignoring_case(named.substr(named.size() - end.size()), end))
      return true;
  return false;
}

bool says_pending(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (i > 0 && is_letter_or_digit(text[i - 1])) continue;
    if (!may_begin_pending(text[i])) continue;
    for (std::string_view phrase : kPending)
      if (begins_ignoring_case(text.substr(i), phrase)) return true;
  }
  return false;
}

}  // namespace callgate
