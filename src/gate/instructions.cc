// The texts that servers have for a model's system prompt, as one. Source: MCP 2025-11-25
// "Lifecycle", InitializeResult.instructions.
#include "remembered.h"

namespace callgate {

namespace {

constexpr size_t kLongestOfOne = size_t{16} << 10;
constexpr size_t kLongestOfAll = size_t{64} << 10;
constexpr std::string_view kCut = "\n[cut here by callgate: instructions of more than 16 KiB]";

// The longest beginning of at most `most` bytes that ends between characters.
size_t cut_at(std::string_view text, size_t most) {
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return most;
}

std::string left_out(size_t servers) {
  return "\n\n[left out by callgate: the instructions of " + std::to_string(servers) +
         " more servers, for all together would be longer than 64 KiB]";
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
  for (const auto& [server, text] : all) {
    if (text.empty()) continue;
    std::string part = out.empty() ? "# " : "\n\n# ";
    part.append(server).append("\n\n").append(text);
    if (out.size() + part.size() > most)
      ++missing;
    else
      out += part;
  }
  if (missing > 0) out += left_out(missing);
  return out;
}

}  // namespace callgate
