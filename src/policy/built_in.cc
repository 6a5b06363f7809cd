// The built-in rule about our own files. What this rule denies can't be allowed by any rule of the
// configuration.
#include <algorithm>

#include "evaluation.h"

namespace callgate {

namespace {

using Subject = RuleSpec::Subject;

constexpr size_t kMostPathLike = 256;
constexpr size_t kMostOdd = 1024;     // the most texts of several lines, which are rarely paths
constexpr size_t kLongestWord = 255;  // NAME_MAX
constexpr size_t kLongestSpelt = 1024;

Decision deny_built_in(std::string because) {
  return {Permission::Deny, kBuiltIn, std::move(because)};
}

/// True if the tool's name means that it moves or removes things.
bool takes_away(std::string_view tool) {
  for (const std::string_view word : {"move", "rename", "delete", "remove", "rmdir", "trash",
                                      "unlink", "chmod", "chown", "mount", "replace"})
    if (tool.find(word) != std::string_view::npos) return true;
  return tool == "rm" || tool == "mv";
}

bool makes_folder(std::string_view tool) {
  return tool.find("mkdir") != std::string_view::npos ||
         (tool.find("create") != std::string_view::npos &&
          (tool.find("dir") != std::string_view::npos ||
           tool.find("folder") != std::string_view::npos));
}

}  // namespace

// An argument whose name means text (content, message …) may hold a large JSON file. The thousands
// of strings in this JSON must not be resolved as paths. So for_each_checked() visits
// found_arguments(), where such JSON stays one text. built_in_texts() searches this text for the
// names of our files.
bool Evaluation::is_checked(const ArgumentString& string, std::string& text) const {
  if (may_look_like_path(string)) {
    text = string.text();
    if (looks_like_path(text)) return true;
  } else if (string.is_key || string.raw().empty() || string.raw().size() > kLongestWord) {
    return false;
  }
  if (text.empty()) text = string.text();
  const std::string_view word = bare_path(text);
  if (word.empty() || word.find('/') != std::string_view::npos) return false;
  if (law_.own.has_word(word) || word == "..") return true;
  const Naming naming = string.naming();
  return !string.is_key && (naming == Naming::Path || naming == Naming::Place);
}

// Prose and code contain quotes, backslashes and so on that are not part of a path. So a text that
// is probably prose or code has only one spelling: the text as written.
PathReadings Evaluation::checked_readings(const ArgumentString& string, const std::string& text) {
  const bool spelt = text.size() <= kLongestSpelt && text.find('\n') == std::string::npos &&
                     string.naming() != Naming::Text;
  return path_readings(text, bases(), spelt ? Spelling::Plain : Spelling::Written);
}

bool Evaluation::for_each_checked(
    const std::function<bool(const ArgumentString&, const std::string& text)>& visit) {
  if (facts_.subject == Subject::Resource) {
    if (looks_like_path(facts_.name)) visit({}, std::string(facts_.name));
    return true;
  }
  if (!facts_.args) return true;
  size_t short_count = 0, odd_count = 0;
  for (const Value root : found_arguments().roots) {
    for_each_string(root, [&](const ArgumentString& string) {
      std::string text;
      if (!is_checked(string, text)) return true;
      (text.find('\n') == std::string::npos ? short_count : odd_count) += 1;
      return short_count <= kMostPathLike && odd_count <= kMostOdd && visit(string, text);
    });
  }
  return short_count <= kMostPathLike && odd_count <= kMostOdd;
}

bool Evaluation::takes_folder_above(const ArgumentString& string, const std::string& text,
                                    const std::string& real) const {
  const bool acts = facts_.subject == Subject::Tool || facts_.subject == Subject::Method;
  if (!facts_.may_write || !acts || !string.value) return false;
  const OwnFiles::Above above = law_.own.above(real);
  if (above == OwnFiles::Above::No || makes_folder(facts_.name)) return false;
  if (takes_away(facts_.name)) return string.naming() != Naming::Text;
  if (above == OwnFiles::Above::Far || is_only_dots(text)) return false;
  const Naming naming = string.naming();
  return naming != Naming::Text && naming != Naming::Place;
}

std::optional<Decision> Evaluation::built_in_paths() {
  if (paths_.empty()) return std::nullopt;
  std::optional<Decision> decision;
  const auto leads_here = [&](const std::string& real) {
    if (law_.own.holds(real)) return true;
    const auto& folders = law_.own.written();
    return std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) {
      const std::string* now = paths_.real(folder);
      return now && is_inside(real, *now, Case::Folded);
    });
  };
  paths_.for_each_real([&](const std::string& real) {
    if (leads_here(real))
      decision = deny_built_in(
          "a path leads into callgate's own files, and no rule can allow access to these files");
    return !decision;
  });
  if (decision) return decision;
  const bool all = for_each_checked([&](const ArgumentString& string, const std::string& text) {
    for (const std::string& path : checked_readings(string, text).paths) {
      const std::string* real = paths_.real(path);
      if (!real)
        decision = deny_built_in(
            "a path could not be resolved, so it may lead into callgate's own files, and no rule "
            "can allow access to these files");
      else if (takes_folder_above(string, text, *real))
        decision = deny_built_in(
            "the call may change a folder that holds callgate's own files, and no rule can allow "
            "this; name what is inside that folder instead");
    }
    return !decision;
  });
  if (!all && !decision)
    decision = deny_built_in(
        "the call holds more strings that look like paths than callgate checks (256), and no rule "
        "can allow such a call; split the call into several calls");
  return decision;
}

std::optional<Decision> Evaluation::built_in_texts() {
  const auto named = [] {
    return deny_built_in(
        "an argument's text names callgate's own files, and no rule can allow access to these "
        "files; leave their path out of the text");
  };
  if (facts_.subject == Subject::Resource) {
    if (law_.own.may_be_in(facts_.name) && law_.own.named_in(facts_.name, bases())) return named();
    return std::nullopt;
  }
  if (!facts_.args) return std::nullopt;
  std::optional<Decision> decision;
  for (const Value root : arguments().roots) {
    const bool maybe = law_.own.may_be_in(root.raw());
    const bool commands = facts_.may_write && OwnFiles::may_hold_place(root.raw());
    if (!maybe && !commands) continue;
    for_each_string(root, [&](const ArgumentString& string) {
      if (maybe && law_.own.named_in(string.text(), bases())) {
        decision = named();
      } else if (commands && !string.is_key && OwnFiles::may_be_command(string.raw()) &&
                 string.naming() != Naming::Text &&
                 law_.own.command_takes_folder_above(string.text(), bases())) {
        decision = deny_built_in(
            "a command moves or removes a folder that holds callgate's own files, and no rule can "
            "allow this; name what is inside that folder instead");
      }
      return !decision;
    });
    if (decision) break;
  }
  return decision;
}

std::optional<Decision> Evaluation::built_in() {
  if (law_.own.empty() || facts_.subject == Subject::Question) return std::nullopt;
  if (std::optional<Decision> decision = built_in_paths()) return decision;
  return built_in_texts();
}

}  // namespace callgate
