#include "shell.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "callgate/base/ascii.h"
#include "callgate/base/path_text.h"
#include "command.h"

namespace callgate {

namespace {

constexpr size_t kLongestLine = 8192, kMostWords = 256, kDeepest = 2;
constexpr std::string_view kEnds = " \t\n;|&<>";

struct ShellWord {
  std::string text;
  bool sure = true;  // false if only the shell knows the resulting word
};

enum class Joint { None, Pipe, Next };

struct SimpleCommand {
  std::vector<ShellWord> words;
  std::vector<std::pair<ShellWord, DataOp>> redirections;
  Joint before = Joint::None, after = Joint::None;
  bool empty() const { return words.empty() && redirections.empty(); }
};

class ShellParser {
 public:
  explicit ShellParser(std::string_view line) : line_(line) {}

  /// Returns nullopt if the line cannot be parsed.
  std::optional<std::vector<SimpleCommand>> commands() {
    if (line_.size() > kLongestLine) return std::nullopt;
    while (at_ < line_.size())
      if (!step()) return std::nullopt;
    end_command(Joint::None);
    return std::move(done_);
  }

 private:
  char peek(size_t ahead = 0) const {
    return at_ + ahead < line_.size() ? line_[at_ + ahead] : '\0';
  }

  /// Returns false if the line cannot be parsed.
  bool step() {
    const char c = peek();
    if (c == ' ' || c == '\t' || c == '\r') {
      ++at_;
      return true;
    }
    if (c == '\n') return line_end();
    if (c == '#') {
      at_ = std::min(line_.find('\n', at_), line_.size());
      return true;
    }
    if (c == '&' && peek(1) == '>') {
      at_ += peek(2) == '>' ? 3 : 2;
      return redirected(DataOp::Write);
    }
    if (c == ';' || c == '|' || c == '&') return joint(c);
    if (c == '<' || c == '>') return redirection();
    return command_word();
  }

  bool joint(char c) {
    ++at_;
    const bool twice = peek() == c;
    if (twice) ++at_;
    if (c == ';' && twice) return false;
    if (c == '|' && !twice && peek() == '&') ++at_;
    end_command(c == '|' && !twice ? Joint::Pipe : Joint::Next);
    return true;
  }

  bool line_end() {
    ++at_;
    end_command(Joint::Next);
    for (const std::string& end : here_ends_) {
      bool found = false;
      while (at_ < line_.size() && !found) {
        const size_t stop = std::min(line_.find('\n', at_), line_.size());
        std::string_view text = line_.substr(at_, stop - at_);
        text.remove_prefix(std::min(text.find_first_not_of('\t'), text.size()));
        found = text == end;
        at_ = std::min(stop + 1, line_.size());
      }
    }
    here_ends_.clear();
    return true;
  }

  void end_command(Joint after) {
    current_.after = after;
    const Joint before = current_.empty() ? current_.before : after;
    if (!current_.empty()) done_.push_back(std::move(current_));
    current_ = {};
    current_.before = before;
  }

  bool command_word() {
    const std::optional<ShellWord> word = next_word();
    if (!word || ++words_ > kMostWords) return false;
    const bool number = !word->text.empty() &&
                        std::all_of(word->text.begin(), word->text.end(), is_digit) &&
                        (peek() == '<' || peek() == '>');
    // A number before a redirection is a descriptor.
    if (!number) current_.words.push_back(*word);
    return true;
  }

  bool redirection() {
    const char c = peek();
    ++at_;
    if (c == '<' && peek() == '<') return here_document();
    if (peek() == '&') {
      ++at_;
      if (is_digit(peek()) || peek() == '-') {
        while (is_digit(peek()) || peek() == '-') ++at_;
        return true;
      }
      return redirected(DataOp::Write);
    }
    const bool both = c == '<' && peek() == '>';
    if (both || (c == '>' && (peek() == '>' || peek() == '|'))) ++at_;
    return redirected(c == '<' && !both ? DataOp::Read : DataOp::Write);
  }

  bool redirected(DataOp op) {
    const std::optional<ShellWord> word = spaced_word();
    if (!word) return false;
    const bool device = word->text.starts_with("/dev/");
    if (word->sure && !device) current_.redirections.emplace_back(*word, op);
    return ++words_ <= kMostWords;
  }

  bool here_document() {
    ++at_;
    const bool text_follows = peek() == '<';
    if (text_follows || peek() == '-') ++at_;
    const std::optional<ShellWord> word = spaced_word();
    if (!word) return false;
    if (!text_follows) here_ends_.push_back(word->text);
    return true;
  }

  std::optional<ShellWord> spaced_word() {
    while (peek() == ' ' || peek() == '\t') ++at_;
    if (at_ >= line_.size() || kEnds.find(peek()) != std::string_view::npos) return std::nullopt;
    return next_word();
  }

  std::optional<ShellWord> next_word() {
    ShellWord word;
    bool pattern = false;
    const size_t from = at_;
    while (at_ < line_.size() && kEnds.find(peek()) == std::string_view::npos) {
      const char c = peek();
      if (c == '`' || c == '(' || c == ')' || (c == '$' && peek(1) == '(')) return std::nullopt;
      if (c == '\'' || c == '"') {
        if (!quoted(c, word)) return std::nullopt;
        continue;
      }
      if (c == '\\') {
        if (at_ + 1 >= line_.size()) return std::nullopt;
        if (peek(1) != '\n') word.text += peek(1);
        at_ += 2;
        continue;
      }
      if (c == '$' || c == '{' || c == '}') word.sure = false;
      if (c == '*' || c == '?' || c == '[') pattern = true;
      word.text += c;
      ++at_;
    }
    if (word.text == "{" || word.text == "}") return std::nullopt;
    if (pattern && word.text.find("://") == std::string::npos) word.sure = false;
    if (at_ == from) return std::nullopt;
    return word;
  }

  bool quoted(char quote, ShellWord& word) {
    for (++at_; at_ < line_.size(); ++at_) {
      const char c = peek();
      if (c == quote) {
        ++at_;
        return true;
      }
      if (quote == '"') {
        if (c == '`' || (c == '$' && peek(1) == '(')) return false;
        if (c == '$') word.sure = false;
        if (c == '\\' && std::string_view("$`\"\\").find(peek(1)) != std::string_view::npos) ++at_;
      }
      word.text += peek();
    }
    return false;
  }

  std::string_view line_;
  size_t at_ = 0, words_ = 0;
  SimpleCommand current_;
  std::vector<SimpleCommand> done_;
  std::vector<std::string> here_ends_;
};

bool is_assignment(std::string_view word) {
  const size_t equals = word.find('=');
  return equals != std::string_view::npos && equals > 0 && !is_digit(word[0]) &&
         std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(equals),
                     [](char c) { return is_letter_or_digit(c) || c == '_'; });
}

/// Returns the command without assignments and keywords before it; empty if only the shell knows
/// one of its words.
std::vector<std::string_view> plain(const SimpleCommand& command) {
  constexpr std::string_view kBefore[] = {"!",    "do",   "elif", "else",  "if",
                                          "sudo", "then", "time", "until", "while"};
  std::vector<std::string_view> words;
  for (const ShellWord& word : command.words) {
    const bool before =
        is_assignment(word.text) ||
        std::find(std::begin(kBefore), std::end(kBefore), word.text) != std::end(kBefore);
    if (words.empty() && before) continue;
    if (!word.sure) return {};
    words.push_back(word.text);
  }
  return words;
}

void change_folder(const std::vector<std::string_view>& words, ShellFolder& folder) {
  if (words.size() > 2 || (words.size() == 2 && words[1].starts_with('-'))) {
    folder = {.path = {}, .known = false};
    return;
  }
  const std::string_view to = words.size() == 2 ? words[1] : "~";
  if (to.starts_with('/') || to == "~" || to.starts_with("~/"))
    folder = {.path = std::string(to), .known = true};
  else if (folder.known)
    folder.path += (folder.path.empty() ? "" : "/") + std::string(to);
}

void visit_line(std::string_view line, const ShellSink& visit, ShellFolder folder, size_t depth) {
  const auto commands = ShellParser(line).commands();
  if (!commands) return;
  for (const SimpleCommand& command : *commands) {
    const std::vector<std::string_view> words = plain(command);
    const bool moves = !command.words.empty() && (command.words.front().text == "cd" ||
                                                  command.words.front().text == "pushd");
    const std::string_view inner = shell_line_in(words);
    if (!inner.empty() && depth < kDeepest)
      visit_line(inner, visit, folder, depth + 1);
    else
      for_each_operand(words, [&](std::string_view word, DataOp op) { visit(word, op, folder); });
    for (const auto& [word, op] : command.redirections) visit(word.text, op, folder);
    // The commands of a pipe run in shells of their own, so a `cd` there does not change the folder
    // of later commands.
    if (!moves || command.before == Joint::Pipe || command.after == Joint::Pipe) continue;
    if (words.empty())
      folder = {.path = {}, .known = false};
    else
      change_folder(words, folder);
  }
}

}  // namespace

void for_each_in_shell(std::string_view line, const ShellSink& visit) {
  visit_line(line, visit, {}, 0);
}

std::string_view shell_line_in(const std::vector<std::string_view>& words) {
  if (words.size() < 3 || !is_shell(words[0])) return {};
  for (size_t i = 1; i + 1 < words.size() && words[i].starts_with('-'); ++i)
    if (words[i].size() > 1 && words[i][1] != '-' && words[i].ends_with('c')) return words[i + 1];
  return {};
}

}  // namespace callgate
