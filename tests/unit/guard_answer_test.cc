// How a call ended, according to the text of its answer, and whether two answers are the same.
#include "guard_test.h"

using namespace callgate;

namespace {

std::string kind(const std::string& text, bool is_error = false) {
  return name(read_text(text, is_error).kind);
}
bool same(const std::string& a, const std::string& b) {
  return read_text(a, false).hash == read_text(b, false).hash;
}

}  // namespace

TEST_CASE("messages about missing things have many forms") {
  for (const char* text :
       {"Error: ENOENT: no such file or directory, open '/a/b'",
        "cat: /a/b: No such file or directory", "File not found: a.txt",
        "The path /x does not exist. Please provide a valid path.",
        R"({"message":"Not Found","status":"404"})", "HTTP 404 Not Found",
        "MCP error -32002: Resource not found: file:///x", "fatal: bad object 1a2b3c4d",
        "fatal: ambiguous argument 'x': unknown revision or path not in the working tree.",
        "Error from server (NotFound): pods \"web-7\" not found",
        "ERROR:  relation \"usr\" does not exist",
        "An error occurred (NoSuchKey) when calling the GetObject operation: The specified key "
        "does not exist.",
        R"({"success": false, "error": {"message": "No record with id 7 exists"}})",
        "\xE2\x9D\x8C **Error**: Could not find page `x`.",
        "\xE9\x94\x99\xE8\xAF\xAF\xEF\xBC\x9A\xE6\x89\xBE\xE4\xB8\x8D\xE5\x88\xB0\xE6\x96\x87\xE4"
        "\xBB\xB6 x",
        "Datei x wurde nicht gefunden", "El archivo x no existe", "Le fichier x est introuvable",
        "Traceback (most recent call last):\n  File \"/a.py\", line 3, in f\n    "
        "open(p)\nFileNotFoundError: [Errno 2] No such file or directory: 'x'"})
    CHECK_MESSAGE(kind(text) == "not_found", std::string(text));
}

TEST_CASE("each kind of failure is recognised") {
  CHECK(kind("Access denied: Log 'x' is not in allowed logs: a, b") == "denied");
  CHECK(kind("bash: /etc/shadow: Permission denied") == "denied");
  CHECK(kind("Error: Invalid arguments for tool x: 'path' is required") == "invalid");
  CHECK(kind("Request timed out after 30s") == "timeout");
  CHECK(kind("HTTP 503 Service Unavailable") == "rate");
  CHECK(kind("Error: rate limit exceeded, retry after 20 seconds") == "rate");
  CHECK(kind("No matches found") == "empty");
  CHECK(kind("[]") == "empty");
  CHECK(kind(R"({"items": [], "total": 0})") == "empty");
  CHECK(kind(" \n") == "empty");
  CHECK(kind("Error: payment amount does not add up, total price is 375") == "error");
}

TEST_CASE("a result with isError is a failure, whatever its text") {
  CHECK(kind("nothing to see here", true) == "error");
  CHECK(kind("", true) == "error");
  CHECK(kind("Item 7 not found", true) == "not_found");
}

TEST_CASE("a text about errors is not an error") {
  for (const char* text :
       {"# Error handling\n\nWhen a user is not found, the server answers 404.",
        "Errors: 0, warnings: 2", "import os\n\ndef read():\n    raise FileNotFoundError('x')\n",
        R"({"name": "x", "errors": [], "error": null, "items": [1]})",
        "export class NotFoundError extends Error {}",
        "2026-07-01 10:00:00 ERROR could not find user\n2026-07-01 10:00:01 INFO ok",
        "<html><title>a</title><body>Page not found? Try the search.</body></html>",
        "42 passed in 2.10s", "No errors found", "No issues found in 3 files",
        "No vulnerabilities found", "3 failed, 10 passed", "404 lines changed in 3 files.",
        "failed = 0\nfor x in y:\n  pass"})
    CHECK_MESSAGE(kind(text) == "ok", std::string(text));
}

TEST_CASE("answers that differ only in times and durations are the same, other differences count") {
  CHECK(same("1 failed, 41 passed in 2.31s", "1 failed, 41 passed in 3.07s"));
  CHECK(same("at 2026-07-28T10:00:01Z: disk is full",
             "at 2026-07-28T11:22:33.5+02:00: disk is full"));
  CHECK(same("[10:00:01] connection refused by host", "[10:00:02] connection refused by host"));
  CHECK(same(R"({"state": "failed for good", "elapsed_ms": 17})",
             R"({"state": "failed for good", "elapsed_ms": 18})"));
  CHECK(same("lock taken at 1790000001 by another one", "lock taken at 1790000002 by another one"));
  CHECK_FALSE(same("1 failed, 41 passed in 2.31s", "2 failed, 40 passed in 2.31s"));
  CHECK_FALSE(same("Progress: 34/90", "Progress: 35/90"));
  CHECK_FALSE(same("about 12 seconds remaining, please be patient",
                   "about 11 seconds remaining, please be patient"));
  CHECK_FALSE(same("port 8080", "port 8081"));
}

TEST_CASE("an answer that is hardly more than a time differs when the time differs") {
  CHECK_FALSE(same("2026-07-28T10:00:01Z", "2026-07-28T10:00:02Z"));
  CHECK_FALSE(same("10:00:01", "10:00:02"));
  CHECK_FALSE(same("1790000001", "1790000002"));
}

TEST_CASE("long answers also differ if only a text after masked times differs") {
  const std::string head(100'000, 'x');
  CHECK(same(head + "a", head + "a"));
  CHECK_FALSE(same(head + "a", head + "b"));
}

TEST_CASE("only short texts can mean that something is pending") {
  CHECK(read_text(R"({"status": "pending"})", false).pending);
  CHECK(read_text("Deployment in progress", false).pending);
  CHECK_FALSE(read_text("done", false).pending);
  CHECK(read_text("running" + std::string(393, ' '), false).pending);
  CHECK_FALSE(read_text("running" + std::string(394, ' '), false).pending);
}

TEST_CASE("the text of a result is read from content, contents, messages and structured content") {
  const auto read = [](const std::string& json) { return read_answer(walked(json)->root()); };
  CHECK(read(R"({"content": [{"type": "text", "text": "Error: x not\u0020found"}]})").kind ==
        AnswerKind::NotFound);
  CHECK(read(R"({"content": [{"type": "text", "text": "odd"}], "isError": true})").kind ==
        AnswerKind::Error);
  CHECK(read(R"({"content": []})").kind == AnswerKind::Empty);
  CHECK(read(R"({"contents": [{"uri": "a:b", "text": "hello"}]})").head == "hello");
  CHECK(
      read(R"({"messages": [{"role": "user", "content": {"type": "text", "text": "hi"}}]})").head ==
      "hi");
  CHECK(read(R"({"structuredContent": {"a": 1}})").head == R"({"a": 1})");
  CHECK(read(R"({"content": [{"type": "image", "data": "AAAA"}]})").hash !=
        read(R"({"content": [{"type": "image", "data": "AAAB"}]})").hash);
  CHECK(read_error(walked(R"({"code": -32002, "message": "Resource x"})")->root()).kind ==
        AnswerKind::NotFound);
  CHECK(read_error(walked(R"({"code": -32603, "message": "odd"})")->root()).kind ==
        AnswerKind::Error);
}

TEST_CASE("only the beginning of an answer is kept") {
  CHECK(read_text(std::string(GuardAnswer::kHead, 'a'), false).head.size() == GuardAnswer::kHead);
  CHECK(read_text(std::string(GuardAnswer::kHead + 1, 'a'), false).head.size() ==
        GuardAnswer::kHead);
  CHECK(read_text(std::string(GuardAnswer::kHead + 1, 'a'), false).bytes == GuardAnswer::kHead + 1);
}
