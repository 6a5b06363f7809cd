#include "phrases.h"

#include <algorithm>
#include <array>
#include <vector>

#include "callgate/base/ascii.h"

namespace callgate {

namespace {

struct Phrase {
  std::string_view text;  ///< lower case
  AnswerKind kind;
};

using enum AnswerKind;

// clang-format off
constexpr Phrase kPhrases[] = {
    {"no such", NotFound}, {"not found", NotFound}, {"notfound", NotFound},
    {"filenotfound", NotFound}, {"does not exist", NotFound}, {"doesn't exist", NotFound},
    {"do not exist", NotFound}, {"did not exist", NotFound}, {"don't exist", NotFound},
    {"not exist", NotFound}, {"nonexistent", NotFound}, {"non-existent", NotFound},
    {"cannot find", NotFound}, {"can't find", NotFound}, {"could not find", NotFound},
    {"couldn't find", NotFound}, {"unable to find", NotFound}, {"unable to locate", NotFound},
    {"unable to resolve", NotFound}, {"could not locate", NotFound},
    {"could not resolve", NotFound}, {"cannot resolve", NotFound}, {"failed to find", NotFound},
    {"failed to resolve", NotFound}, {"enoent", NotFound}, {"enotdir", NotFound},
    {"unknown revision", NotFound}, {"bad object", NotFound}, {"bad revision", NotFound},
    {"not a valid object", NotFound}, {"unknown file", NotFound}, {"unknown path", NotFound},
    {"unknown id", NotFound}, {"unknown resource", NotFound}, {"unknown key", NotFound},
    {"nosuch", NotFound}, {"no longer exists", NotFound}, {"is missing from", NotFound},
    {"has been deleted", NotFound}, {"was deleted", NotFound}, {"404", NotFound},
    {"410 gone", NotFound}, {"command not found", NotFound}, {"nothing found at", NotFound},
    {"not a directory", NotFound}, {"enotfound", NotFound}, {"nxdomain", NotFound},
    {"keyerror", NotFound}, {"no record", NotFound}, {"no commit", NotFound},
    {"no document", NotFound}, {"no file or", NotFound}, {"no user", NotFound},
    {"no object", NotFound}, {"no row", NotFound}, {"resource_missing", NotFound},
    {"not_found", NotFound}, {"-32002", NotFound}, {"nicht gefunden", NotFound},
    {"existiert nicht", NotFound}, {"nicht vorhanden", NotFound}, {"introuvable", NotFound},
    {"n'existe pas", NotFound}, {"non trouv", NotFound}, {"no encontrad", NotFound},
    {"no se encontr", NotFound}, {"no se ha encontrado", NotFound}, {"no existe", NotFound},
    {"non trovat", NotFound}, {"non esiste", NotFound}, {"n\xc3\xa3o encontrad", NotFound},
    {"n\xc3\xa3o existe", NotFound}, {"niet gevonden", NotFound}, {"bestaat niet", NotFound},
    {"\xe4\xb8\x8d\xe5\xad\x98\xe5\x9c\xa8", NotFound},  // 不存在
    {"\xe6\x89\xbe\xe4\xb8\x8d\xe5\x88\xb0", NotFound},  // 找不到
    {"\xe6\x9c\xaa\xe6\x89\xbe\xe5\x88\xb0", NotFound},  // 未找到
    {"\xe6\xb2\xa1\xe6\x9c\x89\xe6\x89\xbe\xe5\x88\xb0", NotFound},  // 没有找到
    {"\xe6\x97\xa0\xe6\xb3\x95\xe6\x89\xbe\xe5\x88\xb0", NotFound},  // 无法找到
    {"\xe8\xa6\x8b\xe3\x81\xa4\xe3\x81\x8b\xe3\x82\x8a\xe3\x81\xbe\xe3\x81\x9b", NotFound},  // 見つかりませ
    {"\xe5\xad\x98\xe5\x9c\xa8\xe3\x81\x97\xe3\x81\xbe\xe3\x81\x9b", NotFound},  // 存在しませ
    {"\xec\xb0\xbe\xec\x9d\x84 \xec\x88\x98 \xec\x97\x86", NotFound},  // 찾을 수 없
    {"\xec\xa1\xb4\xec\x9e\xac\xed\x95\x98\xec\xa7\x80 \xec\x95\x8a", NotFound},  // 존재하지 않
    {"\xd0\xbd\xd0\xb5 \xd0\xbd\xd0\xb0\xd0\xb9\xd0\xb4\xd0\xb5\xd0\xbd", NotFound},  // не найден
    {"\xd0\xbd\xd0\xb5 " "\xd1\x81\xd1\x83\xd1\x89\xd0\xb5\xd1\x81\xd1\x82\xd0\xb2\xd1\x83\xd0\xb5\xd1\x82", NotFound},  // не существует
    {"access denied", Denied}, {"accessdenied", Denied}, {"permission denied", Denied},
    {"permissiondenied", Denied}, {"permissionerror", Denied},
    {"operation not permitted", Denied}, {"not permitted", Denied}, {"not allowed", Denied},
    {"is not in allowed", Denied}, {"outside allowed", Denied}, {"outside of allowed", Denied},
    {"unauthorized", Denied}, {"unauthorised", Denied}, {"forbidden", Denied},
    {"eacces", Denied}, {"eperm", Denied}, {"not authorized", Denied},
    {"not authorised", Denied}, {"insufficient permission", Denied},
    {"insufficient privileges", Denied}, {"401", Denied}, {"403", Denied},
    {"zugriff verweigert", Denied}, {"keine berechtigung", Denied},
    {"acc\xc3\xa8s refus", Denied}, {"acceso denegado", Denied}, {"permiso denegado", Denied},
    {"acesso negado", Denied}, {"accesso negato", Denied},
    {"\xe6\x8b\x92\xe7\xbb\x9d\xe8\xae\xbf\xe9\x97\xae", Denied},  // 拒绝访问
    {"\xe6\x9d\x83\xe9\x99\x90\xe4\xb8\x8d\xe8\xb6\xb3", Denied},  // 权限不足
    {"\xe6\x97\xa0\xe6\x9d\x83\xe9\x99\x90", Denied},  // 无权限
    {"\xe6\xb2\xa1\xe6\x9c\x89\xe6\x9d\x83\xe9\x99\x90", Denied},  // 没有权限
    {"\xe6\xa8\xa9\xe9\x99\x90\xe3\x81\x8c\xe3\x81\x82\xe3\x82\x8a\xe3\x81\xbe\xe3\x81\x9b", Denied},  // 権限がありませ
    {"\xd0\xbe\xd1\x82\xd0\xba\xd0\xb0\xd0\xb7\xd0\xb0\xd0\xbd\xd0\xbe", Denied},  // отказано
    {"rate limit", Rate}, {"rate-limit", Rate}, {"ratelimit", Rate}, {"too many requests", Rate},
    {"429", Rate}, {"quota exceeded", Rate}, {"service unavailable", Rate},
    {"temporarily unavailable", Rate}, {"currently unavailable", Rate}, {"503", Rate},
    {"502 bad gateway", Rate}, {"overloaded", Rate}, {"try again later", Rate},
    {"econnreset", Rate}, {"connection reset", Rate},
    {"\xe8\xaf\xb7\xe6\xb1\x82\xe8\xbf\x87\xe4\xba\x8e\xe9\xa2\x91\xe7\xb9\x81", Rate},  // 请求过于频繁
    {"timeout", Timeout}, {"timed out", Timeout}, {"time out", Timeout},
    {"timeouterror", Timeout}, {"etimedout", Timeout}, {"deadline exceeded", Timeout},
    {"504", Timeout}, {"zeit\xc3\xbc" "berschreitung", Timeout},
    {"\xe8\xb6\x85\xe6\x97\xb6", Timeout},  // 超时
    {"invalid", Invalid}, {"validation error", Invalid}, {"validationerror", Invalid},
    {"bad request", Invalid}, {"is required", Invalid}, {"required property", Invalid},
    {"missing required", Invalid}, {"must be", Invalid}, {"unknown tool", Invalid},
    {"unknown argument", Invalid}, {"unexpected argument", Invalid}, {"malformed", Invalid},
    {"syntax error", Invalid}, {"syntaxerror", Invalid}, {"unrecognized", Invalid},
    {"illegal", Invalid}, {"-32602", Invalid}, {"usage:", Invalid}, {"400", Invalid},
    {"422", Invalid}, {"ung\xc3\xbcltig", Invalid}, {"non valide", Invalid},
    {"inv\xc3\xa1lid", Invalid},
    {"\xe6\x97\xa0\xe6\x95\x88", Invalid},  // 无效
    {"no matches", Empty}, {"no match", Empty}, {"no results", Empty}, {"no result", Empty},
    {"no files", Empty}, {"no items", Empty}, {"no entries", Empty}, {"no data", Empty},
    {"no records", Empty}, {"no rows", Empty}, {"no documents", Empty},
    {"0 results", Empty}, {"0 matches", Empty}, {"nothing found", Empty},
    {"keine treffer", Empty}, {"keine ergebnisse", Empty}, {"aucun r\xc3\xa9sultat", Empty},
    {"sin resultados", Empty},
    {"\xe6\xb2\xa1\xe6\x9c\x89\xe5\x8c\xb9\xe9\x85\x8d", Empty},  // 没有匹配
    {"\xe6\x97\xa0\xe7\xbb\x93\xe6\x9e\x9c", Empty},  // 无结果
};
// clang-format on

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
  static const Index made;
  return made;
}

/// A number or a short word counts only as a whole: "404", but not "1404" or "4045".
bool ends_word(std::string_view text, size_t at, const Phrase& phrase) {
  const size_t end = at + phrase.text.size();
  if (!is_digit(phrase.text.back())) return true;
  return end >= text.size() || (!is_letter_or_digit(text[end]) && text[end] != '.');
}

/// Words for things that one does not want to find. "No errors found" is a success, not a failure.
constexpr std::string_view kUnwanted[] = {"error",        "issue",     "problem",   "warning",
                                          "vulnerabilit", "conflict",  "change",    "difference",
                                          "failure",      "violation", "duplicate", "leak",
                                          "threat",       "lint",      "bug",       "diagnostic"};

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

constexpr std::string_view kOpeners[] = {
    "error",
    "err!",
    "fatal",
    "failed",
    "failure",
    "exception",
    "traceback",
    "unable to",
    "could not",
    "couldn't",
    "cannot",
    "can't",
    "npm err!",
    "panic",
    "uncaught",
    "unhandled",
    "mcp error",
    "fehler",
    "erreur",
    "errore",
    "erro",
    "\xe9\x94\x99\xe8\xaf\xaf",
    "\xe5\xa4\xb1\xe8\xb4\xa5",  // 错误, 失败
    "\xe3\x82\xa8\xe3\x83\xa9\xe3\x83\xbc",
    "\xec\x98\xa4\xeb\xa5\x98",  // エラー, 오류
    "\xd0\xbe\xd1\x88\xd0\xb8\xd0\xb1\xd0\xba\xd0\xb0",
    "\xd0\x9e\xd1\x88\xd0\xb8\xd0\xb1\xd0\xba\xd0\xb0",  // ошибка
};

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
