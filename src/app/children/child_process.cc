#include "callgate/app/child_process.h"

#include <cstring>
#include <utility>

#include "app/process/process_info.h"
#include "callgate/base/log.h"
#include "callgate/io/stream.h"
#include "callgate/wire/framer.h"
#include "child_launch.h"
#include "child_reason.h"
#include "ring_buffer.h"
#include "warden_protocol.h"

namespace callgate {

namespace {

// After the process's end, we wait for this time for its output, which another process may hold
// open.
constexpr Millis kDrain{250};
constexpr Millis kHalfGone{1000};  // from the end of stdin or stdout until we kill the process
// If a process cannot be killed, we stop waiting for its end after this time. The process's warden
// stops waiting a little earlier.
constexpr Millis kKilled{5500};
constexpr size_t kLoggedLine = 4096;

enum class State { Starting, Running, Draining, Gone };

std::string path_in(const std::vector<std::string>& env) {
  for (const std::string& variable : env)
    if (variable.starts_with("PATH=")) return variable.substr(5);
  return "";
}

}  // namespace

struct ChildProcess::Impl {
  Impl(Loop& its_loop, ChildOptions its_options, ChildEvents its_events);

  Status launch();
  void listen();
  void read_output();
  void enter(State next);
  void on_control(std::string_view bytes);
  void on_report(const WardenReport& report);
  void warden_lost();
  void ended(ChildEnd how);
  void check_drained();
  void half_gone(const char* closed);
  void output_ended();
  void close_all();
  void command(WardenCommand order, std::string_view more = {});
  void stop(ChildEndTimes times);

  Loop& loop;
  ChildOptions options;
  ChildEvents events;
  State state = State::Starting;
  std::unique_ptr<Stream> in, out, err, control;
  Framer lines, logged;
  RingBuffer tail;
  Timer steps, drain;
  std::string reports;  // what has arrived of a report that is incomplete
  ChildEnd end;
  std::string reason_given;  // why callgate ended the process; may be empty
  std::string masked(std::string text, Cut cut) const;
  std::string stderr_text() const {
    return masked(tail.text(), tail.is_cut() ? Cut::Front : Cut::None);
  }

  int pid = 0;
  Nanos kill_at{};  // when the warden kills the child; set by stop()
  bool stopping = false, reading = false, in_broken = false, out_ended = false, err_ended = false;
};

std::string ChildProcess::Impl::masked(std::string text, Cut cut) const {
  return events.mask ? events.mask(std::move(text), cut) : text;
}

ChildProcess::Impl::Impl(Loop& its_loop, ChildOptions its_options, ChildEvents its_events)
    : loop(its_loop),
      options(std::move(its_options)),
      events(std::move(its_events)),
      lines(
          options.line_limit, [this](std::string&& line) { events.on_line(std::move(line)); },
          [this](std::string_view head) { events.on_too_long(head); }),
      logged(
          kLoggedLine,
          [this](std::string&& line) {
            log::debug("{}: {}", options.server, masked(std::move(line), Cut::None));
          },
          [this](std::string_view head) {
            log::debug("{}: {} ...", options.server, masked(std::string(head), Cut::End));
          }),
      tail(options.stderr_kept),
      steps(loop),
      drain(loop) {}

Status ChildProcess::Impl::launch() {
  Result<Launched> launched = launch_warden(loop, options);
  if (!launched) return launched.error();
  in = std::move(launched->in);
  out = std::move(launched->out);
  err = std::move(launched->err);
  control = std::move(launched->control);
  return {};
}

void ChildProcess::Impl::listen() {
  in->on_write_error([this](const Error&) {
    in_broken = true;
    half_gone("stdin");
  });
  control->read([this](std::string_view bytes) { on_control(bytes); },
                [this](const Status&) { warden_lost(); });
}

/// Starts reading the output. Called only after the warden has reported whether the child could be
/// started, so that on_running is called before the first line arrives.
void ChildProcess::Impl::read_output() {
  if (std::exchange(reading, true)) return;
  out->read([this](std::string_view bytes) { lines.push(bytes); },
            [this](const Status&) {
              out_ended = true;
              output_ended();
              half_gone("stdout");
            });
  err->read(
      [this](std::string_view bytes) {
        tail.add(bytes);
        if (log::enabled(log::Level::Debug)) logged.push(bytes);
      },
      [this](const Status&) {
        err_ended = true;
        check_drained();
      });
}

void ChildProcess::Impl::enter(State next) {
  state = next;
  switch (next) {
    case State::Starting:
      return;
    case State::Running:
      read_output();
      if (const auto callback = std::exchange(events.on_running, nullptr)) callback(pid);
      return;
    case State::Draining:
      read_output();
      drain.start(kDrain, [this] {
        // Waits for one more turn of the loop, because there may be output that has arrived and
        // that we have not read.
        drain.start(Millis{1}, [this] { enter(State::Gone); });
      });
      check_drained();
      return;
    case State::Gone: {
      close_all();
      end.stderr_tail = last_lines(stderr_text(), 20, 4096);
      if (const auto callback = std::exchange(events.on_gone, nullptr)) callback(std::move(end));
      return;
    }
  }
}

void ChildProcess::Impl::on_control(std::string_view bytes) {
  reports += bytes;
  while (reports.size() >= sizeof(WardenReport) && control) {
    WardenReport report;
    std::memcpy(static_cast<void*>(&report), reports.data(), sizeof report);
    reports.erase(0, sizeof report);
    on_report(report);
  }
}

void ChildProcess::Impl::on_report(const WardenReport& report) {
  if (report.kind == WardenReport::Kind::Ended)
    return ended({.reason = end_reason(report.value),
                  .status_zero = report.value == 0 && reason_given.empty()});
  if (report.kind != WardenReport::Kind::Running)
    return ended(
        {.not_started = start_error(report, options.argv[0], options.cwd, path_in(options.env))});
  pid = report.value;
  if (state == State::Starting) enter(State::Running);
}

/// Called when the warden has ended without a report. Something has killed the warden, and the
/// system kills the server together with the warden.
void ChildProcess::Impl::warden_lost() {
  if (state == State::Starting) {
    ended({.not_started = Error{"child.start", "could not be started: its warden ended early",
                                "see the log"}});
  } else {
    ended({.reason = "was lost: its warden was killed"});
  }
}

void ChildProcess::Impl::ended(ChildEnd how) {
  if (state == State::Draining || state == State::Gone) return;
  end = std::move(how);
  if (!reason_given.empty()) end.reason = reason_given;
  enter(State::Draining);
}

/// Called when the child has closed its stdin or stdout. A process that lives on without stdin or
/// stdout can no longer answer, so we kill it. But we wait for one second first. Most such
/// processes are about to exit, and their own exit status is a better reason to report.
void ChildProcess::Impl::half_gone(const char* closed) {
  if (state != State::Running || stopping) return;
  steps.start(kHalfGone, [this, closed] {
    reason_given = std::string("closed its ") + closed + ", and callgate ended it";
    command(WardenCommand::Kill);
  });
}

/// Called at the end of stdout. The last line may be a complete message without a line end, so this
/// function passes the line on. If the line is only half a message, it is not valid JSON and is
/// treated like other output that is not a message.
void ChildProcess::Impl::output_ended() {
  if (!lines.rest().empty()) lines.push("\n");
  check_drained();
}

void ChildProcess::Impl::check_drained() {
  if (state == State::Draining && out_ended && err_ended) enter(State::Gone);
}

void ChildProcess::Impl::close_all() {
  lines.stop();
  logged.stop();
  steps.stop();
  drain.stop();
  in.reset();
  out.reset();
  err.reset();
  control.reset();
}

void ChildProcess::Impl::command(WardenCommand order, std::string_view more) {
  if (control) control->write(std::string(1, static_cast<char>(order)).append(more));
}

void ChildProcess::Impl::stop(ChildEndTimes times) {
  if (state == State::Gone) return;
  if (!std::exchange(stopping, true)) in->close_when_written([] {});
  const WardenEnd order{.terminate_millis = static_cast<uint32_t>(times.terminate.count()),
                        .kill_millis = static_cast<uint32_t>(times.kill.count())};
  command(WardenCommand::End,
          std::string_view(reinterpret_cast<const char*>(&order), sizeof order));
  const Nanos at = loop.now().monotonic + times.kill;
  if (kill_at != Nanos{} && kill_at <= at) return;
  kill_at = at;
  steps.start(times.kill + kKilled, [this] { ended({.reason = "could not be killed"}); });
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(Loop& loop, ChildOptions options,
                                                          ChildEvents events) {
  auto impl = std::make_shared<Impl>(loop, std::move(options), std::move(events));
  if (const Status status = impl->launch(); !status) return status.error();
  impl->listen();
  return std::unique_ptr<ChildProcess>(new ChildProcess(std::move(impl)));
}

ChildProcess::ChildProcess(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

ChildProcess::~ChildProcess() {
  impl_->state = State::Gone;
  impl_->events.on_gone = nullptr;
  impl_->close_all();
  impl_->loop.post([keep = std::move(impl_)] {});
}

bool ChildProcess::send(std::string bytes) {
  Impl& impl = *impl_;
  if (!impl.in || impl.stopping || impl.in_broken) return false;
  if (impl.in->queued() + bytes.size() + 1 > impl.options.queue_limit) return false;
  impl.in->write(std::move(bytes));
  impl.in->write("\n");
  return true;
}

int ChildProcess::pid() const { return impl_->pid; }

std::string ChildProcess::stderr_text() const { return impl_->stderr_text(); }

void ChildProcess::stop(ChildEndTimes times) { impl_->stop(times); }

}  // namespace callgate
