#include "control.h"

#include "callgate/base/log.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

constexpr size_t kMostConnections = 32;
constexpr Millis kLimit{5000};

std::string error_line(const Error& error) {
  JsonWriter json;
  json.begin_object().key("error").begin_object().key("code").string(error.code);
  json.key("message").string(error.message).key("next").string(error.next);
  return json.end_object().end_object().take() + "\n";
}

std::string answer_line(const Result<std::string>& result) {
  if (!result) return error_line(result.error());
  std::string line = "{\"ok\":" + *result + "}\n";
  if (line.size() <= kLongestAnswer) return line;
  return error_line({"control.too_large", "the answer is larger than 16 MiB", "ask for less"});
}

}  // namespace

std::string gateway_socket(const std::string& state_dir) { return state_dir + "/gateway.sock"; }
std::string run_sockets(const std::string& state_dir) { return state_dir + "/run"; }

ControlServer::ControlServer(Loop& loop, std::unique_ptr<UnixListener> listener,
                             ControlTarget& target)
    : loop_(loop), listener_(std::move(listener)), target_(target) {
  listener_->start([this](int fd, int64_t peer) { accept(fd, peer); });
}

ControlServer::~ControlServer() = default;

Result<std::unique_ptr<ControlServer>> ControlServer::open(Loop& loop, const std::string& path,
                                                           UnixListener::Name name,
                                                           ControlTarget& target) {
  auto listener = UnixListener::open(loop, path, name);
  if (!listener) return listener.error();
  return std::unique_ptr<ControlServer>(new ControlServer(loop, std::move(*listener), target));
}

void ControlServer::accept(int fd, int64_t peer) {
  auto stream = Stream::open(loop_, fd);
  if (!stream || connections_.size() >= kMostConnections) return;  // closes the connection
  const uint64_t id = ++last_;
  Connection& made = connections_[id];
  made.stream = std::move(*stream);
  made.peer = peer;
  made.framer = std::make_unique<Framer>(
      kLongestRequest, [this, id](std::string&& text) { line(id, std::move(text)); },
      [this, id](std::string_view) {
        answer(id, Error{"control.too_long", "the request is longer than 64 KiB", ""});
      });
  made.limit = std::make_unique<Timer>(loop_);
  made.limit->start(kLimit, [this, id] { close_soon(id); });
  made.stream->on_write_error([this, id](const Error&) { close_soon(id); });
  made.stream->read(
      [this, id](std::string_view bytes) {
        const auto found = connections_.find(id);
        if (found != connections_.end()) found->second.framer->push(bytes);
      },
      [this, id](const Status&) { close_soon(id); });
}

void ControlServer::line(uint64_t id, std::string text) {
  const auto found = connections_.find(id);
  if (found == connections_.end() || found->second.asked)
    return;  // a connection may send only one request
  found->second.asked = true;
  Result<MessagePtr> request = walker_.walk(std::move(text));
  const Value ask = request ? (*request)->root().find("ask") : Value();
  if (!ask.is_string() || (*request)->duplicates() > 0)
    return answer(id, Error{"control.malformed",
                            "the request must be a JSON object with the key \"ask\"", ""});
  target_.asked(
      ask.text(), *request, found->second.peer,
      lifetime_.guard([this, id](const Result<std::string>& result) { answer(id, result); }));
}

void ControlServer::answer(uint64_t id, const Result<std::string>& result) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  found->second.asked = true;
  found->second.stream->write(answer_line(result));
  found->second.stream->close_when_written([this, id] { close_soon(id); });
}

void ControlServer::close_soon(uint64_t id) {
  loop_.post(lifetime_.guard([this, id] { connections_.erase(id); }));
}

}  // namespace callgate
