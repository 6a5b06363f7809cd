#include "allowed_list.h"

#include <algorithm>
#include <vector>

#include "callgate/desktop/clients.h"
#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"
#include "desktop/documents/document.h"
#include "rule_sources.h"

namespace callgate {

namespace {

/// Finds each list of allowed servers and calls `edit` with its elements. Then applies the splices
/// that `edit` has added.
template <class Do>
std::string edited(const std::string& text, std::string_view client, Do edit) {
  const ClientApp* const app = find_client(client);
  if (!app || app->format != ConfigFormat::Json || only_blanks(text)) return text;
  const auto message = parse_jsonc(text);
  if (!message) return text;
  std::vector<Splice> splices;
  std::vector<std::vector<std::string_view>> checked;
  for (const RuleSource& source : rule_sources()) {
    if (source.client != client || source.effect != RuleEffect::Only) continue;
    if (std::find(checked.begin(), checked.end(), source.keys) != checked.end()) continue;
    checked.push_back(source.keys);
    Value list = (*message)->root();
    for (const std::string_view key : source.keys) list = list.find(key);
    std::vector<Value> elements;
    if (list.is_array())
      for (Value each : list) elements.push_back(each);
    edit(elements, splices);
  }
  return spliced(text, std::move(splices));
}

}  // namespace

std::string with_name_allowed(const std::string& text, std::string_view client,
                              std::string_view name) {
  return edited(text, client, [&](const std::vector<Value>& list, std::vector<Splice>& splices) {
    const bool there = std::any_of(list.begin(), list.end(), [&](Value each) {
      return each.text_is(name) || each.text_is("*");
    });
    if (list.empty() || there) return;
    const size_t end = list.back().node().end;
    splices.push_back({end, end, ", " + JsonWriter().string(name).take()});
  });
}

std::string without_name_allowed(const std::string& text, std::string_view client,
                                 std::string_view name) {
  return edited(text, client, [&](const std::vector<Value>& list, std::vector<Splice>& splices) {
    for (size_t i = 1; i < list.size(); ++i)
      if (list[i].text_is(name))
        splices.push_back({list[i - 1].node().end, list[i].node().end, ""});
  });
}

}  // namespace callgate
