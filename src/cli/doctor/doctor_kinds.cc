#include "doctor.h"

namespace callgate {

const std::vector<DiagnosisKind>& diagnosis_kinds() {
  using enum Gravity;
  static const auto& all = *new std::vector<DiagnosisKind>{
      {"doctor.program", "Program", Ok, "versions of callgate, its libraries and the system"},

      {"doctor.config", "Configuration", Ok, "a summary of the configuration"},
      {"doctor.config_missing", "Configuration", Error, "there is no configuration"},
      {"doctor.config_wrong", "Configuration", Error, "the configuration has errors"},
      {"doctor.server_entry", "Configuration", Error,
       "a server does not start, because its entry has errors"},
      {"doctor.config_ignored", "Configuration", Note,
       "the configuration has a key that only clients read, so the key has no effect"},
      {"doctor.rule_argument", "Configuration", Warn,
       "a rule matches tools that lack the argument which the rule checks"},
      {"doctor.config_empty", "Configuration", Warn, "no server is configured"},
      {"doctor.config_readable", "Configuration", Warn, "other users can read the configuration"},
      {"doctor.config_writable", "Configuration", Error,
       "other users can change the configuration, and thus which programs callgate starts"},
      {"doctor.not_ours", "Configuration", Error, "a file of callgate belongs to another user"},
      {"doctor.private_open", "Configuration", Warn,
       "other users can open a file of the state folder"},
      {"doctor.secret_plain", "Configuration", Warn,
       "the configuration holds a secret in plain text"},

      {"doctor.record", "Record", Ok, "a summary of the record"},
      {"doctor.record_none", "Record", Note, "nothing was recorded yet"},
      {"doctor.record_unreadable", "Record", Error, "the record cannot be opened"},
      {"doctor.record_damaged", "Record", Error, "the record's file is damaged"},
      {"doctor.record_unchecked", "Record", Note, "the record is too large to be checked in time"},
      {"doctor.record_older", "Record", Note,
       "the record has an older schema, which the next gate process updates"},
      {"doctor.log_large", "Record", Warn, "the record's write-ahead log has grown large"},
      {"doctor.runs_open", "Record", Note,
       "the record does not have the end of some gate processes"},
      {"doctor.disk_low", "Record", Warn, "little space is left for the record"},
      {"doctor.disk_full", "Record", Error, "no space is left for the record"},

      {"doctor.gates", "Gate processes", Ok, "the gate processes that run"},
      {"doctor.gate_silent", "Gate processes", Warn, "a gate process does not answer"},
      {"doctor.gate_version", "Gate processes", Warn,
       "a gate process runs another version of callgate"},
      {"doctor.gate_each", "Gate processes", Note, "several clients have a gate process each"},
      {"doctor.gate_config", "Gate processes", Note, "a gate process has another configuration"},
      {"doctor.gate_waiting", "Gate processes", Warn,
       "new or changed servers take effect only after callgate reload"},
      {"doctor.gate_record", "Gate processes", Error, "a gate process cannot write its record"},

      {"doctor.server", "Servers", Ok, "a server that answers"},
      {"doctor.servers_unprobed", "Servers", Note, "the servers were not started"},
      {"doctor.server_failed", "Servers", Error, "a server does not start, or ends"},
      {"doctor.sign_in", "Servers", Warn, "a remote server waits for a sign-in"},
      {"doctor.server_late", "Servers", Error, "a server did not return its lists in time"},
      {"doctor.server_slow", "Servers", Warn,
       "a server takes longer to start than many clients wait"},
      {"doctor.server_noise", "Servers", Note,
       "a server's standard output has lines that are not MCP messages"},
      {"doctor.server_empty", "Servers", Note, "a server offers nothing"},
      {"doctor.server_recursive", "Servers", Error,
       "a configured server would start callgate itself"},
      {"doctor.server_unpinned", "Servers", Note,
       "a server's command does not name one specific version"},
      {"doctor.server_bridge", "Servers", Note,
       "a server's command only connects to a URL that callgate can reach itself"},
      {"doctor.command_missing", "Servers", Error, "a server's program is not found"},
      {"doctor.path_poor", "Servers", Warn, "PATH has the system's folders only"},

      {"doctor.context", "Context", Ok,
       "how much of the model's context the tools' definitions take"},
      {"doctor.context_heavy", "Context", Warn,
       "the tools' definitions take much of the model's context"},
      {"doctor.tool_fault", "Context", Warn,
       "definitions of tools that clients or models refuse or misread"},
      {"doctor.name_long", "Context", Warn, "names of tools that a client cuts or refuses"},

      {"doctor.client", "Clients", Ok, "a client that has callgate only"},
      {"doctor.client_bypass", "Clients", Warn, "a client has servers next to callgate"},
      {"doctor.client_unregistered", "Clients", Note, "a client has servers, but not callgate"},
      {"doctor.client_dropped", "Clients", Error,
       "a client was registered, but has no entry for callgate any more"},
      {"doctor.client_path_gone", "Clients", Error,
       "a client starts a callgate program that does not exist"},
      {"doctor.client_config_gone", "Clients", Error,
       "a client starts callgate with a configuration that can't be read"},
      {"doctor.client_environment", "Clients", Error,
       "a client does not pass on variables to which servers refer"},
      {"doctor.client_server_failed", "Clients", Error,
       "a server starts in this terminal, but not with the variables that a client passes on to "
       "callgate"},
      {"doctor.client_unreadable", "Clients", Warn, "a client's file cannot be read"},
  };
  return all;
}

const char* gravity_word(Gravity level) {
  switch (level) {
    case Gravity::Ok:
      return "ok";
    case Gravity::Note:
      return "note";
    case Gravity::Warn:
      return "warn";
    case Gravity::Error:
      return "error";
  }
  return "";
}

}  // namespace callgate
