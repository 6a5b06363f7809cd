// What calls touch, with the arguments of tools as they are in use.
#include "callgate/guard/effect.h"
#include "callgate/touched/touch.h"
#include "callgate/wire/writer.h"
#include "guard_test.h"
#include "touched/forms.h"
#include "touched/hints.h"

using namespace callgate;

namespace {

constexpr PathRoots kRoots{"/home/ada/shop", "/home/ada"};

std::string said(const std::vector<DataItem>& touches) {
  std::string text;
  for (const DataItem& touch : touches)
    text += std::string(text.empty() ? "" : ", ") + name(touch.op) + " " + name(touch.kind) + " " +
            touch.what;
  return text;
}

std::vector<DataItem> touched(const std::string& tool, const std::string& args) {
  const MessagePtr message = walked(args);
  const Effect effect = effect_of(tool, message->root(), std::nullopt);
  return touches_of({tool, message->root(), effect, kRoots, {}});
}
std::string touches(const std::string& tool, const std::string& args) {
  return said(touched(tool, args));
}
std::string sql(const std::string& statement) {
  return touches("run", "{\"sql\": " + quote(statement) + "}");
}
std::string command(const std::string& line) {
  return touches("bash", "{\"command\": " + quote(line) + "}");
}
std::vector<DataItem> named_by(const std::string& result, Effect effect = Effect::Read,
                               const std::vector<DataItem>& known = {}) {
  const MessagePtr message = walked(result);
  return touches_of_result(message->root(), effect, kRoots, known);
}

}  // namespace

TEST_CASE("files: read, written, listed") {
  CHECK(touches("read_text_file", R"({"path": "/srv/a.txt", "head": 5})") ==
        "read path /srv/a.txt");
  CHECK(touches("write_file", R"({"path": "notes.txt", "content": "see /etc/passwd"})") ==
        "write path /home/ada/shop/notes.txt");
  CHECK(touches("read_multiple_files", R"({"paths": ["a.txt", "./b.txt", "../c", "a.txt"]})") ==
        "read path /home/ada/shop/a.txt, read path /home/ada/shop/b.txt, read path /home/ada/c");
  CHECK(touches("edit_file",
                R"({"path": "a", "edits": [{"oldText": "/x/y", "newText": "file:///z"}]})") ==
        "write path /home/ada/shop/a");
  CHECK(touches("list_directory", R"({"path": "."})") == "read path /home/ada/shop");
  CHECK(touches("search_files", R"({"path": "~/docs", "pattern": "*.md"})") ==
        "read path /home/ada/docs");
  CHECK(touches("create_directory", R"({"path": "/tmp//x/./y/"})") == "write path /tmp/x/y");
}

TEST_CASE("a path where one is expected may have lines, and what is sent along is read") {
  CHECK(touches("read", "{\"path\": \"/etc/\\n/../passwd\"}") == "read path /etc/passwd");
  CHECK(touches("read", "{\"path\": \"first\\nsecond\"}").empty());
  CHECK(touches("send_mail", R"({"attachments": ["/home/me/.ssh/id_rsa", "a name"]})") ==
        "read path /home/me/.ssh/id_rsa");
}

TEST_CASE("what a move leaves and where it goes are both written; a copy reads") {
  CHECK(touches("move_file", R"({"source": "a", "destination": "/b"})") ==
        "write path /home/ada/shop/a, write path /b");
  CHECK(touches("rename_file", R"({"oldPath": "a", "newPath": "b"})") ==
        "write path /home/ada/shop/a, write path /home/ada/shop/b");
  CHECK(touches("copy_file", R"({"source": "a", "destination": "b"})") ==
        "read path /home/ada/shop/a, write path /home/ada/shop/b");
  CHECK(touches("cp", R"({"from": "/a", "to": "/b"})") == "read path /a, write path /b");
  // Languages, and people.
  CHECK(touches("translate", R"({"source": "en", "destination": "de"})").empty());
  CHECK(touches("send_email", R"({"from": "ada@example.com", "to": "bob@example.com"})").empty());
}

TEST_CASE("nested arguments and lists of files") {
  CHECK(
      touches("apply_edits", R"({"edits": [{"path": "a"}, {"file_path": "/b", "text": "/c"}]})") ==
      "write path /home/ada/shop/a, write path /b");
  CHECK(touches("view", R"({"files": [{"path": "a", "range": [1, 2]}, "b"]})") ==
        "read path /home/ada/shop/a, read path /home/ada/shop/b");
  CHECK(touches("read_file", R"({"target_file": "src/a.ts", "templatePath": "t"})") ==
        "read path /home/ada/shop/src/a.ts, read path /home/ada/shop/t");
}

TEST_CASE("file: URIs lose their escapes once") {
  CHECK(touches("open", R"({"uri": "file:///a%20b/%2525?x#y"})") == "read path /a b/%25");
  CHECK(touches("open", R"({"uri": "FILE://localhost/a"})") == "read path /a");
  CHECK(touches("open", R"({"uri": "file://nas/share/a"})") == "read other file://nas/share/a");
  CHECK(touches("hover", R"({"textDocument": {"uri": "file:///a/../b.cc"}, "line": 3})") ==
        "unknown path /b.cc");
}

TEST_CASE("addresses lose what may be secret") {
  CHECK(touches("fetch", R"({"url": "https://u:p@ss@Example.COM:443/a/b?token=s#f"})") ==
        "read url https://example.com/a/b");
  CHECK(touches("fetch", R"({"url": "https://h.org/a/./b/../c/%2E%2e/d"})") ==
        "read url https://h.org/a/d");
  CHECK(touches("fetch", R"({"url": "https://h.org/../x//y/..."})") ==
        "read url https://h.org/x//y/...");
  CHECK(touches("fetch", R"({"url": "https://h.org/x/y/.."})") == "read url https://h.org/x/");
  CHECK(touches("fetch", R"({"url": "http://example.com:8080"})") ==
        "read url http://example.com:8080/");
  CHECK(touches("fetch", R"({"url": "http://[::1]:80/x"})") == "read url http://[::1]/x");
  CHECK(touches("browser_navigate", R"({"url": "https://example.com/login"})") ==
        "read url https://example.com/login");
  CHECK(touches("firecrawl_scrape", R"({"url": "example.com/a?b", "formats": ["markdown"]})") ==
        "read url example.com/a");
  CHECK(touches("browser_navigate", R"({"url": "data:text/html,<h1>https://x.org"})").empty());
  CHECK(touches("post_json",
                R"({"target": "wss://example.org/live", "body": {"url": "http://a"}})") ==
        "write url wss://example.org/live");
}

TEST_CASE("text is never searched for what it touches") {
  for (const char* key : {"content", "text", "body", "message", "patch", "new_str", "oldText",
                          "description", "thought", "code", "html", "headers", "value"})
    CHECK(touches("update", "{\"" + std::string(key) + "\": \"https://a.org/x\"}").empty());
  CHECK(touches("slack_post_message", R"({"channel_id": "C1", "text": "look: file:///etc/passwd"})")
            .empty());
  CHECK(touches("create_entities",
                R"({"entities": [{"name": "Ada", "observations": ["https://a.org/x"]}]})")
            .empty());
  CHECK(touches("browser_type", R"({"ref": "e12", "text": "/etc/passwd"})").empty());
  CHECK(touches("save", R"({"content": {"path": "/a", "url": "http://b"}})").empty());
}

TEST_CASE("paths of another kind aren't files") {
  CHECK(touches("query_json", R"({"json_path": "a/b", "xpath": "/html/body"})").empty());
  CHECK(touches("jq", R"({"path": "$.store.book[0]"})").empty());
  CHECK(touches("find", R"({"profile": "/a/b", "pattern": "src/**"})").empty());
}

TEST_CASE("a repository's files are in it, not here") {
  CHECK(touches("get_file_contents",
                R"({"owner": "ada", "repo": "shop", "path": "src/a.ts", "branch": "main"})") ==
        "read repo ada/shop, read repo ada/shop/src/a.ts");
  CHECK(touches("push_files",
                R"({"repo": "shop", "owner": "ada", "files": [{"path": "a", "content": "/x"}]})") ==
        "write repo ada/shop, write repo ada/shop/a");
  CHECK(touches("create_pull_request",
                R"({"owner": "ada", "repo": "shop", "title": "t", "head": "f", "base": "main"})") ==
        "write repo ada/shop");
  CHECK(touches("ask_question", R"({"repoName": "facebook/react", "question": "a/b?"})") ==
        "read repo facebook/react");
  CHECK(touches("get_project", R"({"project_id": "group/sub/name"})") ==
        "read repo group/sub/name");
  CHECK(touches("get_project", R"({"project_id": "1234"})").empty());
}

TEST_CASE("repositories by address lose their user") {
  CHECK(touches("git_clone", R"({"repo_url": "git@github.com:ada/shop.git"})") ==
        "unknown repo ssh://github.com/ada/shop.git");
  CHECK(touches("get_repo", R"({"repository": "https://ada:tok@github.com/ada/shop.git"})") ==
        "read repo https://github.com/ada/shop.git");
  CHECK(touches("git_status", R"({"repo": "/srv/shop"})") == "read path /srv/shop");
}

TEST_CASE("a repository on disk is where its files begin") {
  CHECK(touches("git_add", R"({"repo_path": "/srv/shop", "files": ["a.ts", "src/b.ts"]})") ==
        "write path /srv/shop, write path /srv/shop/a.ts, write path /srv/shop/src/b.ts");
  CHECK(touches("git_log", R"({"max_count": 3, "repo_path": "."})") == "read path /home/ada/shop");
  CHECK(touches("lint", R"({"files": ["a"], "cwd": "web"})") ==
        "unknown path /home/ada/shop/web/a, unknown path /home/ada/shop/web");
}

TEST_CASE("tickets") {
  CHECK(touches("jira_get_issue", R"({"issue_key": "SHOP-42"})") == "read ticket SHOP-42");
  CHECK(touches("editJiraIssue", R"({"issueIdOrKey": "SHOP-42", "fields": {"summary": "A-1"}})") ==
        "write ticket SHOP-42");
  CHECK(touches("get_issue", R"({"id": "LIN-7"})") == "read ticket LIN-7");
  CHECK(touches("get_page", R"({"id": "lin-7"})").empty());
  CHECK(touches("create_comment",
                R"({"issueId": "123e4567-e89b-12d3-a456-426614174000", "body": "x"})") ==
        "write ticket 123e4567-e89b-12d3-a456-426614174000");
  CHECK(touches("add_issue_comment",
                R"({"owner": "ada", "repo": "shop", "issue_number": 42, "body": "see /x"})") ==
        "write repo ada/shop, write ticket ada/shop#42");
  CHECK(touches("merge_pull_request", R"({"pullNumber": 7})") == "write ticket #7");
  CHECK(touches("get_issue", R"({"owner": "a", "repo": "b", "number": 3})") ==
        "read repo a/b, read ticket a/b#3");
  CHECK(touches("random", R"({"number": 3})").empty());
}

TEST_CASE("tables by name") {
  CHECK(touches("describe_table", R"({"table_name": "users"})") == "read table users");
  CHECK(touches("list_columns", R"({"schema": "public", "table": "users"})") ==
        "read table public.users");
  CHECK(touches("insert_many", R"({"collection": "orders", "documents": [{"_id": 1}]})") ==
        "write table orders");
  CHECK(touches("render", R"({"table": "a | b\n--|--"})").empty());
}

TEST_CASE("SQL: each table with what is done to it") {
  CHECK(sql("SELECT * FROM users") == "read table users");
  CHECK(sql("select a.x, b.y from public.a join \"b c\" on a.i = b.i, d") ==
        "read table public.a, read table b c");
  CHECK(sql("SELECT 1 FROM a, b AS c, d WHERE x = ANY(ARRAY[1,2])") ==
        "read table a, read table b, read table d");
  CHECK(sql("INSERT INTO log(a, b) SELECT a, b FROM raw") == "write table log, read table raw");
  CHECK(sql("UPDATE t SET x = 1 FROM u WHERE t.i = u.i") == "write table t, read table u");
  CHECK(sql("DELETE FROM t WHERE i IN (SELECT i FROM gone)") == "write table t, read table gone");
  CHECK(sql("drop table if exists t; create table if not exists v (i int)") ==
        "write table t, write table v");
  CHECK(sql("TRUNCATE TABLE t") == "write table t");
  CHECK(sql("TRUNCATE t") == "write table t");
  CHECK(sql("drop table a, b.c cascade; truncate d, \"e f\"") ==
        "write table a, write table b.c, write table d, write table e f");
  CHECK(sql("select truncate(1.5, 1), x from t") == "read table t");
  CHECK(sql("ALTER TABLE a RENAME TO b") == "write table a, write table b");
  CHECK(sql("ALTER TABLE a ADD x int, ADD y int, RENAME COLUMN z TO w, DROP v") == "write table a");
  CHECK(sql("RENAME TABLE a TO b, c TO d") ==
        "write table a, write table b, write table c, write table d");
  CHECK(sql("create unique index if not exists i on t (a, b); drop index j") == "write table t");
  CHECK(sql("COPY s.t (a, b) FROM '/tmp/x' WITH (format csv)") == "write table s.t");
  CHECK(sql("copy t to stdout") == "read table t");
  CHECK(sql("copy (select * from t) to '/tmp/x'") == "read table t");
  CHECK(sql("select * from \"we\"\"ird\" join `a``b` on true, [c]]d]") ==
        "read table we\"ird, read table a`b");
  CHECK(sql("MERGE INTO a USING b ON a.i = b.i WHEN MATCHED THEN UPDATE SET x = 1") ==
        "write table a, read table b");
  CHECK(sql("INSERT INTO a VALUES (1) ON CONFLICT DO UPDATE SET x = 2") == "write table a");
  CHECK(sql("SELECT * FROM a FOR UPDATE") == "read table a");
}

TEST_CASE("SQL: what only looks like a table") {
  CHECK(sql("WITH t AS (SELECT * FROM a), v(x) AS (SELECT 1) SELECT * FROM t JOIN v ON true") ==
        "read table a");
  CHECK(sql("SELECT EXTRACT(YEAR FROM at), x IS DISTINCT FROM y FROM a") == "read table a");
  CHECK(sql("SELECT * FROM generate_series(1, 3), a") == "read table a");
  CHECK(sql("SELECT 'x FROM b', $$ FROM c $$, $q$ FROM d $q$ -- FROM e\n/* FROM f */ FROM a") ==
        "read table a");
  CHECK(sql("hello from a").empty());
  CHECK(sql("copy the files from a to b, rename c to d").empty());
  CHECK(touches("web_search", R"({"query": "select the best laptop from amazon"})").empty());
  CHECK(touches("read_query", R"({"query": "SELECT * FROM a"})") == "read table a");
}

TEST_CASE("a command names files, and nothing else does") {
  CHECK(command("cat /etc/hosts 'my notes.txt'") == "read path /etc/hosts, read path my notes.txt");
  CHECK(command("cp -r /a /b") == "read path /a, write path /b");
  CHECK(command("mv a ~/b") == "write path a, write path /home/ada/b");
  CHECK(command("rm -rf build") == "write path build");
  CHECK(command("head -n 5 /a") == "read path /a");
  CHECK(command("curl -s https://u:p@example.com/x?y") == "unknown url https://example.com/x");
  CHECK(command("git clone git@github.com:ada/shop.git") ==
        "read repo ssh://github.com/ada/shop.git");
  for (const char* line : {"cat $HOME/a", "rm *.o", "cat `ls`", "python /a.py", "cat \"/a",
                           "head --lines 5 /a", "cp -t /b /a", "cat", "(cat /a)", "x() { cat /a; }",
                           "cat <(ls /a)", "cat \"$(ls /a)\"", "cat > ", "cat /a \\"})
    CHECK(command(line).empty());
  CHECK(touches("bash", R"({"command": "cat a", "cwd": "/srv"})") ==
        "read path /srv/a, read path /srv");
  CHECK(touches("exec", R"({"command": "cat", "args": ["/a b", "$c"]})") ==
        "read path /a b, read path $c");
  CHECK(touches("exec", R"({"command": ["rm", "/a"]})") == "write path /a");
}

TEST_CASE("pipes, chains and redirections of a shell") {
  CHECK(command("cat a > b") == "read path a, write path b");
  CHECK(command("cat a>b 2>>err.log <in") ==
        "read path a, write path b, write path err.log, read path in");
  CHECK(command("cat /a | sh") == "read path /a");
  CHECK(command("cat a | tee b > c") == "read path a, write path b, write path c");
  CHECK(command("cat /a |& tee -a /b | wc -l") == "read path /a, write path /b");
  CHECK(command("make 2>&1 >/dev/null | tee 'my log'") == "write path my log");
  CHECK(command("make &> all.log; rm -f x || touch y") ==
        "write path all.log, write path x, write path y");
  CHECK(command("cd /x && rm y") == "write path /x/y");
  CHECK(command("cd /x; cd sub/../z && cat a; cd - && cat b; cd /q && cat c") ==
        "read path /x/z/a, read path b, read path /q/c");
  CHECK(command("cd web && cat a") == "read path web/a");
  CHECK(command("cd $X && cat a > /b") == "read path a, write path /b");
  CHECK(command("cd /x | cat a") == "read path a");
  CHECK(command("cat > /a <<'EOF'\nrm /b > /c\nEOF\ncat /d") == "write path /a, read path /d");
  CHECK(command("cat <<EOF > /a\nnever closed > /b") == "write path /a");
  CHECK(command("tee /a <<< 'x > /b'") == "write path /a");
  CHECK(command("echo \"$HOME > /b\" > /a # > /c") == "write path /a");
  CHECK(command("cat $X > /a") == "write path /a");
  CHECK(command("echo hi > \"$X\" ; cat my\\ file") == "read path my file");
  CHECK(command("A=1 B=2 sudo cat /a") == "read path /a");
  CHECK(command("for f in a b; do cat /a > /b; done") == "read path /a, write path /b");
  CHECK(command("bash -lc 'cat a > b'") == "read path a, write path b");
  CHECK(command("if cat /a; then rm /b; fi") == "read path /a, write path /b");
  CHECK(touches("shell",
                R"({"command": ["bash", "-lc", "cd sub && cat a > ../b"], "workdir": "/w"})") ==
        "read path /w/sub/a, write path /w/b, unknown path /w");
  CHECK(command(std::string(8186, ' ') + "cat /a") == "read path /a");
  CHECK(command(std::string(8187, ' ') + "cat /a").empty());
  std::string words;  // 253 of them, and `cat /a; echo` are 256: as many as are looked at
  for (int i = 0; i < 253; ++i) words += " x";
  CHECK(command("cat /a; echo" + words) == "read path /a");
  CHECK(command("cat /a; echo x" + words).empty());
}

TEST_CASE("a relative path next to an absolute folder begins in that folder") {
  CHECK(touches("git_add", R"({"path": "/srv/shop", "files": ["a.ts", "src/b.ts"]})") ==
        "write path /srv/shop, write path /srv/shop/a.ts, write path /srv/shop/src/b.ts");
  CHECK(touches("git_add", R"({"files": ["a.ts", "."], "path": "/srv/shop"})") ==
        "write path /srv/shop/a.ts, write path /srv/shop");
  CHECK(touches("git_diff", R"({"directory": "/srv/shop", "path": "src/a.ts"})") ==
        "read path /srv/shop, read path /srv/shop/src/a.ts");
  CHECK(touches("git_show", R"({"path": "~/shop", "file": "a.ts"})") ==
        "read path /home/ada/shop, read path /home/ada/shop/a.ts");
  CHECK(touches("read", R"({"path": "/srv/a", "files": ["/srv/b"]})") ==
        "read path /srv/a, read path /srv/b");
  CHECK(touches("read", R"({"path": "web", "files": ["b"]})") ==
        "read path /home/ada/shop/web, read path /home/ada/shop/b");
  const MessagePtr message = walked(R"({"files": ["a.ts"]})");
  CHECK(said(touches_of({"git_add", message->root(), Effect::Write, {}, {}})) == "write path a.ts");
}

TEST_CASE("a file of a project is in it, not here") {
  CHECK(touches("get_file_contents", R"({"project_id": "ada/shop", "file_path": "src/a.ts"})") ==
        "read repo ada/shop, read repo ada/shop/src/a.ts");
  CHECK(touches("get_file_contents", R"({"project_id": "ada%2Fshop", "file_path": "a.ts"})") ==
        "read repo ada/shop/a.ts");
  CHECK(touches("get_file_contents", R"({"file_path": "a.ts", "project_id": 1234})") ==
        "read repo 1234/a.ts");
  CHECK(touches("get_issue", R"({"project_id": "1234", "issue_iid": 5})") == "read ticket 1234#5");
  CHECK(touches("get_merge_request", R"({"project_id": "ada/shop", "merge_request_iid": "5"})") ==
        "read repo ada/shop, read ticket ada/shop#5");
  CHECK(touches("read", R"({"project": "shop", "relative_path": "a.ts"})") ==
        "read path /home/ada/shop/a.ts");
}

TEST_CASE("a collection belongs to its database") {
  CHECK(touches("find", R"({"database": "shop", "collection": "orders", "filter": {}})") ==
        "read table shop.orders");
  CHECK(touches("insert-many", R"({"collection": "a.b", "database": "shop"})") ==
        "write table shop.a.b");
  CHECK(touches("drop-database", R"({"database": "shop"})") == "write table shop");
  CHECK(touches("query", R"({"database": "shop", "sql": "select * from a"})") == "read table a");
}

TEST_CASE("tools that save or upload: the file is the other side") {
  CHECK(touches("browser_take_screenshot", R"({"filename": "a.png"})") ==
        "write path /home/ada/shop/a.png");
  CHECK(touches("browser_file_upload", R"({"paths": ["/a"]})") == "read path /a");
  CHECK(touches("download_file", R"({"url": "https://a.org/x", "output_path": "x"})") ==
        "read url https://a.org/x, write path /home/ada/shop/x");
}

TEST_CASE("URIs of a server's own") {
  CHECK(touches("read_note", R"({"uri": "note://internal/1?key=s"})") ==
        "read other note://internal/1");
  CHECK(touches("read_note", R"({"uri": "memo:insights"})") == "read other memo:insights");
  CHECK(touches("read_note", R"({"about": "memo:insights"})").empty());
  CHECK(said(touches_of_resource("postgres://u:p@db/shop/users/schema", {})) ==
        "read other postgres://db/shop/users/schema");
  CHECK(said(touches_of_resource("file:///a/./b", kRoots)) == "read path /a/b");
}

TEST_CASE("what the input schema says to be a URI") {
  const MessagePtr schema = walked(R"({"type": "object", "properties": {
      "page": {"type": "string", "format": "uri"}, "doc": {"format": "uri-reference"},
      "day": {"format": "date"}}})");
  const std::vector<std::string> uris = uri_arguments(schema->root());
  CHECK(uris == std::vector<std::string>{"page", "doc"});
  const MessagePtr args = walked(R"({"page": "memo:a", "doc": "/x", "day": "memo:b"})");
  CHECK(said(touches_of({"get", args->root(), Effect::Read, kRoots, uris})) ==
        "read other memo:a, read path /x");
  CHECK(uri_arguments(Value()).empty());
}

TEST_CASE("an answer's links, embedded resources and structured content") {
  CHECK(said(named_by(R"({"content": [
      {"type": "text", "text": "file:///no"},
      {"type": "resource_link", "uri": "file:///a", "name": "a"},
      {"type": "resource", "resource": {"uri": "memo://b", "text": "c"}}]})")) ==
        "unknown path /a, read other memo://b");
  CHECK(said(named_by(R"({"content": [], "structuredContent": {"matches": [
      {"path": "/a", "text": "file:///no"}, {"html_url": "https://u@h.org/x?y", "body": "z"}]}})")) ==
        "read path /a, read url https://h.org/x");
  // A list of what there is has read none of it.
  for (const char* index :
       {R"({"files": ["/a", "/b"]})", R"({"files": [{"path": "/a", "size": 3}]})",
        R"({"$schema": "https://json-schema.org/draft/2020-12/schema"})",
        R"([{"path": "/a"}, {"path": "/b"}])", R"({"path": "/a", "lines": 7})"})
    CHECK(said(named_by(R"({"content": [], "structuredContent": )" + std::string(index) + "}")) ==
          "");
  CHECK(said(named_by(R"({"contents": [{"uri": "file:///a", "text": ""}]})")) == "read path /a");
  CHECK(said(named_by(R"({"messages": [{"role": "user", "content":
      {"type": "resource", "resource": {"uri": "memo://b", "text": "c"}}}]})")) ==
        "read other memo://b");
  CHECK(said(named_by(R"({"resultType": "complete", "content": [], "structuredContent":
      [{"full_name": "ada/shop", "number": 4}]})",
                      Effect::Write)) == "write repo ada/shop");
}

TEST_CASE("an answer doesn't say again what the call said") {
  const std::vector<DataItem> known{{DataKind::Path, DataOp::Read, "/a"}};
  CHECK(said(named_by(R"({"contents": [{"uri": "file:///a"}, {"uri": "file:///b"}]})", Effect::Read,
                      known)) == "read path /b");
}

TEST_CASE("so many touches and no more, of a call and of an answer") {
  const auto many = [](size_t count) {
    std::string list;
    for (size_t i = 0; i < count; ++i)
      list += (i > 0 ? ", \"/f" : "\"/f") + std::to_string(i) + "\"";
    return "{\"paths\": [" + list + "]}";
  };
  CHECK(touched("read", many(kTouches)).size() == kTouches);
  CHECK(touched("read", many(kTouches + 1)).size() == kTouches);
  CHECK(named_by("{\"structuredContent\": " + many(kTouches) + "}", Effect::Write).size() ==
        kTouches);
  CHECK(named_by("{\"structuredContent\": " + many(kTouches + 1) + "}", Effect::Write).size() ==
        kTouches);
}

TEST_CASE("a long path is cut and says so") {
  const auto of = [](size_t size, const char* tail = "") {
    return touched("read", "{\"path\": \"/" + std::string(size - 1, 'a') + tail + "\"}")[0].what;
  };
  CHECK(of(kTouchLooked) == "/" + std::string(kTouchLooked - 1, 'a'));
  CHECK(of(kTouchLooked + 1) == "/" + std::string(kTouchLooked - 4, 'a') + "\u2026");
  // Not within a character.
  CHECK(of(kTouchLooked - 4, "\u00fc\u00fc\u00fc") ==
        "/" + std::string(kTouchLooked - 5, 'a') + "\u2026");
  CHECK(of(20'000).size() == kTouchLooked);
  CHECK(touches("read", R"({"path": "/a\u0000/b"})") == "read path /a\u2026");
  // However long the query is: the host is what counts.
  CHECK(touches("fetch", "{\"url\": \"https://a.org/x?" + std::string(100'000, 'q') + "\"}") ==
        "read url https://a.org/x\u2026");
}

TEST_CASE("values are looked at so deep, and so many") {
  const auto nested = [](size_t depth) {
    std::string json = R"({"path": "/a"})";
    for (size_t i = 0; i < depth; ++i) json = "{\"a\": " + json + "}";
    return json;
  };
  CHECK(touches("read", nested(31)) == "read path /a");
  CHECK(touches("read", nested(32)).empty());
  const auto behind = [](size_t count) {
    std::string json;
    for (size_t i = 0; i < count; ++i) json += "0, ";
    return "{\"paths\": [" + json + "\"/a\"]}";
  };
  CHECK(touches("read", behind(4094)) == "read path /a");
  CHECK(touches("read", behind(4095)).empty());
}

TEST_CASE("names of arguments count whatever their letters") {
  for (const char* key : {"file_path", "filePath", "FilePath", "filepath", "file-path"})
    CHECK(touches("read", "{\"" + std::string(key) + "\": \"/a\"}") == "read path /a");
  CHECK(touches("read", R"({"p\u0061th": "/a\u002fb"})") == "read path /a/b");
  CHECK(named("repoURL").hint == Hint::Repo);
  CHECK(named("avatarURLs").hint == Hint::Url);
  CHECK(named("httpath").hint == Hint::None);
  CHECK(named(std::string(65, 'a') + "_path").hint == Hint::None);
}

TEST_CASE("no arguments, and none that is an object") {
  CHECK(touches_of({"read", Value(), Effect::Read, kRoots, {}}).empty());
  CHECK(touches("read", R"(["/a"])").empty());
  CHECK(touches("read", R"({"path": null, "url": 7, "issue_number": "", "repo": ""})").empty());
  CHECK(touches("read", R"({"path": "", "uri": "https://", "table": "", "sql": "", "cmd": " "})")
            .empty());
}
