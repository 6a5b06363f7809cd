#include "mutations.h"

#include <cstdio>

namespace storm {

namespace {

using reference::Json;

const std::vector<std::string> kNames = {
    "jsonrpc",     "id",          "method",        "params",
    "result",      "error",       "name",          "arguments",
    "uri",         "_meta",       "progressToken", "path",
    "paths",       "task",        "content",       "messages",
    "requestId",   "ref",         "type",          "structuredContent",
    "isError",     "code",        "message",       "data",
    "action",      "roots",       "model",         "level",
    "inputSchema", "description", "resultType",    "inputRequests",
    "requestState"};

const std::vector<std::string> kMethods = {"tools/call",
                                           "prompts/get",
                                           "resources/read",
                                           "resources/subscribe",
                                           "completion/complete",
                                           "ping",
                                           "initialize",
                                           "tools/list",
                                           "logging/setLevel",
                                           "notifications/cancelled",
                                           "notifications/progress",
                                           "notifications/roots/list_changed",
                                           "notifications/initialized",
                                           "notifications/tools/list_changed",
                                           "notifications/message",
                                           "sampling/createMessage",
                                           "elicitation/create",
                                           "roots/list",
                                           "tasks/get",
                                           "vendor/run",
                                           "Tools/Call",
                                           "tools/call ",
                                           "tools\\/call",
                                           "notifications/vendor",
                                           "rpc.discover",
                                           "subscriptions/listen"};

const std::vector<std::string> kTexts = {"s__denied",
                                         "denied",
                                         "s__read_file",
                                         "read_file",
                                         "t__delete",
                                         "delete",
                                         "S__READ_FILE",
                                         "/secret/key",
                                         "/home/me/secret/key",
                                         "secret/key",
                                         "./x/../secret/key",
                                         "~/secret/key",
                                         "file:///secret/key",
                                         "FILE:///work/../secret/key",
                                         "file:/secret/key",
                                         "/work/./secret//key",
                                         "file:///%73ecret/key",
                                         "file://localhost/secret/key",
                                         " /secret/key",
                                         "/secret/key\n",
                                         "[\"/secret/key\"]",
                                         "{\"path\":\"/secret/key\"}",
                                         "\"/secret/key\"",
                                         "[\"\\/secret\\/key\"]",
                                         " [\"/secret/key\"] ",
                                         "[[\"/secret/key\"]]",
                                         "[\"/work/ok\",\"/secret/key\"]",
                                         "demo://secret/key",
                                         "DEMO://secret/key",
                                         " demo://secret/key",
                                         "demo://SECRET/key",
                                         "de\tmo://secret/key",
                                         "demo://open/../secret/key",
                                         "demo://secret/./key",
                                         "demo:secret/key",
                                         "demo://open/key",
                                         "demo://secret:/key",
                                         "demo://open/%2e%2e/key",
                                         "demo:\\\\secret\\key",
                                         "demo://secret\n/key",
                                         "demo://open/a b",
                                         "a\xE2\x80\xA8 b",
                                         "a\xC2\x85 b",
                                         "a\xE2\x80\xA9",
                                         "a\r\nb",
                                         "a\rb",
                                         "a\nb",
                                         std::string("a\0b", 3),
                                         "a\vb\fc",
                                         "a\x1c b\x1d c\x1e",
                                         "\x7f",
                                         "\xEF\xBB\xBF{}",
                                         "",
                                         "0",
                                         "1",
                                         "true",
                                         "null",
                                         "constructor",
                                         "__proto__",
                                         "../x",
                                         "\\u000a",
                                         "text",
                                         "2.0",
                                         "tools/call"};

const std::vector<std::string> kRaw = {"1",
                                       "1.0",
                                       "1e0",
                                       "-0",
                                       "0",
                                       "01",
                                       "1e999",
                                       "-1e999",
                                       "9007199254740993",
                                       "1E2",
                                       "0.1e1",
                                       "123456789012345678901234567890",
                                       "true",
                                       "false",
                                       "null",
                                       "{}",
                                       "[]",
                                       "\"\"",
                                       "\"1\"",
                                       "\"\\ud800\"",
                                       "\"\\udc00\\ud800\"",
                                       "\"\\u0000\"",
                                       "\"\\u2028\"",
                                       "[1]",
                                       "{\"a\":1,\"A\":2}",
                                       "[[[[]]]]",
                                       "NaN",
                                       "Infinity",
                                       "'a'",
                                       "undefined",
                                       "1_000",
                                       "0x1",
                                       "+1",
                                       ".5",
                                       "\"a\tb\"",
                                       "{\"a\":1,}",
                                       "[1,]",
                                       "/**/1",
                                       "\"\\u017F\"",
                                       "\"\xff\"",
                                       "\"\xed\xa0\x80\""};

const std::vector<std::string> kBlanks = {" ", "\t", "\r", "\n", "\r\n", "\r\r", "  "};
const std::vector<std::string> kNoBlanks = {
    "\v",           "\f",           "\xC2\x85", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xEF\xBB\xBF", "\xC2\xA0", std::string(1, '\0'),
    "\x1e",         "//\n",         "/* */",    ","};

/// Collects the value and all values in it.
void gather(Json& value, std::vector<Json*>& to) {
  to.push_back(&value);
  for (Json& item : value.items) gather(item, to);
  for (auto& [key, member] : value.members) gather(member, to);
}

Json raw(std::string text) {
  Json value;
  value.kind = Json::Kind::Number;  // a number's text is written unchanged
  value.text = std::move(text);
  return value;
}

Json text(std::string characters) {
  Json value;
  value.kind = Json::Kind::Text;
  value.text = std::move(characters);
  return value;
}

/// Returns a key that some programs take for `key`.
std::string like(std::string key, Random& random) {
  const auto letter = [&key, &random](char from, std::string_view to) {
    const size_t at = key.find(from);
    if (at != std::string::npos) key.replace(at, 1, to);
    return at != std::string::npos || random.one_in(2);
  };
  switch (random.below(8)) {
    case 0:
      if (!key.empty()) key[0] = static_cast<char>(key[0] ^ 0x20);
      return key;
    case 1:
      for (char& c : key)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
      return key;
    case 2:
      letter('s', "\xC5\xBF");
      return key;
    case 3:
      letter('k', "\xE2\x84\xAA");
      return key;
    case 4:
      return key + '\0' + (random.one_in(2) ? "x" : "");
    case 5:
      return random.one_in(2) ? key + " " : "_" + key;
    case 6:
      if (!key.empty()) {
        char& c = key[random.below(key.size())];
        if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') c = static_cast<char>(c ^ 0x20);
      }
      return key;
    default:
      return key;
  }
}

Json any_value(const std::vector<std::string>& others, Random& random) {
  switch (random.below(6)) {
    case 0:
      return raw(random.of(kRaw));
    case 1:
      return raw("\r" + random.of(others) + "\r");
    case 2:
      return text(random.of(others));
    case 3:
      return text(random.of(kMethods));
    default:
      return text(random.of(kTexts));
  }
}

void change_object(Json& object, const std::vector<std::string>& others, Random& random) {
  auto& members = object.members;
  if (members.empty() || random.one_in(5)) {
    members.push_back({like(random.of(kNames), random), any_value(others, random)});
    return;
  }
  const size_t at = random.below(members.size());
  switch (random.below(5)) {
    case 0:
    case 1: {  // a second member with a similar key, at a random place
      auto twin = members[at];
      twin.key = like(twin.key, random);
      if (!random.one_in(4)) twin.value = any_value(others, random);
      const size_t place = random.below(members.size() + 1);
      members.insert(members.begin() + static_cast<std::ptrdiff_t>(place), std::move(twin));
      return;
    }
    case 2:
      members[at].key = like(members[at].key, random);
      return;
    case 3:
      members.erase(members.begin() + static_cast<std::ptrdiff_t>(at));
      return;
    default:
      std::swap(members[at], members[random.below(members.size())]);
  }
}

void change_tree(Json& root, const std::vector<std::string>& others, Random& random) {
  std::vector<Json*> all;
  gather(root, all);
  Json& value = *random.of(all);
  if (value.is_object() && !random.one_in(8)) return change_object(value, others, random);
  if (value.kind == Json::Kind::List && random.one_in(2)) {
    value.items.push_back(any_value(others, random));
    return;
  }
  if (value.is_text() && random.one_in(4)) {
    value.text.insert(random.below(value.text.size() + 1), random.of(kTexts));
    return;
  }
  value = any_value(others, random);
}

/// Writes JSON with random white space and random spellings of characters, each at a random rate.
class Writer {
 public:
  Writer(Random& random) : random_(random), blanks_(rate()), escapes_(rate()) {}

  std::string run(const Json& value) {
    gap();
    put(value);
    gap();
    return std::move(out_);
  }

 private:
  size_t rate() { return random_.one_in(2) ? 0 : random_.one_in(2) ? 4 : 40; }

  void gap() {
    if (blanks_ == 0 || !random_.one_in(blanks_)) return;
    out_ += random_.one_in(60) ? random_.of(kNoBlanks) : random_.of(kBlanks);
  }

  void token(std::string_view bytes) {
    out_ += bytes;
    gap();
  }

  void string(std::string_view characters) {
    const std::string plain =
        random_.one_in(200) ? "\"" + std::string(characters) + "\"" : reference::quoted(characters);
    if (escapes_ == 0) return token(plain);
    std::string odd;
    for (size_t at = 0; at < plain.size(); ++at) {
      const char c = plain[at];
      const bool letter = c > 0x20 && c < 0x7f && c != '"' && c != '\\';
      if (c == '\\' && at + 1 < plain.size()) {
        odd += c;
        odd += plain[++at];
      } else if (letter && random_.one_in(escapes_)) {
        char escape[8];
        std::snprintf(escape, sizeof escape, random_.one_in(2) ? "\\u%04x" : "\\u%04X",
                      static_cast<unsigned>(c));
        odd += c == '/' && random_.one_in(2) ? "\\/" : escape;
      } else {
        odd += c;
      }
    }
    token(odd);
  }

  void put(const Json& value) {
    if (value.is_text()) return string(value.text);
    if (value.kind == Json::Kind::List) {
      token("[");
      for (const Json& item : value.items) {
        if (&item != &value.items.front()) token(",");
        put(item);
      }
      return token("]");
    }
    if (!value.is_object()) return token(reference::written(value));
    token("{");
    for (const auto& member : value.members) {
      if (&member != &value.members.front()) token(",");
      string(member.key);
      token(":");
      put(member.value);
    }
    token("}");
  }

  Random& random_;
  size_t blanks_, escapes_;
  std::string out_;
};

void change_bytes(std::string& bytes, const std::vector<std::string>& others, Random& random) {
  const size_t at = random.below(bytes.size() + 1);
  switch (random.below(7)) {
    case 0:
      bytes.insert(at, 1, static_cast<char>(random.below(256)));
      return;
    case 1:
      bytes.insert(at, random.of(random.one_in(2) ? kBlanks : kNoBlanks));
      return;
    case 2:
      bytes.erase(at, random.below(4));
      return;
    case 3:
      bytes.insert(at, random.of(others));
      return;
    case 4:
      bytes += random.of(kBlanks) + random.of(others);
      return;
    case 5:
      bytes = "[" + bytes + "," + random.of(others) + "]";
      return;
    default:
      if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
  }
}

}  // namespace

uint64_t Random::next() {
  state_ += 0x9E3779B97F4A7C15;
  uint64_t mixed = state_;
  mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
  return mixed ^ mixed >> 31;
}

std::string mutated(const std::string& seed, const std::vector<std::string>& others,
                    Random& random) {
  std::optional<Json> tree = reference::parse(seed);
  if (!tree) return seed;
  for (size_t left = random.below(4); left > 0; --left) change_tree(*tree, others, random);
  std::string bytes = Writer(random).run(*tree);
  if (random.one_in(10)) change_bytes(bytes, others, random);
  return bytes;
}

}  // namespace storm
