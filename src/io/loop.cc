#include "callgate/io/loop.h"

#include <fcntl.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/eventfd.h>
#endif

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <string>
#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/base/check.h"
#include "callgate/io/lateness.h"
#include "loop_impl.h"
#include "work_pool.h"

namespace callgate {

Mailbox::Mailbox() {
#ifdef __linux__
  bell = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
#else
  int ends[2] = {-1, -1};
  ENSURE(::pipe(ends) == 0);
  bell = Descriptor(ends[0]);
  ring = Descriptor(ends[1]);
  for (const int end : ends) {
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
    ::fcntl(end, F_SETFL, O_NONBLOCK);
  }
#endif
  ENSURE(bell.get() >= 0);
}

// The bell is rung without the lock, so that the loop does not wait for a thread that loses its
// processor at that moment.
void Mailbox::post(std::function<void()> task) {
  {
    const std::lock_guard<std::mutex> lock(mutex);
    if (ended) return;
    tasks.push_back(std::move(task));
    if (tasks.size() > 1) return;
  }
  constexpr uint64_t kOne = 1;
  const int fd = ring.get() >= 0 ? ring.get() : bell.get();
  // If it is full, it has been rung already.
  [[maybe_unused]] const ssize_t written = ::write(fd, &kOne, sizeof kOne);
}

void Mailbox::rung() const {
  std::array<char, 64> bytes{};
  [[maybe_unused]] const ssize_t got = ::read(bell.get(), bytes.data(), bytes.size());
}

Loop::Impl::Impl() {
  std::signal(SIGPIPE, SIG_IGN);
  ENSURE(uv_loop_init(&uv) == 0);
  ENSURE(uv_async_init(&uv, &wake, [](uv_async_t* handle) noexcept {
           static_cast<Impl*>(handle->data)->drain();
         }) == 0);
  ENSURE(uv_prepare_init(&uv, &prepare) == 0);
  ENSURE(uv_poll_init(&uv, &mail, mailbox->bell.get()) == 0);
  wake.data = prepare.data = mail.data = this;
  ENSURE(uv_poll_start(&mail, UV_READABLE, [](uv_poll_t* handle, int, int) noexcept {
           auto* self = static_cast<Impl*>(handle->data);
           self->mailbox->rung();
           self->drain();
         }) == 0);
  ENSURE(uv_prepare_start(&prepare, [](uv_prepare_t* h) noexcept {
           static_cast<Impl*>(h->data)->end_turn();
         }) == 0);
  uv_unref(reinterpret_cast<uv_handle_t*>(&wake));
  uv_unref(reinterpret_cast<uv_handle_t*>(&prepare));
  uv_unref(reinterpret_cast<uv_handle_t*>(&mail));
}

Loop::Impl::~Impl() {
  check_thread();
  for (auto& pool : pools) {
    if (pool) pool->end();
  }
  orders.clear();
  std::vector<std::function<void()>> dropped;
  {
    const std::lock_guard<std::mutex> lock(mailbox->mutex);
    mailbox->ended = true;
    dropped.swap(mailbox->tasks);
  }
  dropped.clear();
  hook = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&wake), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&prepare), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&mail), nullptr);
  // Only handles of processes whose Process object was destroyed while they ran may still be open.
  uv_walk(
      &uv,
      [](uv_handle_t* handle, void* self) {
        if (uv_is_closing(handle)) return;
        ENSURE(uv_handle_get_type(handle) == UV_PROCESS && uv_has_ref(handle) == 0);
        static_cast<Impl*>(self)->free_process(handle);
      },
      this);
  while (uv_run(&uv, UV_RUN_DEFAULT) != 0) {
  }
  ENSURE(uv_loop_close(&uv) == 0);
}

void Loop::Impl::drain() noexcept {
  {
    const std::lock_guard<std::mutex> lock(mailbox->mutex);
    batch.swap(mailbox->tasks);
  }
  for (auto& task : batch) {
    task();
    task = nullptr;
  }
  batch.clear();
  for (size_t i = 0; i < ended.size(); ++i) {
    if (TurnEnd* stream = std::exchange(ended[i], nullptr)) stream->settle();
  }
  ended.clear();
}

void Loop::Impl::end_turn() noexcept {
  if (hook) hook();
  for (size_t i = 0; i < dirty.size(); ++i) {
    if (TurnEnd* stream = std::exchange(dirty[i], nullptr)) stream->flush();
  }
  dirty.clear();
}

bool Loop::Impl::has_work() {
  const std::lock_guard<std::mutex> lock(mailbox->mutex);
  return !mailbox->tasks.empty() || !ended.empty() || !dirty.empty();
}

void Loop::Impl::settle_soon(TurnEnd* stream) {
  ended.push_back(stream);
  uv_async_send(&wake);
}

void Loop::Impl::forget(TurnEnd* stream) {
  for (auto* list : {&dirty, &ended}) {
    for (TurnEnd*& entry : *list) {
      if (entry == stream) entry = nullptr;
    }
  }
}

void Loop::Impl::check_thread() const { ENSURE(std::this_thread::get_id() == thread); }

Loop::Loop() : impl_(std::make_unique<Impl>()) {}
Loop::~Loop() = default;

void Loop::run() {
  impl_->check_thread();
  for (;;) {
    uv_run(&impl_->uv, UV_RUN_DEFAULT);
    // The prepare callback ends each turn, but libuv returns without calling it a last time. So
    // output of the last events is still in the streams' queues.
    if (!impl_->stopped) impl_->drain();
    impl_->end_turn();
    if (impl_->stopped || (uv_loop_alive(&impl_->uv) == 0 && !impl_->has_work())) break;
  }
  impl_->stopped = false;
}

void Loop::stop() {
  impl_->stopped = true;
  uv_stop(&impl_->uv);
}

void Loop::post(std::function<void()> task) { impl_->mailbox->post(std::move(task)); }

void Loop::on_turn_end(std::function<void()> hook) { impl_->hook = std::move(hook); }

Now Loop::now() const {
  return {.monotonic = std::chrono::steady_clock::now().time_since_epoch(),
          .wall = std::chrono::duration_cast<Micros>(
              std::chrono::system_clock::now().time_since_epoch())};
}

Millis time_to_read(Millis late) {
  constexpr Millis kUsual{20}, kMost{250};
  return late > kUsual ? std::min(late, kMost) : Millis{0};
}

struct Timer::Cell {
  uv_timer_t timer{};
  std::function<void()> on_fire;
  uint64_t due = 0;  // when to fire, by libuv's clock
  bool late = false;
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&timer); }
  void fire();
};

// If the process could not run for a while (it was stopped, or the machine was busy), its timers
// fire before it has read the input that arrived meanwhile. Input that arrived in time would count
// as late. So a late timer waits once more for a moment before it calls `on_fire`.
void Timer::Cell::fire() {
  const uint64_t now = uv_now(timer.loop);
  const Millis extra = time_to_read(Millis(now > due ? now - due : 0));
  if (!std::exchange(late, true) && extra > Millis::zero()) {
    uv_timer_start(
        &timer, [](uv_timer_t* t) noexcept { static_cast<Cell*>(t->data)->fire(); },
        static_cast<uint64_t>(extra.count()), 0);
    return;
  }
  const auto run = std::exchange(on_fire, nullptr);
  if (run) run();
}

void Timer::Close::operator()(Cell* cell) const {
  cell->on_fire = nullptr;
  close_and_free(cell);
}

Timer::Timer(Loop& loop) : cell_(new Cell) {
  ENSURE(uv_timer_init(&loop.impl().uv, &cell_->timer) == 0);
  cell_->timer.data = cell_.get();
}

Timer::~Timer() = default;

void Timer::start(Millis delay, std::function<void()> on_fire) {
  cell_->on_fire = std::move(on_fire);
  // libuv's clock has whole milliseconds, rounded down. One more millisecond keeps the timer from
  // firing early.
  uv_update_time(cell_->timer.loop);
  const auto wait = delay.count() > 0 ? static_cast<uint64_t>(delay.count()) + 1 : 0;
  cell_->due = uv_now(cell_->timer.loop) + wait;
  cell_->late = false;
  uv_timer_start(
      &cell_->timer, [](uv_timer_t* timer) noexcept { static_cast<Cell*>(timer->data)->fire(); },
      wait, 0);
}

void Timer::stop() {
  cell_->on_fire = nullptr;
  uv_timer_stop(&cell_->timer);
}

struct SignalWatch::Cell {
  uv_signal_t signal{};
  std::function<void()> on_signal;
  bool silent = false;
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&signal); }
};

void SignalWatch::Close::operator()(Cell* cell) const {
  cell->silent = true;
  close_and_free(cell);
}

SignalWatch::SignalWatch(Loop& loop, int signal, std::function<void()> on_signal)
    : cell_(new Cell) {
  ENSURE(uv_signal_init(&loop.impl().uv, &cell_->signal) == 0);
  cell_->signal.data = cell_.get();
  cell_->on_signal = std::move(on_signal);
  ENSURE(uv_signal_start(
             &cell_->signal,
             [](uv_signal_t* handle, int) noexcept {
               auto* cell = static_cast<Cell*>(handle->data);
               if (!cell->silent) cell->on_signal();
             },
             signal) == 0);
}

SignalWatch::~SignalWatch() = default;

std::string system_reason(int error) {
  std::string text = std::strerror(error);
  if (!text.empty() && is_upper(text[0]) && !(text.size() > 1 && is_upper(text[1]))) {
    text[0] = lower(text[0]);
  }
  return text;
}

}  // namespace callgate
