#include "filler.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <tuple>
#include <utility>

#include "callgate/store/identity.h"

namespace callgate::bench {

Micros wall() {
  return std::chrono::duration_cast<Micros>(std::chrono::system_clock::now().time_since_epoch());
}

std::unique_ptr<Filler> Filler::open(const std::string& path, const std::string& uuid, Micros now) {
  std::unique_ptr<Filler> filler(new Filler());
  RunInfo run;
  run.pid = ::getpid();
  std::tie(run.pid_start, run.boot_id) = process_identity(run.pid);
  run.uuid = uuid;
  run.version = "filler";
  RecorderOptions options;
  options.path = path;
  auto opened = Recorder::open(std::move(options), run, now, [to = filler.get()](auto task) {
    const std::lock_guard lock(to->mutex_);
    to->tasks_.push_back(std::move(task));
    to->changed_.notify_all();
  });
  if (!opened) {
    std::fprintf(stderr, "%s\n", opened.error().text().c_str());
    return nullptr;
  }
  filler->recorder_ = std::move(*opened);
  return filler;
}

void Filler::append(RecordEvent event) {
  if (std::holds_alternative<CallStarted>(event)) ++started_;
  recorder_->append(std::move(event));
}

bool Filler::run_one(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, wait, [this] { return !tasks_.empty(); })) return false;
  auto task = std::move(tasks_.front());
  tasks_.pop_front();
  lock.unlock();
  task();
  return true;
}

Millis Filler::flush() {
  const Flushed flushed = recorder_->flush();
  for (const Recorded& each : flushed.recorded) {
    if (!each.failure)
      ++durable_;
    else if (!std::exchange(failed_, true))
      std::fprintf(stderr, "%s\n", each.failure->text().c_str());
  }
  return flushed.again;
}

bool Filler::turn() {
  while (run_one(std::chrono::milliseconds(0))) continue;
  while (flush(), durable_ < started_ && !failed_) run_one(std::chrono::seconds(1));
  return !failed_;
}

bool Filler::settle(std::chrono::milliseconds quiet) {
  for (bool busy = true; busy && !failed_;) {
    const Millis wait = flush();
    busy = run_one(wait == Millis{0} ? quiet : wait) || wait != Millis{0} || recorder_->lag() > 0;
  }
  return !failed_;
}

}  // namespace callgate::bench
