// What a doctor's report says about tool definitions, and what it never contains.
#include <set>

#include "callgate/wire/message.h"
#include "cli/doctor/doctor.h"
#include "cli/doctor/tool_faults.h"
#include "cli_test.h"

using namespace callgate;

namespace {

std::string faults(const std::string& definition) {
  Walker walker;
  const auto message = walker.walk(definition);
  REQUIRE(message.ok());
  std::string all;
  for (const std::string& fault : tool_faults((*message)->root()))
    all += (all.empty() ? "" : "; ") + fault;
  return all;
}

std::string with_input(const std::string& input) {
  return R"({"name": "x", "description": "does it", "inputSchema": )" + input + "}";
}

}  // namespace

TEST_CASE("a definition that all clients accept has no fault") {
  CHECK(faults(with_input(R"({"type": "object"})")).empty());
  CHECK(
      faults(with_input(R"({"type": "object", "properties": {"a.b-C_1": {"type": ["array", "null"],
      "items": {"$ref": "#/$defs/x"}}}, "required": ["a.b-C_1"]})"))
          .empty());
}

TEST_CASE("a part that clients or models refuse is reported with its place") {
  CHECK(faults(R"({"name": "x", "inputSchema": {"type": "object"}})") == "has no description");
  CHECK(faults(with_input("{}")) == "its input schema does not have \"type\": \"object\"");
  CHECK(faults(with_input(R"({"type": "object", "oneOf": []})")) ==
        "has \"oneOf\" at the top level of its input schema");
  CHECK(faults(with_input(
            R"({"type": "object", "properties": {"l": {"anyOf": [{"type": "array"}]}}})")) ==
        "\"items\" is missing at /properties/l/anyOf");
  CHECK(faults(with_input(R"({"type": "object", "properties": {"a b": {}}})"))
            .starts_with("the property \"a b\" has other characters"));
  CHECK(faults(with_input(R"({"type": "object", "properties": {}, "required": ["z"]})")) ==
        "requires \"z\", which is not a property");
  CHECK(faults(with_input(R"({"type": "object", "properties": {"r": {"$ref": "http://x"}}})")) ==
        "refers to another document at /properties/r");
}

TEST_CASE("a property's name has at most 64 characters") {
  const auto named = [](size_t size) {
    return faults(
        with_input(R"({"type": "object", "properties": {")" + std::string(size, 'k') + "\": {}}}"));
  };
  CHECK(named(64).empty());
  CHECK(named(65).find("is too long") != std::string::npos);
}

TEST_CASE("at most twenty faults of a tool are reported") {
  std::string properties;
  for (int i = 0; i < 100; ++i)
    properties += (i ? ",\"" : "\"") + std::to_string(i) + "\": {\"type\": \"array\"}";
  Walker walker;
  const auto message =
      walker.walk(with_input(R"({"type": "object", "properties": {)" + properties + "}}"));
  CHECK(tool_faults((*message)->root()).size() == 20);
}

TEST_CASE("a report shows the home folder as ~ and contains no secret") {
  DoctorReport report("/home/me");
  report.hide("hunter2");
  report.hide("hunter2-and-more");
  report.hide("abc");  // too short to be distinguished from a word
  CHECK(report.safe("/home/me/x, /home/me: /home/meg /mnt/home/me /home/me") ==
        "~/x, ~: /home/meg /mnt/home/me ~");
  CHECK(report.safe("is hunter2-and-more or hunter2, abc") == "is ••• or •••, abc");
  CHECK(report.safe("ghp_0123456789abcdefghijABCDEFGHIJ012345").find("0123") == std::string::npos);
  report.add("doctor.server_failed", "/home/me says hunter2", "cat /home/me/log", "hunter2\n");
  const Diagnosis& finding = report.findings().at(0);
  CHECK(finding.text == "~ says •••");
  CHECK(finding.next == "cat ~/log");
  CHECK(finding.detail == "•••\n");
  CHECK(DoctorReport("/").safe("/a/b") == "/a/b");
}

TEST_CASE("each code occurs once, and the codes of a group are adjacent") {
  std::set<std::string_view> codes, groups;
  std::string_view group;
  for (const DiagnosisKind& kind : diagnosis_kinds()) {
    CHECK(codes.insert(kind.code).second);
    CHECK(kind.code.starts_with("doctor."));
    if (kind.group != group) CHECK(groups.insert(kind.group).second);
    group = kind.group;
  }
}
