// Crush's crushrc, a Bash script that Crush runs. Callgate can find only the names of the servers
// that the script adds.
#include "document.h"

namespace callgate {

namespace {

class ScriptDocument final : public Document {
 public:
  explicit ScriptDocument(std::string_view text) : text_(text) {
    for (size_t at = 0; at < text.size() && entries_.size() < kMostEntries;
         at = line_after(text, at))
      take(text.substr(at, line_after(text, at) - at));
  }

  bool has_servers() const override { return !entries_.empty(); }
  std::string servers_raw() const override { return {}; }
  std::string with_servers_raw(const std::string&) const override { return text_; }
  std::string changed(const std::vector<std::string>&,
                      const std::vector<DocumentEntry>&) const override {
    return text_;
  }
  std::string without_servers() const override { return text_; }

 private:
  /// Removes the next word from the front of a command, without the quotes around it.
  static std::string_view next_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r\n"), line.size()));
    const bool quoted = !line.empty() && (line[0] == '"' || line[0] == '\'');
    const size_t end = quoted ? line.find(line[0], 1) : line.find_first_of(" \t\r\n;&|");
    const std::string_view word = line.substr(quoted, end - quoted);
    line.remove_prefix(std::min(end == std::string_view::npos ? end : end + quoted, line.size()));
    return word;
  }

  /// Reads one line. The command `mcp add` may come after other commands in the line: `if …; then
  /// mcp add a`.
  void take(std::string_view line) {
    std::string_view before;
    while (!line.empty()) {
      const std::string_view word = next_word(line);
      if (word.starts_with('#')) return;
      if (before == "mcp" && word == "add") {
        const std::string name(next_word(line));
        if (!name.empty() && !entry(name)) entries_.push_back({name, "{}", ""});
      }
      before = word;
      line.remove_prefix(std::min(line.find_first_not_of(";&|"), line.size()));
    }
  }

  const std::string text_;
};

}  // namespace

std::unique_ptr<Document> read_script(std::string_view text) {
  return std::make_unique<ScriptDocument>(text);
}

}  // namespace callgate
