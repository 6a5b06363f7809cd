#include "paths.h"

#include <algorithm>
#include <cstring>

#include "callgate/base/text.h"

namespace callgate {

namespace {

constexpr size_t kLongestPath = 4096;      // PATH_MAX
constexpr size_t kLongestComponent = 765;  // NAME_MAX is 255 bytes, on macOS 255 UTF-16 units
constexpr size_t kLongestEscape = 6;       // \u002f

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr std::string_view kSpace = " \t\r\n\v\f";

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

bool has_long_component(std::string_view path) {
  size_t from = 0;
  while (from <= path.size()) {
    const size_t slash = std::min(path.find('/', from), path.size());
    if (slash - from > kLongestComponent) return true;
    from = slash + 1;
  }
  return false;
}

bool has_parent_step(std::string_view path) {
  const size_t at = path.find("..");
  return at != std::string_view::npos &&
         ("/" + std::string(path) + "/").find("/../") != std::string::npos;
}

bool is_foreign_url(std::string_view text) {
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0 || is_file_uri(text)) return false;
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
    const char l = lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
}

void add_path(PathReadings& readings, std::string path) {
  if (path.find('\0') != std::string::npos || path.size() > kLongestPath || path.empty()) {
    readings.doubtful = true;
    return;
  }
  const auto add = [&](std::string one) {
    // No file has such a name, but a server that undoes `..` on paper never asks for it: that
    // reading is added below.
    if (has_long_component(one)) return;
    if (std::find(readings.paths.begin(), readings.paths.end(), one) == readings.paths.end())
      readings.paths.push_back(std::move(one));
  };
  if (has_parent_step(path)) add(lexical_path(path));
  add(std::move(path));
}

void add_file_uri(PathReadings& readings, std::string_view uri) {
  std::string_view rest = uri.substr(5);
  if (rest.substr(0, 2) == "//") {
    rest.remove_prefix(2);
    const size_t slash = std::min(rest.find('/'), rest.size());
    std::string host(rest.substr(0, slash));
    std::transform(host.begin(), host.end(), host.begin(), lower);
    if (!host.empty() && host != "localhost") readings.doubtful = true;
    rest.remove_prefix(slash);
  }
  for (size_t at = rest.find('%'); at != std::string_view::npos; at = rest.find('%', at + 1))
    if (at + 2 >= rest.size() || hex_digit(rest[at + 1]) < 0 || hex_digit(rest[at + 2]) < 0)
      readings.doubtful = true;
  const std::string_view bare = rest.substr(0, rest.find_first_of("?#"));
  add_path(readings, percent_decoded(bare));
  if (bare.size() < rest.size()) add_path(readings, percent_decoded(rest));
}

void add_home_path(PathReadings& readings, std::string_view text, std::string_view home) {
  const size_t slash = std::min(text.find('/'), text.size());
  const std::string_view user = text.substr(1, slash - 1);
  const std::string_view own = home.substr(std::min(home.rfind('/') + 1, home.size()));
  if (home.empty() || (!user.empty() && user != own)) {
    readings.doubtful = true;
    add_path(readings, std::string(text));
    return;
  }
  add_path(readings, std::string(home) + std::string(text.substr(slash)));
}

void add_reading(PathReadings& readings, std::string_view text, std::string_view home) {
  if (is_file_uri(text)) return add_file_uri(readings, text);
  if (!text.empty() && text.front() == '~') return add_home_path(readings, text, home);
  add_path(readings, std::string(text));
}

// Whether a token between its quotes can be a path, without undoing its escapes.
bool may_look_like_path(std::string_view token, bool escaped) {
  if (token.empty() || token.size() > kLongestPath * (escaped ? kLongestEscape : 1)) return false;
  if (token.front() == '~' || std::memchr(token.data(), '/', token.size()) || is_file_uri(token))
    return true;
  // Every escape of '/', '~' and the letters of "file:" begins so.
  return escaped && token.find("\\u00") != std::string_view::npos;
}

std::string_view inside_quotes(std::string_view token) { return token.substr(1, token.size() - 2); }

}  // namespace

bool is_inside(std::string_view path, std::string_view folder, Case letters) {
  if (folder == "/") return !path.empty() && path.front() == '/';
  if (path.size() < folder.size() || (path.size() > folder.size() && path[folder.size()] != '/'))
    return false;
  if (letters == Case::Exact) return path.substr(0, folder.size()) == folder;
  return std::equal(folder.begin(), folder.end(), path.begin(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

PathReadings path_readings(std::string_view text, std::string_view home) {
  PathReadings readings;
  add_reading(readings, text, home);
  const std::string_view inner = trimmed(text, kSpace);
  if (inner.size() < text.size() && !inner.empty()) add_reading(readings, inner, home);
  if (readings.paths.empty()) readings.doubtful = true;
  return readings;
}

bool looks_like_path(std::string_view text) {
  text = trimmed(text, kSpace);
  if (text.empty() || text.size() > kLongestPath) return false;
  if (text.front() != '~' && text.find('/') == std::string_view::npos && !is_file_uri(text))
    return false;
  if (std::any_of(text.begin(), text.end(), is_control)) return false;
  return !is_foreign_url(text) || has_parent_step(text);
}

void for_each_path_like(const Facts& facts, const std::function<bool(std::string)>& visit) {
  if (facts.subject == RuleSpec::Subject::Resource) {
    if (looks_like_path(facts.name)) visit(std::string(facts.name));
    return;
  }
  if (!facts.args) return;
  const Message& message = facts.args.message();
  const std::vector<Node>& nodes = message.nodes();
  const std::string_view bytes = message.bytes();
  const uint32_t end = facts.args.node().next;
  for (uint32_t i = facts.args.index(); i < end; ++i) {
    const Node& node = nodes[i];
    const Value value(message, i);
    if (i != facts.args.index() && node.key_end > node.key_begin &&
        may_look_like_path(
            inside_quotes(bytes.substr(node.key_begin, node.key_end - node.key_begin)),
            node.key_escaped)) {
      std::string key = value.key();
      if (looks_like_path(key) && !visit(std::move(key))) return;
    }
    if (node.kind == NodeKind::String &&
        may_look_like_path(inside_quotes(bytes.substr(node.begin, node.end - node.begin)),
                           node.escaped)) {
      std::string text = value.text();
      if (looks_like_path(text) && !visit(std::move(text))) return;
    }
  }
}

}  // namespace callgate
