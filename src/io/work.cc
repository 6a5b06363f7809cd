#include "callgate/io/work.h"

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include "loop_impl.h"
#include "work_pool.h"

namespace callgate {

void WorkPool::add(uint64_t id, std::function<void()> work) {
  const std::lock_guard<std::mutex> lock(mutex_);
  jobs_.push_back({id, std::move(work)});
  add_thread();
  more_.notify_one();
}

void WorkPool::add_thread() {
  if (idle_ >= jobs_.size() || threads_ >= most_ + std::min(late_.size(), kSpare)) return;
  try {
    std::thread([pool = shared_from_this()] { pool->serve(); }).detach();
    ++threads_;
  } catch (const std::system_error&) {
    // The system could not create a thread. The job waits until an existing thread takes it or its
    // time limit is over.
  }
}

void WorkPool::cancel(uint64_t id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto job = jobs_.begin(); job != jobs_.end(); ++job) {
    if (job->id == id) {
      jobs_.erase(job);
      return;
    }
  }
  if (!running_.contains(id)) return;
  late_.insert(id);
  add_thread();
}

void WorkPool::end() {
  const std::lock_guard<std::mutex> lock(mutex_);
  ending_ = true;
  jobs_.clear();
  more_.notify_all();
}

void WorkPool::serve() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    ++idle_;
    more_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    --idle_;
    if (ending_) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    running_.insert(job.id);
    lock.unlock();
    job.work();
    job.work = nullptr;
    lock.lock();
    running_.erase(job.id);
    late_.erase(job.id);
    if (threads_ > most_ + std::min(late_.size(), kSpare)) {
      --threads_;
      return;
    }
  }
}

void run_blocking(Loop& loop, Work kind, Millis limit, std::function<void()> work,
                  std::function<void(bool finished)> done) {
  Loop::Impl& impl = loop.impl();
  impl.check_thread();
  auto& pool = impl.pools[kind == Work::Short ? 0 : 1];
  if (!pool) pool = std::make_shared<WorkPool>(kind == Work::Short ? 4 : 8);

  const uint64_t id = ++impl.last_order;
  const auto finish = [&impl, id](bool finished) {
    const auto order = impl.orders.find(id);
    if (order == impl.orders.end()) return;
    const auto callback = std::move(order->second.done);
    impl.orders.erase(order);
    callback(finished);
  };
  auto& order = impl.orders[id];
  order.done = std::move(done);
  order.limit = std::make_unique<Timer>(loop);
  order.limit->start(limit, [raw = pool.get(), id, finish] {
    raw->cancel(id);
    finish(false);
  });
  pool->add(id, [work = std::move(work), mailbox = impl.mailbox, finish] {
    work();
    mailbox->post([finish] { finish(true); });
  });
}

}  // namespace callgate
