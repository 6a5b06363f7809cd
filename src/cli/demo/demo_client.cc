#include "demo_client.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include "callgate/wire/writer.h"

namespace callgate {

namespace {
constexpr Millis kWait{10'000};
}

DemoClient::DemoClient(Loop& loop)
    : loop_(loop),
      framer_(
          size_t{1} << 20, [this](std::string&& line) { take(std::move(line)); },
          [](std::string_view) {}) {}

Result<std::unique_ptr<DemoClient>> DemoClient::start(Loop& loop, const DemoLaunch& launch) {
  auto client = std::unique_ptr<DemoClient>(new DemoClient(loop));
  const Status opened = client->open(launch);
  if (!opened) return opened.error();
  return client;
}

Status DemoClient::open(const DemoLaunch& launch) {
  const Result<PipePair> to = make_pipe();
  if (!to) return to.error();
  const Result<PipePair> from = make_pipe();
  if (!from) return from.error();
  const int log = ::open(launch.log.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  SpawnOptions options;
  options.file = launch.file;
  options.args = {launch.file};
  options.env = launch.env;
  options.fds = {to->read, from->write, log};
  auto process = Process::spawn(loop_, options, [this](int status) {
    status_ = status;
    loop_.stop();
  });
  for (const int fd : {to->read, from->write, log}) ::close(fd);
  auto in = Stream::open(loop_, to->write);
  auto out = Stream::open(loop_, from->read);
  if (!process) return process.error();
  if (!in) return in.error();
  if (!out) return out.error();
  process_ = std::move(*process);
  in_ = std::move(*in);
  out_ = std::move(*out);
  out_->read([this](std::string_view bytes) { framer_.push(bytes); }, [](Status) {});
  return {};
}

void DemoClient::take(std::string&& line) {
  const Result<MessagePtr> message = walker_.walk(std::move(line));
  if (!message) return;
  const Value root = (*message)->root();
  const auto id = root.find("id").integer();
  if (id && !root.find("method")) answers_[*id] = *message;
  if (root.find("method").text_is("notifications/progress")) ++progress_;
  loop_.stop();
}

Status DemoClient::wait(const std::function<bool()>& there, const std::string& what) {
  bool late = false;
  Timer timer(loop_);
  timer.start(kWait, [this, &late] {
    late = true;
    loop_.stop();
  });
  while (!there()) {
    if (late)
      return Error{"demo.timeout",
                   fmt::format("{} did not arrive within {} s", what, kWait.count() / 1000), ""};
    if (status_ >= 0)
      return Error{"demo.ended",
                   fmt::format("callgate ended with status {} before {} arrived", status_, what),
                   ""};
    loop_.run();
  }
  return {};
}

int64_t DemoClient::send(const std::string& method, const std::string& params) {
  in_->write(fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":{},"params":{}}})", ++last_id_,
                         quote(method), params) +
             "\n");
  return last_id_;
}

void DemoClient::notify(const std::string& method, const std::string& params) {
  in_->write(fmt::format(R"({{"jsonrpc":"2.0","method":{},"params":{}}})", quote(method), params) +
             "\n");
}

Result<MessagePtr> DemoClient::answer(int64_t id) {
  const Status came =
      wait([this, id] { return answers_.count(id) > 0; }, fmt::format("answer {}", id));
  if (!came) return came.error();
  return answers_[id];
}

Result<MessagePtr> DemoClient::ask(const std::string& method, const std::string& params) {
  return answer(send(method, params));
}

Status DemoClient::wait_for_progress(size_t count) {
  return wait([this, count] { return progress_ >= count; }, "progress");
}

Result<int> DemoClient::end() {
  in_->close_when_written([] {});
  bool late = false;
  Timer timer(loop_);
  timer.start(kWait, [this, &late] {
    late = true;
    loop_.stop();
  });
  while (status_ < 0 && !late) loop_.run();
  if (status_ < 0)
    return Error{"demo.timeout", "callgate did not end after the client closed the connection", ""};
  return status_;
}

}  // namespace callgate
