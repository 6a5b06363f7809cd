#include "reference_peer.h"

#include <algorithm>
#include <cstdint>
#include <map>

namespace reference {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), lower);
  return text;
}

/// Letters of the alphabets that a folding reader is most often tried with, two bytes each.
uint32_t folded(uint32_t c) {
  if (c == 0x17F) return 's';
  if (c == 0x212A) return 'k';
  if (c == 0x212B) return 0xE5;
  if (c == 0x2126) return 0x3C9;
  if (c == 0xB5) return 0x3BC;
  if (c == 0x3C2) return 0x3C3;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;
  if (c >= 0x391 && c <= 0x3A9 && c != 0x3A2) return c + 32;
  if (c >= 0x410 && c <= 0x42F) return c + 32;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  return c;
}

std::string folded(std::string_view key) {
  std::string out;
  for (size_t at = 0; at < key.size();) {
    const auto byte = static_cast<unsigned char>(key[at]);
    const size_t length = byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    if (length == 1 || at + length > key.size() || length == 4) {
      out += lower(key[at]);
      ++at;
      continue;
    }
    uint32_t c = byte & (length == 2 ? 0x1F : 0x0F);
    for (size_t i = 1; i < length; ++i) c = c << 6 | (static_cast<unsigned char>(key[at + i]) & 63);
    const uint32_t other = folded(c);
    if (other < 0x80) {
      out += static_cast<char>(other);
    } else if (other < 0x800) {
      out += static_cast<char>(0xC0 | other >> 6);
      out += static_cast<char>(0x80 | (other & 63));
    } else {
      out.append(key, at, length);
    }
    at += length;
  }
  return out;
}

size_t line_end_at(std::string_view text, size_t at) {
  const char c = text[at];
  if (c == '\r') return at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 1;
  if (c == '\n' || c == '\v' || c == '\f' || (c >= '\x1c' && c <= '\x1e')) return 1;
  if (text.substr(at, 2) == "\xC2\x85") return 2;
  const std::string_view three = text.substr(at, 3);
  return three == "\xE2\x80\xA8" || three == "\xE2\x80\xA9" ? 3 : 0;
}

std::string decoded(std::string_view text) {
  std::string out;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9'                 ? c - '0'
           : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10
                                                : -1;
  };
  for (size_t at = 0; at < text.size(); ++at) {
    const bool escape = text[at] == '%' && at + 2 < text.size() && digit(text[at + 1]) >= 0 &&
                        digit(text[at + 2]) >= 0;
    out += escape ? static_cast<char>(digit(text[at + 1]) * 16 + digit(text[at + 2])) : text[at];
    if (escape) at += 2;
  }
  return out;
}

/// Normalises `.` and `..` as text. In URLs, `%2e` is a dot.
std::string normal(std::string_view path, bool url) {
  std::vector<std::string> parts;
  for (size_t from = 0; from <= path.size();) {
    const size_t slash = std::min(path.find('/', from), path.size());
    std::string part(path.substr(from, slash - from));
    from = slash + 1;
    std::string dots = part;
    if (url && dots.size() <= 6)
      for (size_t at; (at = lowered(dots).find("%2e")) != std::string::npos;)
        dots.replace(at, 3, ".");
    if (dots == ".." && !parts.empty()) parts.pop_back();
    if (dots == ".." || dots == "." || (part.empty() && !url)) continue;
    parts.push_back(std::move(part));
  }
  std::string out;
  for (const std::string& part : parts) out += (part.empty() && out.empty() ? "" : "/") + part;
  return out.empty() ? "/" : out;
}

std::string without_url_blanks(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  std::string out(text);
  std::erase_if(out, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
  return out;
}

}  // namespace

const std::vector<Reading>& all_readings() {
  static const std::vector<Reading> all = [] {
    std::vector<Reading> made;
    for (const Keys keys : {Keys::Exact, Keys::Folded, Keys::Cut, Keys::FoldedAndCut})
      for (const Wins wins : {Wins::Last, Wins::First}) made.push_back({keys, wins});
    return made;
  }();
  return all;
}

std::string name(const Reading& reading) {
  static const std::map<Keys, std::string> words = {{Keys::Exact, "exact keys"},
                                                    {Keys::Folded, "folded keys"},
                                                    {Keys::Cut, "keys cut at NUL"},
                                                    {Keys::FoldedAndCut, "folded and cut keys"}};
  return words.at(reading.keys) + (reading.wins == Wins::First ? ", first wins" : ", last wins");
}

std::vector<std::string> lines_of(std::string_view bytes) {
  std::vector<std::string> lines;
  std::string line;
  const auto end = [&] {
    if (line.find_first_not_of(" \t") != std::string::npos) lines.push_back(std::move(line));
    line.clear();
  };
  for (size_t at = 0; at < bytes.size();) {
    const size_t length = line_end_at(bytes, at);
    if (length == 0) {
      line += bytes[at++];
      continue;
    }
    end();
    at += length;
  }
  end();
  return lines;
}

std::string key_as(Keys keys, std::string_view key) {
  if (keys == Keys::Cut || keys == Keys::FoldedAndCut) key = key.substr(0, key.find('\0'));
  if (keys == Keys::Exact || keys == Keys::Cut) return std::string(key);
  return folded(key);
}

const Json* find(const Json& object, std::string_view key, const Reading& reading) {
  const std::string wanted = key_as(reading.keys, key);
  const Json* found = nullptr;
  for (const auto& [each, value] : object.members) {
    if (key_as(reading.keys, each) != wanted) continue;
    found = &value;
    if (reading.wins == Wins::First) break;
  }
  return found;
}

bool same_for_all(const Json& object, std::string_view key, std::string& why) {
  const Json* plain = find(object, key, all_readings().front());
  for (const Reading& reading : all_readings()) {
    const Json* other = find(object, key, reading);
    if (plain == other || (plain && other && written(*plain) == written(*other))) continue;
    why = "'" + std::string(key) + "' is another for " + name(reading);
    return false;
  }
  return true;
}

bool has_twins(const Json& value, std::string& why) {
  for (const Json& item : value.items)
    if (has_twins(item, why)) return true;
  for (const auto& [key, member] : value.members)
    if (has_twins(member, why)) return true;
  if (value.members.size() < 2) return false;
  for (const Keys keys : {Keys::FoldedAndCut, Keys::Folded, Keys::Cut, Keys::Exact}) {
    std::map<std::string, const Json*> seen;
    for (const auto& [key, member] : value.members) {
      const auto [place, added] = seen.emplace(key_as(keys, key), &member);
      if (added || written(*place->second) == written(member)) continue;
      why = "'" + key + "' appears twice for " + name({keys, Wins::Last});
      return true;
    }
    if (keys == Keys::FoldedAndCut && seen.size() == value.members.size()) break;
  }
  return false;
}

std::string canonical(const Json& value, const Reading& reading) {
  if (value.kind == Json::Kind::List) {
    std::string out = "[";
    for (const Json& item : value.items) out += canonical(item, reading) + ",";
    return out + "]";
  }
  if (!value.is_object()) return written(value);
  std::map<std::string, const Json*> members;
  for (const auto& [key, member] : value.members) {
    const auto [place, added] = members.emplace(key_as(reading.keys, key), &member);
    if (!added && reading.wins == Wins::Last) place->second = &member;
  }
  std::string out = "{";
  for (const auto& [key, member] : members)
    out += quoted(key) + ":" + canonical(*member, reading) + ",";
  return out + "}";
}

void collect_texts(const Json& value, std::vector<std::string>& to, int levels) {
  if (value.is_text()) {
    to.push_back(value.text);
    if (levels == 0 || value.text.find_first_of("[{\"") == std::string::npos) return;
    if (const auto inner = parse(value.text)) collect_texts(*inner, to, levels - 1);
  }
  for (const Json& item : value.items) collect_texts(item, to, levels);
  for (const auto& [key, member] : value.members) collect_texts(member, to, levels);
}

std::string url_of(std::string_view text) {
  std::string url = without_url_blanks(text);
  const size_t colon = url.find(':');
  if (colon == std::string::npos || colon == 0) return "";
  const std::string scheme = lowered(url.substr(0, colon));
  std::string rest = url.substr(colon + 1);
  rest = rest.substr(0, rest.find_first_of("?#"));
  if (scheme == "file" || scheme == "http" || scheme == "https")
    std::replace(rest.begin(), rest.end(), '\\', '/');
  std::string host;
  if (rest.starts_with("//")) {
    const size_t slash = std::min(rest.find('/', 2), rest.size());
    host = "//" + lowered(rest.substr(2, slash - 2));
    if (host.ends_with(':')) host.pop_back();
    rest = rest.substr(slash);
  }
  return scheme + ":" + host + (rest.empty() ? "" : normal(rest, true));
}

std::vector<std::string> paths_of(const std::string& text, const std::vector<std::string>& bases,
                                  const std::string& home) {
  std::vector<std::string> all;
  std::string path = text;
  if (path == "~" || path.starts_with("~/")) path = home + path.substr(1);
  if (path.starts_with("/"))
    all.push_back(normal(path, false));
  else
    for (const std::string& base : bases) all.push_back(normal(base + "/" + path, false));
  const std::string url = url_of(text);
  if (url.starts_with("file:///")) all.push_back(normal(decoded(url.substr(7)), false));
  if (url.starts_with("file://localhost/")) all.push_back(normal(decoded(url.substr(16)), false));
  if (url.starts_with("file:/") && !url.starts_with("file://"))
    all.push_back(normal(decoded(url.substr(5)), false));
  return all;
}

}  // namespace reference
