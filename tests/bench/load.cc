#include "load.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "json_scan.h"

namespace bench {

void die(const std::string& why) {
  fprintf(stderr, "bench_load: %s\n", why.c_str());
  exit(1);
}

PipeConnection::PipeConnection(const Subprocess& child) : child_(child), chunk_(1 << 20, '\0') {
  fcntl(child.in, F_SETFL, O_NONBLOCK);
}

void PipeConnection::flush() {
  while (done_ < out_.size()) {
    const ssize_t n = write(child_.in, out_.data() + done_, out_.size() - done_);
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0 && errno != EINTR) die("the command does not read");
    if (n > 0) done_ += static_cast<size_t>(n);
  }
  out_.clear();
  done_ = 0;
}

// If nothing is left to write, the read itself waits, which saves a system call for each answer.
bool PipeConnection::wait_and_read() {
  flush();
  if (done_ < out_.size()) {
    pollfd ready[2] = {{child_.out, POLLIN, 0}, {child_.in, POLLOUT, 0}};
    poll(ready, 2, -1);
    if (!ready[0].revents) return false;
  }
  const ssize_t n = read(child_.out, chunk_.data(), chunk_.size());
  if (n < 0 && errno == EINTR) return false;
  if (n <= 0) die("the command has ended");
  in_.append(chunk_, 0, static_cast<size_t>(n));
  return true;
}

void PipeConnection::exchange(const Take& take) {
  const size_t had = in_.size();
  if (!wait_and_read()) return;
  size_t begin = 0, search_from = had;
  for (size_t end; (end = in_.find('\n', search_from)) != std::string::npos;) {
    take(std::string_view(in_).substr(begin, end - begin));
    begin = search_from = end + 1;
  }
  in_.erase(0, begin);
}

std::string Connection::ask(const std::string& id, const std::string& rest) {
  line(0) += R"({"jsonrpc":"2.0","id":)" + id + "," + rest + "}";
  sent(0);
  std::string answer;
  while (answer.empty())
    exchange([&](std::string_view line) {
      if (member(line, "id") == id && member(line, "method").empty()) answer = line;
    });
  return answer;
}

void Connection::tell(const std::string& rest) {
  line(0) += R"({"jsonrpc":"2.0",)" + rest + "}";
  sent(0);
}

Load::Load(Connection& connection, std::vector<std::string> tools, std::string watch)
    : connection_(connection), tools_(std::move(tools)), watch_(std::move(watch)) {}

Load::Outcome Load::run(const Phase& phase) {
  phase_ = phase;
  filler_.assign(phase.bytes - 2 * kStampSize, 'x');
  sent_.assign(phase.at_once, {});
  finished_ = waiting_ = 0;
  Outcome outcome;
  begun_ = watched_at_ = Clock::now();
  alarm(static_cast<unsigned>(phase.seconds) + kPatience);
  for (size_t slot = 0; slot < phase.at_once; ++slot) send(slot);
  const auto each = [&](std::string_view line) { take(line, outcome); };
  while (waiting_ > 0) connection_.exchange(each);
  alarm(0);
  outcome.seconds = std::chrono::duration<double>(last_ - begun_).count();
  watch(outcome);
  return outcome;
}

// The id contains the slot, so that answers in any order can be assigned to their requests.
void Load::send(size_t slot) {
  const uint64_t number = next_++;
  stamp(number);
  std::string& out = connection_.line(slot);
  out += R"({"jsonrpc":"2.0","id":)";
  out += std::to_string(number * kSlots + slot);
  out += R"(,"method":"tools/call","params":{"name":")";
  out += tools_[number % tools_.size()];
  out += R"(","arguments":{"text":")";
  out.append(stamp_).append(filler_).append(stamp_) += "\"}}}";
  connection_.sent(slot);
  sent_[slot] = {number, Clock::now()};
  ++waiting_;
}

void Load::take(std::string_view line, Outcome& outcome) {
  last_ = Clock::now();
  const uint64_t id = strtoull(std::string(member(line, "id")).c_str(), nullptr, 10);
  const size_t slot = id % kSlots;
  const auto seen = [&] { return std::string(line.substr(0, 400)); };
  if (id == 0 || slot >= sent_.size() || sent_[slot].number != id / kSlots) {
    if (!member(line, "method").empty()) return;  // a notification or a question
    die("an answer to no call: " + seen());
  }
  if (!holds_text(line, id / kSlots)) die("a wrong answer: " + seen());
  const auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(last_ - sent_[slot].at);
  outcome.latencies.add(static_cast<uint64_t>(took.count()));
  sent_[slot].number = 0;
  --waiting_;
  ++finished_;
  if (last_ - watched_at_ > std::chrono::milliseconds(20)) watch(outcome);
  const double seconds = std::chrono::duration<double>(last_ - begun_).count();
  if (finished_ + waiting_ < phase_.calls || seconds < phase_.seconds) send(slot);
}

bool Load::holds_text(std::string_view line, uint64_t number) {
  stamp(number);
  constexpr std::string_view kBefore = R"("text":")";
  const size_t at = line.find(kBefore);
  if (at == std::string_view::npos) return false;
  const std::string_view text = line.substr(at + kBefore.size());
  return text.size() > phase_.bytes && text[phase_.bytes] == '"' &&
         text.substr(0, kStampSize) == stamp_ &&
         text.substr(kStampSize, filler_.size()) == filler_ &&
         text.substr(phase_.bytes - kStampSize, kStampSize) == stamp_;
}

void Load::stamp(uint64_t number) {
  snprintf(stamp_, sizeof stamp_, "%0*llu", static_cast<int>(kStampSize),
           static_cast<unsigned long long>(number));
}

void Load::watch(Outcome& outcome) {
  watched_at_ = last_;
  struct stat status {};
  if (!watch_.empty() && stat(watch_.c_str(), &status) == 0)
    outcome.watched = std::max(outcome.watched, static_cast<int64_t>(status.st_size));
}

}  // namespace bench
