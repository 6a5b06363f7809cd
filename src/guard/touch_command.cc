#include "touch_command.h"

#include <algorithm>
#include <iterator>

#include "text.h"

namespace callgate {

namespace {

constexpr size_t kLongest = 1024, kWords = 128;

struct Known {
  std::string_view command;
  TouchOp each, last;      // `last`: of the last operand, if there is more than one
  std::string_view takes;  // short options that take the next word
  bool addresses = false;  // only what says itself that it is one
};

constexpr TouchOp kReads = TouchOp::Read, kWrites = TouchOp::Write;
constexpr Known kKnownCommands[] = {
    {"cat", kReads, kReads, ""},
    {"cp", kReads, kWrites, "tS"},
    {"curl", TouchOp::Unknown, TouchOp::Unknown, "", true},
    {"du", kReads, kReads, "dtBX"},
    {"file", kReads, kReads, "mfFP"},
    {"head", kReads, kReads, "nc"},
    {"less", kReads, kReads, "bhjkoOpPtTxyz"},
    {"ls", kReads, kReads, "ITw"},
    {"md5sum", kReads, kReads, ""},
    {"mkdir", kWrites, kWrites, "mZ"},
    {"mv", kWrites, kWrites, "tS"},
    {"rm", kWrites, kWrites, ""},
    {"rmdir", kWrites, kWrites, ""},
    {"sha256sum", kReads, kReads, ""},
    {"stat", kReads, kReads, "cft"},
    {"tail", kReads, kReads, "ncs"},
    {"touch", kWrites, kWrites, "drt"},
    {"wc", kReads, kReads, ""},
    {"wget", TouchOp::Unknown, TouchOp::Unknown, "", true},
};

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// The operands; false if an option leaves it open what one is.
bool split(const std::vector<std::string_view>& words, std::string_view takes,
           std::vector<std::string_view>& operands) {
  bool options = true;
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (!options || word.size() < 2 || word.front() != '-') {
      if (word != "-" && !word.empty()) operands.push_back(word);
    } else if (word == "--") {
      options = false;
    } else if (word[1] == '-') {
      constexpr std::string_view kAlone[] = {"--all",     "--force",     "--human-readable",
                                             "--parents", "--recursive", "--verbose"};
      const bool alone = std::find(std::begin(kAlone), std::end(kAlone), word) != std::end(kAlone);
      if (!alone && word.find('=') == std::string_view::npos) return false;
    } else if (takes.find(word.back()) != std::string_view::npos) {
      // "-n 5", but "-n5" is whole; "-t FOLDER" of cp turns the order round.
      if (word.size() > 2 || word.back() == 't') return false;
      ++i;
    }
  }
  return true;
}

}  // namespace

std::vector<std::string_view> plain_words(std::string_view command) {
  std::vector<std::string_view> words;
  if (command.size() > kLongest ||
      command.find_first_of(";|&><`$(){}!\\\n\r") != std::string_view::npos)
    return words;
  for (size_t i = 0; i < command.size();) {
    if (is_space(command[i])) {
      ++i;
      continue;
    }
    const char quote = command[i] == '"' || command[i] == '\'' ? command[i] : '\0';
    const size_t from = quote ? i + 1 : i;
    size_t end = quote ? command.find(quote, from) : command.find_first_of(" \t\"'", from);
    if (quote && end == std::string_view::npos) return {};
    end = std::min(end, command.size());
    const size_t after = quote ? end + 1 : end;
    // a"b" is one word of two pieces.
    if (after < command.size() && !is_space(command[after])) return {};
    if (words.size() == kWords) return {};
    const std::string_view word = command.substr(from, end - from);
    const bool pattern = !quote && word.find_first_of("*?[#") != std::string_view::npos;
    if (pattern && word.find("://") == std::string_view::npos) return {};
    words.push_back(word);
    i = after;
  }
  return words;
}

void for_each_operand(const std::vector<std::string_view>& words, const OperandSink& visit) {
  if (words.size() < 2) return;
  const std::string_view command = base_name(words.front());
  if (command == "git") {
    if (words.size() >= 3 && words[1] == "clone")
      for (size_t i = 2; i < words.size(); ++i)
        if (words[i].find(':') != std::string_view::npos) visit(words[i], TouchOp::Read);
    return;
  }
  const Known* known =
      std::find_if(std::begin(kKnownCommands), std::end(kKnownCommands),
                   [command](const Known& each) { return each.command == command; });
  if (known == std::end(kKnownCommands)) return;
  if (known->addresses) {
    for (const std::string_view word : words)
      if (begins(word, "http://") || begins(word, "https://")) visit(word, known->each);
    return;
  }
  std::vector<std::string_view> operands;
  if (!split(words, known->takes, operands)) return;
  for (size_t i = 0; i < operands.size(); ++i)
    visit(operands[i], i > 0 && i + 1 == operands.size() ? known->last : known->each);
}

}  // namespace callgate
