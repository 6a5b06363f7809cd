#include "callgate/base/path_text.h"

#include <algorithm>
#include <iterator>

#include "callgate/base/ascii.h"

namespace callgate {

namespace {

/// Removes the last part of `path`, which may be relative. Returns false if no part is left that a
/// ".." could remove.
bool drop_last_part(std::string& path) {
  const size_t slash = path.rfind('/');
  const size_t last = slash == std::string::npos ? 0 : slash + 1;
  if (path.size() == last || path.compare(last, std::string::npos, "..") == 0) return false;
  path.resize(slash == std::string::npos ? 0 : slash);
  return true;
}

}  // namespace

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_shell(std::string_view program) {
  constexpr std::string_view kShells[] = {"bash", "dash", "fish", "ksh", "sh", "zsh"};
  return std::find(std::begin(kShells), std::end(kShells), base_name(program)) != std::end(kShells);
}

bool is_file_uri(std::string_view text) { return begins_ignoring_case(text, "file:"); }

std::string percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && is_hex_digit(text[i + 1]) &&
        is_hex_digit(text[i + 2])) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string lexical_path(std::string_view path) {
  const bool absolute = !path.empty() && path.front() == '/';
  std::string out;
  out.reserve(path.size());
  size_t from = 0;
  while (from <= path.size()) {
    const size_t slash = std::min(path.find('/', from), path.size());
    const std::string_view part = path.substr(from, slash - from);
    from = slash + 1;
    if (part.empty() || part == ".") continue;
    if (part == ".." && (drop_last_part(out) || absolute)) continue;
    if (absolute || !out.empty()) out += '/';
    out += part;
  }
  if (out.empty()) out += absolute ? '/' : '.';
  return out;
}

}  // namespace callgate
