#include "callgate/io/process.h"

#include <csignal>
#include <utility>

#include "callgate/base/check.h"
#include "loop_impl.h"
#include "spawned_processes.h"

namespace callgate {

struct Process::Cell {
  uv_process_t process{};
  std::function<void(int)> on_exit;
  bool exited = false, forgotten = false;
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&process); }
};

namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (const auto& text : texts) all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

}  // namespace

/// If the process still runs, its cell stays until it has exited. If the cell were closed earlier,
/// nobody would wait for the process and it would become a zombie.
void Process::Close::operator()(Cell* cell) const {
  cell->on_exit = nullptr;
  cell->forgotten = true;
  if (cell->exited) {
    close_and_free(cell);
  } else {
    uv_unref(cell->handle());
  }
}

Process::Process(Cell* cell) : cell_(cell) {}
Process::~Process() = default;

Result<std::unique_ptr<Process>> Process::spawn(Loop& loop, const SpawnOptions& options,
                                                std::function<void(int status)> on_exit) {
  loop.impl().check_thread();
  loop.impl().free_process = [](uv_handle_t* handle) {
    close_and_free(static_cast<Cell*>(handle->data));
  };
  auto args = pointers(options.args);
  auto env = pointers(options.env);
  std::vector<uv_stdio_container_t> stdio;
  for (const int fd : options.fds) {
    uv_stdio_container_t slot{};
    slot.flags = fd < 0 ? UV_IGNORE : UV_INHERIT_FD;
    slot.data.fd = fd;
    stdio.push_back(slot);
  }
  uv_process_options_t order{};
  order.file = options.file.c_str();
  order.args = args.data();
  order.env = env.data();
  order.cwd = options.cwd.empty() ? nullptr : options.cwd.c_str();
  order.flags = UV_PROCESS_DETACHED;
  order.stdio = stdio.data();
  order.stdio_count = static_cast<int>(stdio.size());
  order.exit_cb = [](uv_process_t* process, int64_t status, int signal) noexcept {
    auto* cell = static_cast<Cell*>(process->data);
    SpawnedProcesses::all().remove(process->pid);
    cell->exited = true;
    if (cell->forgotten) {
      close_and_free(cell);
    } else if (const auto callback = std::exchange(cell->on_exit, nullptr)) {
      callback(signal != 0 ? 128 + signal : static_cast<int>(status));
    }
  };

  auto* cell = new Cell;
  cell->process.data = cell;
  const int error = uv_spawn(&loop.impl().uv, &cell->process, &order);
  if (error != 0) {
    close_and_free(cell);
    return Error{"io.spawn", "cannot start " + options.file + ": " + system_reason(-error), ""};
  }
  SpawnedProcesses::all().add(cell->process.pid, SpawnedProcesses::Waiter::Loop);
  cell->on_exit = std::move(on_exit);
  return std::unique_ptr<Process>(new Process(cell));
}

int Process::pid() const { return cell_->process.pid; }

void Process::kill(int signal) {
  if (!cell_->exited) ::kill(-cell_->process.pid, signal);
}

}  // namespace callgate
