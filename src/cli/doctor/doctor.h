// The examinations of `callgate doctor`, and the report to which they add findings. The report
// contains no secrets. diagnosis_kinds() lists the codes of all findings.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callgate/app/kept_tools.h"
#include "cli/text/terminal.h"

namespace callgate {

class SecretMasker;

enum class Gravity { Ok, Note, Warn, Error };
const char* gravity_word(Gravity level);

struct DiagnosisKind {
  std::string_view code, group;
  Gravity level = Gravity::Ok;
  std::string_view about;
};
/// Returns all kinds of findings, in the order in which the report shows their groups.
const std::vector<DiagnosisKind>& diagnosis_kinds();

struct Diagnosis {
  const DiagnosisKind* kind = nullptr;
  std::string text;    ///< one line
  std::string next;    ///< what the user should type or do; may be empty
  std::string detail;  ///< lines, such as the end of a server's stderr; may be empty
};

class DoctorReport {
 public:
  explicit DoctorReport(std::string home);

  /// Hides `secret` in everything that is added to the report from now on.
  void hide(const std::string& secret);
  /// From now on, hides in everything that is added to the report what `masker` would mask. Ignores
  /// nullptr.
  void hide_with(std::shared_ptr<const SecretMasker> masker) {
    if (masker) learnt_.push_back(std::move(masker));
  }
  /// Returns the text without secrets, and with ~ for the home folder.
  std::string safe(std::string text) const;

  void add(std::string_view code, const std::string& text, const std::string& next = "",
           const std::string& detail = "");
  /// Sorts the findings by group and keeps their order within a group.
  void put_in_order();
  /// Adds a measured fact as JSON. Secrets in its texts are hidden.
  void fact(std::string name, std::string json);
  /// Adds a table, which the report for people shows below the findings of `group`.
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
  std::vector<std::string> secrets_;  // sorted by length, the longest first
  std::vector<Diagnosis> findings_;
  std::vector<std::pair<std::string, std::string>> facts_;
  std::vector<std::pair<std::string, std::string>> tables_;
};

/// A client that starts callgate with the configuration that doctor examines.
struct StartedBy {
  std::string client;  ///< title and file of the client
  /// Variables of this terminal that the client does not pass on to callgate.
  std::vector<std::string> withheld;
  std::set<std::string> servers;  ///< servers that the client sees
};

/// The installation that doctor examines, and what its earlier examinations found out.
struct Patient {
  Places places;
  std::string binary;  ///< path of our own program
  bool quick = false;  ///< don't start servers
  Millis wait{30'000};
  Config config;
  bool config_good = false;
  std::set<std::string> ourselves;   ///< configured servers whose command is callgate itself
  std::set<int64_t> gates;           ///< pids of the gate processes that answered
  std::vector<std::string> entries;  ///< names of callgate's entries in the clients' files
  std::vector<StartedBy> started_by;
  std::vector<KeptTools> tools;  ///< tools of the servers that were ready
};

void examine_program(const Patient& patient, DoctorReport& report);
void examine_config(Patient& patient, DoctorReport& report);
/// Hides all secrets of the configuration in the rest of the report. Adds findings about secrets
/// that the configuration has in plain text. Also finds servers whose command is callgate itself.
void examine_secrets(Patient& patient, DoctorReport& report);
void examine_state(const Patient& patient, DoctorReport& report);
void examine_gates(Patient& patient, DoctorReport& report);
void examine_record(const Patient& patient, DoctorReport& report);
void examine_clients(Patient& patient, DoctorReport& report);
/// Returns the id of any client whose configuration file exists, or "" if no client has such a
/// file.
std::string some_client(const Places& places);
/// Must be called after examine_servers(), because it uses Patient::tools.
void examine_rules(const Patient& patient, DoctorReport& report);
/// Unless `patient.quick` is set, starts each server once, as many at the same time as a gate does.
/// `screen` determines the layout of the table.
void examine_servers(Patient& patient, const Screen& screen, DoctorReport& report);

}  // namespace callgate
