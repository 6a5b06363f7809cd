#include "command.h"

#include <algorithm>
#include <iterator>

#include "callgate/base/ascii.h"
#include "callgate/base/path_text.h"

namespace callgate {

namespace {

struct Known {
  std::string_view command;
  DataOp each, last;  // `last` is for the last operand if there are several
  // The letters of the short options that take the next word as their value.
  std::string_view takes;
  bool addresses = false;  // the operands are addresses, recognised by their form
};

constexpr DataOp kReads = DataOp::Read, kWrites = DataOp::Write;
constexpr Known kKnownCommands[] = {
    {"cat", kReads, kReads, ""},
    {"cmp", kReads, kReads, "in"},
    {"cp", kReads, kWrites, "tS"},
    {"curl", DataOp::Unknown, DataOp::Unknown, "", true},
    {"diff", kReads, kReads, "CDFIUWxX"},
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
    {"sort", kReads, kReads, "koStT"},
    {"stat", kReads, kReads, "cft"},
    {"tail", kReads, kReads, "ncs"},
    {"tac", kReads, kReads, "s"},
    {"tee", kWrites, kWrites, ""},
    {"touch", kWrites, kWrites, "drt"},
    {"wc", kReads, kReads, ""},
    {"wget", DataOp::Unknown, DataOp::Unknown, "", true},
};

/// Collects the operands. Returns false if an option makes it unclear which words are operands.
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
      constexpr std::string_view kAlone[] = {"--all",    "--force",   "--human-readable",
                                             "--append", "--parents", "--recursive",
                                             "--verbose"};
      const bool alone = std::find(std::begin(kAlone), std::end(kAlone), word) != std::end(kAlone);
      if (!alone && word.find('=') == std::string_view::npos) return false;
    } else if (takes.find(word.back()) != std::string_view::npos) {
      // "-n 5" takes the next word, "-n5" does not. After "-t FOLDER", the last operand is no
      // longer the target, so this function returns false for commands with "-t".
      if (word.size() > 2 || word.back() == 't') return false;
      ++i;
    }
  }
  return true;
}

}  // namespace

void for_each_operand(const std::vector<std::string_view>& words, const OperandSink& visit) {
  if (words.size() < 2) return;
  const std::string_view command = base_name(words.front());
  if (command == "git") {
    if (words.size() >= 3 && words[1] == "clone")
      for (size_t i = 2; i < words.size(); ++i)
        if (words[i].find(':') != std::string_view::npos) visit(words[i], DataOp::Read);
    return;
  }
  const Known* known =
      std::find_if(std::begin(kKnownCommands), std::end(kKnownCommands),
                   [command](const Known& each) { return each.command == command; });
  if (known == std::end(kKnownCommands)) return;
  if (known->addresses) {
    for (const std::string_view word : words)
      if (begins_ignoring_case(word, "http://") || begins_ignoring_case(word, "https://"))
        visit(word, known->each);
    return;
  }
  std::vector<std::string_view> operands;
  if (!split(words, known->takes, operands)) return;
  for (size_t i = 0; i < operands.size(); ++i)
    visit(operands[i], i > 0 && i + 1 == operands.size() ? known->last : known->each);
}

}  // namespace callgate
