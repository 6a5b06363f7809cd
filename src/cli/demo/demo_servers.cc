// The servers of `callgate demo`. They are small, but they are complete MCP servers over stdin and
// stdout.
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>

#include "callgate/wire/framer.h"
#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"

namespace callgate {

namespace {

constexpr size_t kLine = size_t{1} << 20;
constexpr int kStepMillis = 150;

void say_line(const std::string& line) {
  std::fputs(line.c_str(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

struct ToolText {
  std::string text;
  bool failed = false;
};

std::string result_line(std::string_view id, const ToolText& answer) {
  return fmt::format(
      R"({{"jsonrpc":"2.0","id":{},"result":{{"content":[{{"type":"text","text":{}}}],"isError":{}}}}})",
      id, quote(answer.text), answer.failed);
}

std::string text_argument(std::string_view name) {
  return fmt::format(R"({}:{{"type":"string"}})", quote(name));
}

std::string tool(std::string_view name, std::string_view about, std::string_view properties) {
  return fmt::format(
      R"({{"name":{},"description":{},"inputSchema":{{"type":"object","properties":{{{}}}}}}})",
      quote(name), quote(about), properties);
}

class DemoServer {
 public:
  virtual ~DemoServer() = default;
  virtual std::string tools() const = 0;  ///< the elements of the list, without brackets
  /// Calls a tool and returns its answer. Returns nullopt if step() will send the answer later.
  virtual std::optional<ToolText> call(const std::string& name, Value params,
                                       std::string_view id) = 0;
  virtual void cancel(std::string_view) {}
  /// Returns true while step() must be called again, because a call has not been answered yet.
  virtual bool busy() const { return false; }
  virtual void step() {}
};

class Notes final : public DemoServer {
 public:
  std::string tools() const override {
    return tool("add_note", "Keep a note", text_argument("title") + "," + text_argument("text")) +
           "," + tool("list_notes", "Titles of all notes", "") + "," +
           tool("delete_note", "Delete a note", text_argument("title")) + "," +
           tool("export_notes", "Write all notes to a file", text_argument("path"));
  }

  std::optional<ToolText> call(const std::string& name, Value params, std::string_view) override {
    const Value args = params.find("arguments");
    const std::string title = args.find("title").text();
    if (name == "add_note") {
      notes_[title] = args.find("text").text();
      return ToolText{fmt::format("kept '{}', {} bytes", title, notes_[title].size())};
    }
    if (name == "list_notes") return ToolText{titles()};
    if (name == "delete_note")
      return ToolText{fmt::format("{} notes deleted", notes_.erase(title))};
    if (name == "export_notes") return write_to(args.find("path").text());
    return ToolText{fmt::format("no tool '{}'", name), true};
  }

 private:
  std::string titles() const {
    std::string all;
    for (const auto& [title, text] : notes_) all += (all.empty() ? "" : ", ") + title;
    return all.empty() ? "no notes" : all;
  }
  ToolText write_to(const std::string& path) const {
    std::ofstream file(path);
    for (const auto& [title, text] : notes_) file << title << ": " << text << "\n";
    file.close();
    if (!file) return {fmt::format("cannot write {}", path), true};
    return {fmt::format("wrote {} notes to {}", notes_.size(), path)};
  }

  std::map<std::string, std::string> notes_;
};

class ClockServer final : public DemoServer {
 public:
  std::string tools() const override {
    return tool("time_in", "The time in a zone", text_argument("zone")) + "," +
           tool("count_to", "Counts slowly and reports progress", R"("number":{"type":"integer"})");
  }

  std::optional<ToolText> call(const std::string& name, Value params,
                               std::string_view id) override {
    const Value args = params.find("arguments");
    if (name == "time_in") return time_in(args.find("zone").text());
    if (name != "count_to") return ToolText{fmt::format("no tool '{}'", name), true};
    const Value token = params.find("_meta").find("progressToken");
    counts_.push_back({std::string(id), token ? std::string(token.raw()) : "",
                       args.find("number").integer().value_or(3), 0});
    return std::nullopt;
  }

  void cancel(std::string_view id) override {
    counts_.erase(
        std::remove_if(counts_.begin(), counts_.end(), [&](const Count& c) { return c.id == id; }),
        counts_.end());
  }
  bool busy() const override { return !counts_.empty(); }

  void step() override {
    for (Count& count : counts_) {
      ++count.at;
      if (!count.token.empty()) {
        say_line(fmt::format(
            R"({{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},)"
            R"("progress":{},"total":{}}}}})",
            count.token, count.at, count.total));
      }
      if (count.at >= count.total)
        say_line(result_line(count.id, {fmt::format("counted to {}", count.total)}));
    }
    counts_.erase(std::remove_if(counts_.begin(), counts_.end(),
                                 [](const Count& c) { return c.at >= c.total; }),
                  counts_.end());
  }

 private:
  struct Count {
    std::string id, token;
    int64_t total, at;
  };
  static ToolText time_in(const std::string& zone) {
    if (zone != "UTC") return {fmt::format("no such zone: {}", zone), true};
    return {format_wall(
        std::chrono::duration_cast<Micros>(std::chrono::system_clock::now().time_since_epoch()))};
  }

  std::vector<Count> counts_;
};

/// The server of `callgate demo --stuck`: a small repository. An agent that guesses names of files
/// gets stuck in it.
class Files final : public DemoServer {
 public:
  std::string tools() const override {
    return tool("list_files", "Names of all files", "") + "," +
           tool("read_file", "A file's text", text_argument("path")) + "," +
           tool("show_commit", "What a commit did", text_argument("hash"));
  }

  std::optional<ToolText> call(const std::string& name, Value params, std::string_view) override {
    const Value args = params.find("arguments");
    if (name == "list_files") return ToolText{"src/main.cc, src/store.cc, src/text.cc"};
    if (name == "read_file") return read(args.find("path").text());
    const std::string hash = args.find("hash").text();
    if (hash == "4be81c07d2") return ToolText{"4be81c07d2 text: words may be empty"};
    return ToolText{fmt::format("fatal: bad object {}: not found", hash), true};
  }

 private:
  static ToolText read(const std::string& path) {
    if (path == "src/main.cc") return {"int main() { return run(); }"};
    if (path == "src/store.cc") return {"void store(const Words& words);"};
    if (path == "src/text.cc") return {"bool empty(const Word& word);"};
    return {fmt::format("Error: ENOENT: no such file or directory, open '{}'", path), true};
  }
};

void answer(DemoServer& server, const std::string& name, Value root) {
  const Value params = root.find("params");
  const std::string method = root.find("method").text();
  if (method == "notifications/cancelled") server.cancel(params.find("requestId").raw());
  const Value id = root.find("id");
  if (!id || method.empty()) return;
  std::string result;
  if (method == "initialize") {
    result = fmt::format(R"({{"protocolVersion":"2025-11-25","capabilities":{{"tools":{{}}}},)"
                         R"("serverInfo":{{"name":{},"version":"1"}}}})",
                         quote("demo " + name));
  } else if (method == "tools/list") {
    result = fmt::format(R"({{"tools":[{}]}})", server.tools());
  } else if (method == "ping") {
    result = "{}";
  } else if (method == "tools/call") {
    const auto text = server.call(params.find("name").text(), params, id.raw());
    if (text) say_line(result_line(id.raw(), *text));
    return;
  }
  if (result.empty()) {
    return say_line(fmt::format(
        R"({{"jsonrpc":"2.0","id":{},"error":{{"code":-32601,"message":"no such method"}}}})",
        id.raw()));
  }
  say_line(fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id.raw(), result));
}

int serve(DemoServer& server, const std::string& name) {
  using Time = std::chrono::steady_clock;
  Walker walker;
  Framer framer(
      kLine,
      [&](std::string&& line) {
        const Result<MessagePtr> message = walker.walk(std::move(line));
        if (message) answer(server, name, (*message)->root());
      },
      [](std::string_view) {});
  Time::time_point next{};
  for (char bytes[4096];;) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const bool idle = !server.busy();
    if (idle) next = Time::now() + std::chrono::milliseconds(kStepMillis);
    const auto left = std::chrono::duration_cast<Millis>(next - Time::now()).count();
    if (poll(&input, 1, idle ? -1 : static_cast<int>(std::max<int64_t>(left, 0))) > 0) {
      const ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);
      if (got <= 0) return kDone;
      framer.push({bytes, static_cast<size_t>(got)});
    }
    if (!server.busy() || Time::now() < next) continue;
    server.step();
    next += std::chrono::milliseconds(kStepMillis);
  }
}

}  // namespace

Run add_demo_server(Syntax& syntax) {
  const auto which = std::make_shared<std::string>();
  syntax.required("NAME", *which, "notes, clock or files");
  return [which](const Common&) {
    Notes notes;
    ClockServer clock;
    Files files;
    if (*which == "notes") return serve(notes, *which);
    if (*which == "clock") return serve(clock, *which);
    if (*which == "files") return serve(files, *which);
    return wrong_usage(fmt::format("demo-server: no server '{}'", *which));
  };
}

}  // namespace callgate
