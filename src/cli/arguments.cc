// The only file that uses CLI11. CLI11 splits words into options and values. This file interprets
// the options and values, and writes all error messages itself.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "callgate/base/ascii.h"
#include "syntax.h"

namespace callgate {

namespace {

/// One argument while it is parsed. CLI11 gets only strings and flags, and this file checks and
/// converts the strings, so that it can write every error message.
struct Slot {
  const Argument* argument;
  CLI::Option* option = nullptr;
  std::vector<std::string> got;
};

Error usage(std::string message) { return {"usage", std::move(message), ""}; }

void declare(CLI::App& app, Slot& slot) {
  const Argument& a = *slot.argument;
  if (a.kind != Argument::Kind::Option) {
    slot.option = app.add_option(a.names, slot.got);
    if (a.kind != Argument::Kind::Many) slot.option->expected(1)->allow_extra_args(false);
    return;
  }
  if (a.placeholder.empty()) {
    slot.option = app.add_flag(a.names);
    return;
  }
  slot.option = app.add_option(a.names, slot.got)->expected(1)->allow_extra_args(false);
  slot.option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

Status store_number(const Slot& slot, uint64_t& to) {
  const std::string& text = slot.got.back();
  const bool digits =
      !text.empty() && text.size() <= 18 && std::all_of(text.begin(), text.end(), is_digit);
  if (!digits) {
    return usage(
        fmt::format("{} takes a whole number, not '{}'", names_of(*slot.argument).back(), text));
  }
  to = std::stoull(text);
  return {};
}

Status store_text(const Slot& slot, std::string& to) {
  const Argument& a = *slot.argument;
  to = slot.got.back();
  if (a.allowed.empty() || std::find(a.allowed.begin(), a.allowed.end(), to) != a.allowed.end())
    return {};
  return usage(fmt::format("{} takes {}, not '{}'{}", names_of(a).back(), a.placeholder, to,
                           did_you_mean(to, a.allowed)));
}

Status store(const Slot& slot) {
  if (const auto* flag = std::get_if<bool*>(&slot.argument->target)) {
    **flag = **flag || slot.option->count() > 0;
    return {};
  }
  if (slot.got.empty()) return {};
  if (const auto* all = std::get_if<std::vector<std::string>*>(&slot.argument->target)) {
    **all = slot.got;
    return {};
  }
  if (const auto* number = std::get_if<uint64_t*>(&slot.argument->target)) {
    return store_number(slot, **number);
  }
  return store_text(slot, **std::get_if<std::string*>(&slot.argument->target));
}

Status too_much(const std::string& word, const std::vector<Slot>& slots) {
  if (word.size() < 2 || word[0] != '-') return usage(fmt::format("unexpected word '{}'", word));
  const std::string name = word.substr(0, word.find('='));
  std::vector<std::string> known{"--help"};
  for (const Slot& slot : slots) {
    if (slot.argument->kind != Argument::Kind::Option) continue;
    for (std::string& each : names_of(*slot.argument)) known.push_back(std::move(each));
  }
  return usage(fmt::format("unknown option '{}'{}", name, did_you_mean(name, known)));
}

/// Handles the words after "--", which are never options. In their order, the words become the
/// values of the command's arguments (such as NAME) that still have no value.
Status fill(std::vector<Slot>& slots, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    const auto open = std::find_if(slots.begin(), slots.end(), [](const Slot& slot) {
      const Argument::Kind kind = slot.argument->kind;
      return kind == Argument::Kind::Many || (kind != Argument::Kind::Option && slot.got.empty());
    });
    if (open == slots.end()) return usage(fmt::format("unexpected word '{}'", word));
    open->got.push_back(word);
  }
  return {};
}

/// The message of CLI11 begins with the name of an option. Returns this name.
std::string option_in(const CLI::ParseError& error) {
  const std::string text = error.what();
  return text.substr(0, text.find(':'));
}

}  // namespace

Status parse_arguments(const Syntax& command, const Syntax& global,
                       const std::vector<std::string>& words) {
  std::vector<Slot> slots;
  for (const Argument& argument : command.arguments()) slots.push_back({&argument, nullptr, {}});
  for (const Argument& argument : global.arguments()) slots.push_back({&argument, nullptr, {}});
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  for (Slot& slot : slots) declare(app, slot);
  const auto dashes = std::find(words.begin(), words.end(), "--");
  try {
    app.parse(std::vector<std::string>(std::make_reverse_iterator(dashes), words.rend()));
  } catch (const CLI::ArgumentMismatch& error) {
    return usage(fmt::format("{} needs a value", option_in(error)));
  } catch (const CLI::ParseError& error) {
    return usage(error.what());
  }
  const std::vector<std::string> extras = app.remaining();
  if (!extras.empty()) return too_much(extras.front(), slots);
  if (dashes != words.end()) {
    const Status filled = fill(slots, {dashes + 1, words.end()});
    if (!filled) return filled;
  }
  for (const Slot& slot : slots) {
    const bool needed = slot.argument->kind == Argument::Kind::Required ||
                        slot.argument->kind == Argument::Kind::Many;
    if (needed && slot.got.empty())
      return usage(fmt::format("{} is missing", slot.argument->names));
    const Status stored = store(slot);
    if (!stored) return stored;
  }
  return {};
}

}  // namespace callgate
