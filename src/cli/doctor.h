// `callgate doctor`: what it looks at, and the report that its examinations write. Each finding has
// a code of one table; nothing that is secret gets into a report.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callgate/app/kept_tools.h"
#include "terminal.h"

namespace callgate {

class SecretMasker;

enum class Gravity { Ok, Note, Warn, Error };
const char* gravity_word(Gravity level);

struct DiagnosisKind {
  std::string_view code, group;
  Gravity level = Gravity::Ok;
  std::string_view about;
};
/// In the order in which groups are shown.
const std::vector<DiagnosisKind>& diagnosis_kinds();

struct Diagnosis {
  const DiagnosisKind* kind = nullptr;
  std::string text;    ///< one line
  std::string next;    ///< what to type or do; may be empty
  std::string detail;  ///< lines, such as the end of a server's standard error; may be empty
};

class DoctorReport {
 public:
  explicit DoctorReport(std::string home);

  /// A value that must not be shown, wherever it turns up from now on.
  void hide(const std::string& secret);
  /// What else knows secrets; empty: nothing.
  void hide_with(std::shared_ptr<const SecretMasker> masker) {
    if (masker) learnt_.push_back(std::move(masker));
  }
  /// Without secrets, and the home folder as ~.
  std::string safe(std::string text) const;

  void add(std::string_view code, const std::string& text, const std::string& next = "",
           const std::string& detail = "");
  /// By group; within one they stay as they came.
  void put_in_order();
  /// What was measured, as JSON; secrets in its texts are hidden.
  void fact(std::string name, std::string json);
  /// A table for people, below its group.
  void table(std::string_view group, std::string text);

  const std::vector<Diagnosis>& findings() const { return findings_; }
  const std::vector<std::pair<std::string, std::string>>& facts() const { return facts_; }
  const std::string* table_of(std::string_view group) const;
  size_t count(Gravity level) const;

 private:
  std::string without_secrets(std::string text) const;
  std::vector<std::shared_ptr<const SecretMasker>> all_maskers() const;

  std::string home_;
  std::shared_ptr<const SecretMasker> masker_;
  std::vector<std::shared_ptr<const SecretMasker>> learnt_;
  std::vector<std::string> secrets_;  // longest first
  std::vector<Diagnosis> findings_;
  std::vector<std::pair<std::string, std::string>> facts_;
  std::vector<std::pair<std::string, std::string>> tables_;
};

/// A client that starts callgate with this configuration.
struct StartedBy {
  std::string client;                 ///< its title and file
  std::vector<std::string> withheld;  ///< variables of this terminal that it keeps from callgate
  std::set<std::string> servers;      ///< that it sees
};

/// Who is examined, and what earlier examinations know of them.
struct Patient {
  Places places;
  std::string binary;  ///< ours
  bool quick = false;  ///< no server is started
  Millis wait{30'000};
  Config config;
  bool config_good = false;
  std::set<std::string> ourselves;   ///< servers that would start callgate
  std::set<int64_t> gates;           ///< pids that answered
  std::vector<std::string> entries;  ///< under which names clients have callgate
  std::vector<StartedBy> started_by;
  std::vector<KeptTools> tools;  ///< of the servers that were ready
};

void examine_program(const Patient& patient, DoctorReport& report);
void examine_config(Patient& patient, DoctorReport& report);
/// Hides every secret of the configuration from here on, tells those in plain text, and finds
/// ourselves among the servers.
void examine_secrets(Patient& patient, DoctorReport& report);
void examine_state(const Patient& patient, DoctorReport& report);
void examine_gates(Patient& patient, DoctorReport& report);
void examine_record(const Patient& patient, DoctorReport& report);
void examine_clients(Patient& patient, DoctorReport& report);
/// The id of a client that has a file; empty: none has.
std::string some_client(const Places& places);
/// After the servers, whose tools it goes by.
void examine_rules(const Patient& patient, DoctorReport& report);
/// Starts each server once, as many at a time as a gate does, unless the patient is in a hurry.
/// `screen` is for its table.
void examine_servers(Patient& patient, const Screen& screen, DoctorReport& report);

}  // namespace callgate
