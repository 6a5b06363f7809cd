// Merges the texts that servers provide for a model's system prompt. Source: MCP 2025-11-25
// "Lifecycle", InitializeResult.instructions.
#include <algorithm>

#include "callgate/base/ascii.h"
#include "server_cache.h"

namespace callgate {

namespace {

constexpr size_t kLongestOfOne = size_t{16} << 10;
constexpr size_t kLongestOfAll = size_t{64} << 10;
constexpr std::string_view kCut = "\n[cut here by callgate: instructions of more than 16 KiB]";

// Returns the length of the longest prefix that has at most `most` bytes and splits no character.
size_t cut_at(std::string_view text, size_t most) {
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return most;
}

std::string left_out(size_t servers) {
  return "\n\n[left out by callgate: the instructions of " + std::to_string(servers) +
         " more servers, because all instructions together would be longer than 64 KiB]";
}

/// Returns the length in bytes of the line end at `at`, or 0. Anything that some reader takes for a
/// line end counts: \n, \r\n, \r, \v, \f, U+0085, U+2028, U+2029.
size_t line_end_at(std::string_view text, size_t at) {
  const std::string_view rest = text.substr(at);
  for (const std::string_view end :
       {"\r\n", "\n", "\r", "\v", "\f", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"})
    if (rest.starts_with(end)) return end.size();
  return 0;
}

bool is_plain_line(std::string_view text) {
  if (text.empty() || !is_letter_or_digit(text[0])) return false;
  for (size_t at = 0; at < text.size(); ++at)
    if (line_end_at(text, at) > 0) return false;
  return true;
}

/// Quotes each line of a server's text, so that no line can be taken for our heading of another
/// server. All lines are quoted, because anything could look like a heading to a model. A single
/// plain line needs no quoting.
std::string quoted(std::string_view text) {
  if (is_plain_line(text)) return std::string(text);
  std::string out = "> ";
  for (size_t at = 0; at < text.size();) {
    const size_t end = line_end_at(text, at);
    if (end > 0)
      out += "\n> ";
    else
      out += text[at];
    at += std::max<size_t>(end, 1);
  }
  return out;
}

}  // namespace

std::string cut_instructions(std::string text) {
  if (text.size() <= kLongestOfOne) return text;
  text.resize(cut_at(text, kLongestOfOne - kCut.size()));
  return text.append(kCut);
}

std::string merged_instructions(const std::vector<Instructions>& all) {
  const size_t most = kLongestOfAll - left_out(all.size()).size();
  std::string out;
  size_t missing = 0;
  for (const auto& [server, text, needs_sign_in] : all) {
    if (text.empty() && !needs_sign_in) continue;
    std::string part = out.empty() ? "# " : "\n\n# ";
    part.append(server);
    if (needs_sign_in)
      part.append("\n\n[callgate: this server works only after a person has typed: ")
          .append("callgate auth login ")
          .append(server)
          .append("]");
    if (!text.empty()) part.append("\n\n").append(cut_instructions(quoted(text)));
    if (out.size() + part.size() > most)
      ++missing;
    else
      out += part;
  }
  if (missing > 0) out += left_out(missing);
  return out;
}

}  // namespace callgate
