// Examines the program and its machine, the state folder, and the record.
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "callgate/base/libraries.h"
#include "callgate/io/libraries.h"
#include "callgate/store/health.h"
#include "callgate/store/libraries.h"
#include "callgate/wire/libraries.h"
#include "callgate/wire/writer.h"
#include "cli/text/time_text.h"
#include "doctor.h"
#include "version.h"

namespace callgate {

namespace {

constexpr Millis kCheckLimit{2000};
constexpr uint64_t kLargeLog = uint64_t{64} << 20;
constexpr uint64_t kLowDisk = uint64_t{512} << 20, kFullDisk = uint64_t{16} << 20;

bool is_open_to_others(const struct stat& about) { return (about.st_mode & 0077) != 0; }

struct StateFile {
  std::string path;
  struct stat about {};
};

std::vector<StateFile> files_in(const std::string& folder, DoctorReport& report) {
  std::vector<StateFile> all;
  std::error_code error;
  for (const std::string& path : {folder, folder + "/run"}) {
    StateFile self{path};
    if (::lstat(path.c_str(), &self.about) != 0) continue;
    all.push_back(self);
    for (auto each = std::filesystem::directory_iterator(path, error);
         !error && each != std::filesystem::directory_iterator(); each.increment(error)) {
      StateFile file{each->path().string()};
      // Leave out folders, because the outer loop adds them. examine_state() later ignores the
      // modes of sockets, because other users cannot enter the folder that contains them.
      if (::lstat(file.path.c_str(), &file.about) == 0 && !S_ISDIR(file.about.st_mode))
        all.push_back(std::move(file));
    }
  }
  JsonWriter json;
  json.begin_array();
  for (const StateFile& each : all) {
    json.begin_object().key("path").string(report.safe(each.path));
    json.key("mode").string(fmt::format("{:04o}", each.about.st_mode & 07777));
    json.key("bytes").integer(static_cast<int64_t>(each.about.st_size)).end_object();
  }
  report.fact("state", json.end_array().take());
  return all;
}

void examine_space(const std::string& folder, DoctorReport& report) {
  struct statvfs about {};
  std::string path = folder;
  while (path.size() > 1 && ::statvfs(path.c_str(), &about) != 0)
    path = path.substr(0, std::max<size_t>(path.rfind('/'), 1));
  if (about.f_frsize == 0) return;
  const uint64_t left = uint64_t{about.f_bavail} * about.f_frsize;
  report.fact("disk", fmt::format(R"({{"free_bytes":{}}})", left));
  if (left >= kLowDisk) return;
  report.add(left < kFullDisk ? "doctor.disk_full" : "doctor.disk_low",
             fmt::format("{} are free on the disk of {}", bytes_text(left), folder),
             "make room on the disk, or: callgate history prune --older-than 30d");
}

void check_runs(const RecordHealth& health, const Patient& patient, DoctorReport& report) {
  size_t dead = 0;
  std::string unknown;
  for (const UnendedRun& run : health.unended) {
    if (!run.lives)
      ++dead;
    else if (!patient.gates.contains(run.pid))
      unknown += fmt::format("{}{}", unknown.empty() ? "" : ", ", run.pid);
  }
  if (dead > 0)
    report.add(
        "doctor.runs_open",
        fmt::format(
            "{} ended, but the record does not show this; the next gate process records the end",
            grouped(dead, "run")));
  if (!unknown.empty())
    report.add("doctor.runs_open",
               fmt::format("some gate processes have no end in the record; they still run, but "
                           "don't answer: pid {}",
                           unknown),
               "callgate status");
}

void check_record(const RecordHealth& health, const Patient& patient, DoctorReport& report) {
  const std::string path = patient.places.database();
  if (!health.damage.empty()) {
    std::string lines;
    for (const std::string& line : health.damage) lines += line + "\n";
    report.add("doctor.record_damaged", fmt::format("{} is damaged", path),
               fmt::format("end all gate processes, then: mv {0} {0}.damaged (callgate then makes "
                           "a new record; sqlite3 {0}.damaged .recover saves what is readable)",
                           path),
               lines);
  } else {
    report.add(
        "doctor.record",
        fmt::format("{}: {} calls in {}, schema {}{}", path,
                    health.calls < 0            ? "uncounted"
                    : health.calls >= 1'000'000 ? "a million or more"
                                                : std::to_string(health.calls),
                    bytes_text(health.bytes), health.schema, health.checked ? ", checked" : ""));
  }
  if (!health.checked && health.damage.empty())
    report.add(
        "doctor.record_unchecked",
        fmt::format(
            "no damage was found in {} s, in which only a part of the record could be checked",
            kCheckLimit.count() / 1000),
        fmt::format("sqlite3 {} 'pragma quick_check'", path));
  if (health.schema < health.known_schema)
    report.add(
        "doctor.record_older",
        fmt::format(
            "the record has schema {}; the next gate process updates the record to schema {}",
            health.schema, health.known_schema));
  if (health.log_bytes > kLargeLog)
    report.add("doctor.log_large",
               fmt::format("the record's write-ahead log has {}", bytes_text(health.log_bytes)),
               "end processes that read the record for a long time (callgate history tail, "
               "sqlite3); see callgate status");
  check_runs(health, patient, report);
}

}  // namespace

void examine_program(const Patient& patient, DoctorReport& report) {
  utsname system{};
  ::uname(&system);
  const std::string libraries = fmt::format("{}, {}, {}, {}", base_libraries(), io_libraries(),
                                            store_libraries(), wire_libraries());
  JsonWriter json;
  json.begin_object().key("callgate").string(kVersion);
  json.key("path").string(report.safe(patient.binary));
  json.key("system").string(
      fmt::format("{} {} {}", system.sysname, system.release, system.machine));
  json.key("libraries").string(libraries);
  report.fact("program", json.end_object().take());
  report.add("doctor.program", fmt::format("callgate {} on {} {} {}; {}", kVersion, system.sysname,
                                           system.release, system.machine, libraries));
}

void examine_state(const Patient& patient, DoctorReport& report) {
  for (const StateFile& each : files_in(patient.places.state_dir, report)) {
    const bool folder = S_ISDIR(each.about.st_mode);
    if (each.about.st_uid != ::geteuid()) {
      report.add("doctor.not_ours", fmt::format("{} belongs to another user", each.path),
                 "chown $(id -u) " + each.path);
    } else if (is_open_to_others(each.about) && (folder || S_ISREG(each.about.st_mode))) {
      report.add("doctor.private_open", fmt::format("{} is open to other users", each.path),
                 fmt::format("chmod {} {}", folder ? "700" : "600", each.path));
    }
  }
}

void examine_record(const Patient& patient, DoctorReport& report) {
  const std::string path = patient.places.database();
  const Result<RecordHealth> health = look_at_record(path, kCheckLimit);
  examine_space(patient.places.state_dir, report);
  JsonWriter json;
  json.begin_object().key("file").string(report.safe(path)).key("error");
  if (!health) {
    report.fact("record", json.string(health.error().code).end_object().take());
    if (health.error().code == "record.none")
      return report.add("doctor.record_none", report.safe(health.error().message));
    return report.add("doctor.record_unreadable",
                      fmt::format("{} ({})", health.error().message, health.error().code),
                      health.error().next);
  }
  json.null().key("schema").integer(health->schema).key("calls").integer(health->calls);
  json.key("bytes").integer(static_cast<int64_t>(health->bytes)).key("log_bytes");
  json.integer(static_cast<int64_t>(health->log_bytes)).key("checked").boolean(health->checked);
  json.key("open_runs").integer(static_cast<int64_t>(health->unended.size()));
  report.fact("record", json.end_object().take());
  check_record(*health, patient, report);
}

}  // namespace callgate
