// `callgate report`: sums up what happened in a period, as text, JSON or an HTML page.
#include "report.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/commands.h"
#include "cli/history/history_filter.h"
#include "cli/text/time_text.h"

namespace callgate {

namespace {

struct ReportOptions {
  std::string since = "7d", until, html;
};

/// Writes the page to `file`, and replaces an existing file. Gives the file mode 0600, because the
/// page shows who did what. If `file` is a pipe or a device, only writes to it.
Status write_page(const std::string& file, std::string_view page) {
  const auto failed = [&file] {
    return Error{"report.write", "cannot write " + file + ": " + std::strerror(errno),
                 "name another file with --html"};
  };
  // O_NONBLOCK is needed, because otherwise open() would block for ever on a named pipe without a
  // reader. The flag is removed again, so that write() may block.
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
  if (fd < 0) return failed();
  ::fcntl(fd, F_SETFL, 0);
  struct stat about {};
  const bool is_file = ::fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
  if (is_file && (::fchmod(fd, 0600) != 0 || ::ftruncate(fd, 0) != 0)) {
    const Error error = failed();
    ::close(fd);
    return error;
  }
  while (!page.empty()) {
    const ssize_t written = ::write(fd, page.data(), page.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const Error error = failed();
      ::close(fd);
      return error;
    }
    page.remove_prefix(static_cast<size_t>(written));
  }
  return ::close(fd) == 0 ? Status() : Status(failed());
}

int print_report_page(const ReportOptions& options, const Common& common, const ReportView& view) {
  const std::string page = report_page(view);
  if (options.html == "-") {
    print(page);
    return kDone;
  }
  if (Status status = write_page(options.html, page); !status) return fail(status.error());
  if (!common.quiet) print_message("wrote " + options.html);
  return kDone;
}

int run_report(const ReportOptions& options, const Common& common) {
  const Micros now = wall_now();
  const Result<Micros> since = parse_when(options.since, now, DayEnd::Begin);
  if (!since) return wrong_usage(since.error().message);
  const Result<Micros> until =
      options.until.empty() ? Result<Micros>(now) : parse_when(options.until, now, DayEnd::End);
  if (!until) return wrong_usage(until.error().message);
  if (*until < *since) return wrong_usage("--until is before --since");
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  const auto history = History::open(places->database());
  if (!history) return history_failed(history.error());
  const Result<ReportView> view = gather_report(**history, *places, *since, *until, now);
  if (!view) return history_failed(view.error());
  if (common.json || common.jsonl) print_json(report_json(*view));
  if (!options.html.empty()) {
    if (const int code = print_report_page(options, common, *view); code != kDone) return code;
  } else if (!common.json && !common.jsonl && view->sums.calls.all() > 0) {
    print(report_text(common, *view));
  }
  return view->sums.calls.all() > 0 ? kDone : nothing_found(common, "no call in that period");
}

}  // namespace

Run add_report(Syntax& syntax) {
  const auto options = std::make_shared<ReportOptions>();
  syntax.value("--since", "WHEN", options->since, "calls since this time (default 7d)");
  syntax.value("--until", "WHEN", options->until, "calls until this time (default now)");
  syntax.value("--html", "FILE", options->html,
               "write the report as one self-contained HTML page; - means standard output");
  return [options](const Common& common) { return run_report(*options, common); };
}

}  // namespace callgate
