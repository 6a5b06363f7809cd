// Messages of real servers and clients: each passes unchanged, except for changes that the gate
// documents.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "storm.h"

namespace storm {

namespace {

namespace fs = std::filesystem;
using callgate::at;
using callgate::FakeLink;
using callgate::World;
using reference::Json;

const reference::Reading kPlain{reference::Keys::Exact, reference::Wins::Last};

struct Count {
  size_t sent = 0, same = 0, mended = 0, refused = 0, changed = 0;

  void print(const char* what) const {
    std::printf(
        "%s: %zu sent, %zu byte-equal, %zu mended as documented, %zu refused, %zu changed\n", what,
        sent, same, mended, refused, changed);
  }
  int bad() const { return static_cast<int>(refused + changed); }
};

void replace_once(std::string& text, const std::string& from, const std::string& to) {
  if (const size_t at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
}

/// A gate with one client and one server, which is ready and has these tools.
struct One {
  World world;
  FakeLink link;
  callgate::SessionNumber session;

  explicit One(const std::string& tools) : world({"s"}, {.guard = quiet()}) {
    session = world.connect(link);
    world.greet(0);
    world.answer(0, "tools/list", "{\"tools\":" + tools + "}");
    while (!link.take().empty()) {
    }
  }
  /// Returns the name by which clients call the tool. Some characters of names are replaced for
  /// them.
  std::string exposed(const std::string& tool) const {
    for (const callgate::ToolView& view : world.gate->tools(""))
      if (view.name == tool) return view.exposed;
    return "";
  }
  static callgate::GuardConfig quiet() {
    callgate::GuardConfig guard;
    guard.ladder = {callgate::Step::Observe};
    return guard;
  }
};

/// Removes optional members that are null, as mending is documented to do.
Json without_nulls(Json item) {
  const auto null = [](const auto& member) { return member.value.kind == Json::Kind::Null; };
  std::erase_if(item.members, null);
  for (auto& [key, value] : item.members)
    if (key == "annotations") std::erase_if(value.members, null);
  return item;
}

void list_server(const std::string& tools, Count& count) {
  One one(tools);
  std::string cursor;
  std::map<std::string, std::string> listed;
  do {
    one.world.client_sends(one.session,
                           R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{)" +
                               (cursor.empty() ? "" : "\"cursor\":" + cursor) + "}}");
    const std::string page = one.link.take();
    for (size_t i = 0;; ++i) {
      const std::string item = at(page, "/result/tools/" + std::to_string(i));
      if (item == "absent" || item == "unreadable") break;
      listed[at(item, "/name")] = item;
    }
    cursor = at(page, "/result/nextCursor");
  } while (cursor != "absent" && cursor != "unreadable" && !cursor.empty());
  for (size_t i = 0;; ++i) {
    std::string item = at(tools, "/" + std::to_string(i));
    if (item == "absent" || item == "unreadable") break;
    ++count.sent;
    const std::string name = at(item, "/name");
    const std::string exposed = "\"s__" + name.substr(1);
    const auto found = listed.find(exposed);
    if (found == listed.end()) {
      ++count.refused;
      std::printf("not listed: %s\n", item.substr(0, 300).c_str());
      continue;
    }
    replace_once(item, name, exposed);
    if (found->second == item) {
      ++count.same;
      continue;
    }
    const auto before = reference::parse(item), after = reference::parse(found->second);
    const bool documented =
        before && after && reference::written(without_nulls(*before)) == reference::written(*after);
    ++(documented ? count.mended : count.changed);
    if (!documented)
      std::printf("changed: %s\n     to: %s\n", item.substr(0, 600).c_str(),
                  found->second.substr(0, 600).c_str());
  }
}

/// Checks that the call reaches the server and its answer the client with every byte, except for
/// the id and the name.
void make_call(One& one, const std::string& tool, const std::string& arguments,
               const std::string& result, Count& count) {
  ++count.sent;
  const std::string sent =
      R"({"jsonrpc":"2.0","id":"mine","method":"tools/call","params":{"name":)" +
      reference::quoted(one.exposed(tool)) + ",\"arguments\":" + arguments + "}}";
  one.world.client_sends(one.session, sent);
  const std::string got = one.world.child_gets();
  if (got.empty()) {
    ++count.refused;
    std::printf("refused: %s\n", one.link.take().substr(0, 400).c_str());
    return;
  }
  const std::string id = at(got, "/id");
  std::string expected = sent;
  replace_once(expected, "\"mine\"", id);
  replace_once(expected, reference::quoted(one.exposed(tool)), reference::quoted(tool));
  const std::string answer =
      R"({"jsonrpc":"2.0","id":ID,"result":{"content":[{"type":"text","text":)" + result + "}]}}";
  std::string with_id = answer, with_mine = answer;
  replace_once(with_id, "ID", id);
  replace_once(with_mine, "ID", "\"mine\"");
  one.world.child_sends(0, with_id);
  const std::string came = one.link.take();
  const bool same = got == expected && came == with_mine;
  ++(same ? count.same : count.changed);
  if (!same)
    std::printf("changed: %s\n     to: %s\nchanged: %s\n     to: %s\n",
                expected.substr(0, 600).c_str(), got.substr(0, 600).c_str(),
                with_mine.substr(0, 600).c_str(), came.substr(0, 600).c_str());
}

void make_calls(const Json& session, Count& count) {
  const Json* calls = reference::find(session, "calls", kPlain);
  std::set<std::string> tools;
  for (const Json& call : calls->items) tools.insert(reference::find(call, "tool", kPlain)->text);
  std::string list;
  for (const std::string& tool : tools)
    list += (list.empty() ? "[" : ",") + std::string("{\"name\":") + reference::quoted(tool) +
            R"(,"inputSchema":{"type":"object"}})";
  One one(list + "]");
  for (const Json& call : calls->items) {
    const Json* arguments = reference::find(call, "args", kPlain);
    const Json* result = reference::find(call, "result", kPlain);
    if (!arguments || !arguments->is_object() || !result) continue;
    make_call(one, reference::find(call, "tool", kPlain)->text, reference::written(*arguments),
              result->is_text() ? reference::written(*result) : "\"\"", count);
  }
}

/// Makes those calls of a dialogue of tests/e2e for which the dialogue expects a result.
void make_dialogue(const fs::path& script, Count& count) {
  std::ifstream in(script);
  std::vector<Json> sent;
  std::set<std::string> answered;
  for (std::string line; std::getline(in, line);) {
    const size_t brace = line.find('{');
    if (brace == std::string::npos || line.empty()) continue;
    const auto json = reference::parse(std::string_view(line).substr(brace));
    if (!json || !json->is_object()) continue;
    const Json* id = reference::find(*json, "id", kPlain);
    if (line[0] == '>' && id) sent.push_back(*json);
    if (line[0] == '<' && id && reference::find(*json, "result", kPlain))
      answered.insert(reference::written(*id));
  }
  for (const Json& message : sent) {
    const Json* method = reference::find(message, "method", kPlain);
    const Json* params = reference::find(message, "params", kPlain);
    if (!method || method->text != "tools/call" || !params) continue;
    if (!answered.contains(reference::written(*reference::find(message, "id", kPlain)))) continue;
    const Json* name = reference::find(*params, "name", kPlain);
    const Json* arguments = reference::find(*params, "arguments", kPlain);
    if (!name || !name->is_text() || (arguments && !arguments->is_object())) continue;
    One one("[{\"name\":" + reference::quoted(name->text) +
            R"(,"inputSchema":{"type":"object"}}])");
    make_call(one, name->text, arguments ? reference::written(*arguments) : "{}", "\"ok\"", count);
  }
}

}  // namespace

int run_honest(const std::string& folder) {
  Count lists, calls, dialogues;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    if (entry.path().filename() == "script") {
      make_dialogue(entry.path(), dialogues);
      continue;
    }
    if (entry.path().extension() != ".jsonl") continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      const auto json = reference::parse(line);
      if (!json) continue;
      if (reference::find(*json, "tools", kPlain)) list_server(at(line, "/tools"), lists);
      if (reference::find(*json, "calls", kPlain)) make_calls(*json, calls);
    }
  }
  lists.print("tools");
  calls.print("calls");
  dialogues.print("calls of dialogues");
  return lists.bad() + calls.bad() + dialogues.bad() == 0 ? 0 : 1;
}

}  // namespace storm
