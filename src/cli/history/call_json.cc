#include "call_json.h"

#include "callgate/wire/writer.h"
#include "cli/text/time_text.h"

namespace callgate {

namespace {

void text_or_null(JsonWriter& json, std::string_view key, const std::string& text) {
  json.key(key);
  text.empty() ? json.null() : json.string(text);
}

void write_client(JsonWriter& json, const CallRow& row) {
  json.key("client").begin_object().key("name").string(row.client_name);
  text_or_null(json, "version", row.client_version);
  json.key("pid");
  row.client_pid > 0 ? json.integer(row.client_pid) : json.null();
  text_or_null(json, "exe", row.client_exe);
  json.end_object();
}

void write_row(JsonWriter& json, const CallRow& row) {
  json.key("id")
      .string(row.id)
      .key("at")
      .string(format_wall(row.at))
      .key("session")
      .string(row.session);
  write_client(json, row);
  text_or_null(json, "profile", row.profile);
  text_or_null(json, "server", row.server);
  json.key("tool")
      .string(row.tool)
      .key("exposed")
      .string(row.exposed)
      .key("method")
      .string(row.method);
  text_or_null(json, "era", row.era);
  json.key("rounds").integer(row.rounds).key("waited_ms").raw(milliseconds(row.waited));
  json.key("outcome").string(name(row.outcome)).key("decision");
  row.decision == Permission::None ? json.null() : json.string(name(row.decision));
  text_or_null(json, "rule", row.rule);
  json.key("duration_ms");
  row.outcome == Outcome::Pending ? json.null() : json.raw(milliseconds(row.duration));
  json.key("args_bytes").integer(static_cast<int64_t>(row.args_bytes));
  json.key("result_bytes").integer(static_cast<int64_t>(row.result_bytes));
  json.key("findings").strings(row.findings);
  json.key("masked").integer(row.masked);
  text_or_null(json, "late_outcome", row.late ? name(row.late->outcome) : "");
  text_or_null(json, "late_at", row.late ? format_wall(row.late->at) : "");
  text_or_null(json, "earlier", row.earlier);
  text_or_null(json, "account", row.account);
}

void write_call_error(JsonWriter& json, const CallRow& row) {
  json.key("error");
  if (row.error.empty() && !row.error_code) {
    json.null();
    return;
  }
  json.begin_object().key("code");
  row.error_code ? json.integer(*row.error_code) : json.null();
  json.key("message").string(row.error).end_object();
}

void write_late_answer(JsonWriter& json, const CallRow& row, JsonReader& reader) {
  json.key("late");
  if (!row.late) {
    json.null();
    return;
  }
  const LateAnswerRow& late = *row.late;
  json.begin_object().key("at").string(format_wall(late.at));
  json.key("outcome").string(name(late.outcome)).key("error_code");
  late.error_code ? json.integer(*late.error_code) : json.null();
  text_or_null(json, "error", late.error);
  json.key("result").raw(reader.one_line(late.result)).key("result_kept").boolean(late.result_kept);
  json.key("result_bytes").integer(static_cast<int64_t>(late.result_bytes)).end_object();
}

void write_question(JsonWriter& json, const QuestionRow& question, JsonReader& reader) {
  json.begin_object().key("id").string(question.id);
  json.key("at").string(format_wall(question.at)).key("server").string(question.server);
  text_or_null(json, "method", question.method);
  text_or_null(json, "decision", question.decision ? name(*question.decision) : "");
  text_or_null(json, "rule", question.rule);
  json.key("params").raw(reader.one_line(question.params));
  text_or_null(json, "answer", question.answer);
  text_or_null(json, "answered",
               question.answered == Micros{} ? "" : format_wall(question.answered));
  text_or_null(json, "answer_because", question.answer_because);
  json.key("response").raw(reader.one_line(question.response)).end_object();
}

}  // namespace

std::string call_json(const CallRow& row) {
  JsonWriter json;
  json.begin_object();
  write_row(json, row);
  return json.end_object().take();
}

std::string call_detail_json(const CallRow& row, const CallDetail& detail, JsonReader& reader) {
  JsonWriter json;
  json.begin_object();
  write_row(json, row);
  text_or_null(json, "because", row.because);
  json.key("args").raw(reader.one_line(row.args)).key("args_kept").boolean(row.args_kept);
  json.key("result").raw(reader.one_line(row.result)).key("result_kept").boolean(row.result_kept);
  write_call_error(json, row);
  write_late_answer(json, row, reader);
  json.key("observed").begin_object();
  json.key("pid");
  row.client_pid > 0 ? json.integer(row.client_pid) : json.null();
  text_or_null(json, "exe", row.client_exe);
  text_or_null(json, "start", detail.observed.start);
  text_or_null(json, "cwd", detail.observed.cwd);
  text_or_null(json, "user", detail.observed.user);
  text_or_null(json, "peer", detail.observed.peer);
  text_or_null(json, "token", detail.observed.token);
  json.key("parents").strings(detail.observed.parents).end_object().key("questions").begin_array();
  for (const QuestionRow& question : detail.questions) {
    write_question(json, question, reader);
  }
  json.end_array().key("siblings").begin_array();
  for (const std::string& id : detail.siblings) json.string(id);
  return json.end_array().end_object().take();
}

}  // namespace callgate
