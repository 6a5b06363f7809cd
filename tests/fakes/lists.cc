// The lists of the fake server: tools, prompts, resources, and lists that do not end.
#include <string>

#include "mischief.h"
#include "server.h"
#include "slices.h"

namespace fake {

std::string Server::tool_definition(const Tool& tool) const {
  std::string out = R"({"name":)" + quote(tool.name) + R"(,"description":)" +
                    quote("the fake tool " + tool.behaviour) +
                    R"(,"inputSchema":{"type":"object"})";
  if (tool.behaviour == "structured") {
    out += R"(,"outputSchema":{"type":"object","properties":{"n":{"type":"number"}}})";
  }
  return out + "}";
}

void Server::list_tools(std::string_view id, std::string_view line) {
  if (options_.has("hang-in-tools-list")) return;
  if (options_.has("fail-tools-list")) return error(id, -32603, "no list today");
  if (options_.has("tools-file")) return result(id, read_file(options_.text("tools-file")));
  const std::string cursor = text(at(line, "params.cursor"));
  const long page = cursor.empty() ? 0 : std::strtol(cursor.c_str() + 5, nullptr, 10);
  const bool paged = options_.has("pages"), endless = options_.has("endless-cursor");
  std::string all, next;
  if (paged || endless || options_.has("repeated-cursor")) {
    if (paged && page > 0)
      all = tool_definition({"page_" + std::to_string(page - 1), "echo"}) + ",";
    all += tool_definition({"page_" + std::to_string(page), "echo"});
    if (endless || (paged && page + 1 < options_.number("pages")))
      next = "page " + std::to_string(page + 1);
    if (options_.has("repeated-cursor")) next = "page 1";
  } else {
    for (const Tool& tool : options_.tools) all += (all.empty() ? "" : ",") + tool_definition(tool);
    if (extra_tool_) all += "," + tool_definition({"extra", "echo"});
  }
  result(id, R"({"tools":[)" + all + "]" + (next.empty() ? "" : R"(,"nextCursor":)" + quote(next)) +
                 "}");
}

void Server::list_prompts(std::string_view id) {
  result(
      id,
      R"({"prompts":[{"name":"greet","description":"greets","arguments":[{"name":"who","required":true}]}]})");
}

void Server::get_prompt(std::string_view id, std::string_view line) {
  if (text(at(line, "params.name")) != "greet") return error(id, -32602, "Unknown prompt");
  const std::string who = text(at(line, "params.arguments.who"));
  result(id, R"({"messages":[{"role":"user","content":{"type":"text","text":)" +
                 quote(options_.name + " greets " + who) + "}}]}");
}

void Server::list_resources(std::string_view id) {
  std::string all;
  const auto add = [&](const std::string& uri) {
    all +=
        (all.empty() ? "" : ",") + (R"({"uri":)" + quote(uri) + R"(,"name":)" + quote(uri) + "}");
  };
  if (options_.has("resources")) {
    add("fake://" + options_.name + "/one");
    add("fake://" + options_.name + "/two");
  }
  if (options_.has("uri")) add(options_.text("uri"));
  result(id, R"({"resources":[)" + all + "]}");
}

void Server::list_templates(std::string_view id) {
  if (!options_.has("resources")) return result(id, R"({"resourceTemplates":[]})");
  result(id, R"({"resourceTemplates":[{"uriTemplate":)" +
                 quote("fake://" + options_.name + "/item/{id}") + R"(,"name":"item"}]})");
}

void Server::read_resource(std::string_view id, std::string_view line) {
  const std::string uri = text(at(line, "params.uri"));
  if (uri.find("missing") != std::string::npos) return error(id, -32002, "Resource not found");
  result(id, R"({"contents":[{"uri":)" + quote(uri) + R"(,"mimeType":"text/plain","text":)" +
                 quote(options_.name + " has " + uri) + "}]}");
}

void Server::complete(std::string_view id, std::string_view line) {
  const std::string_view reference = at(line, "params.ref");
  const std::string named = text(member(reference, "name")) + text(member(reference, "uri"));
  result(id, R"({"completion":{"values":[)" + quote(named) + "," +
                 quote(text(at(line, "params.argument.value")) + "…") +
                 R"(],"total":2,"hasMore":false}})");
}

}  // namespace fake
