#include "accessed_data.h"

#include "call.h"
#include "callgate/touched/touch.h"
#include "gate/child/child.h"
#include "guard_adapter.h"

namespace callgate {

namespace {

/// Returns the folders at which relative paths and "~" start: the server's working directory, and
/// the gate's home folder. Rules use the same folders.
PathRoots roots_of(const Call& call, const Core& core) {
  const std::string* cwd = &core.options.cwd;
  if (call.child && !call.child->config().cwd.empty()) cwd = &call.child->config().cwd;
  return {*cwd, core.options.policy.home()};
}

}  // namespace

std::vector<DataItem> data_of_call(const Call& call, const Core& core) {
  const std::string& name = call.name.empty() ? call.exposed : call.name;
  const PathRoots roots = roots_of(call, core);
  if (call.kind == CallKind::Complete || call.kind == CallKind::Unsubscribe) return {};
  if (call.subject == RuleSpec::Subject::Resource) return touches_of_resource(name, roots);
  return touches_of({name, call.args, core.guard->effect(call), roots, call.uris});
}

std::vector<DataItem> data_of_answer(const Call& call, Value result, const Core& core) {
  if (!result) return {};
  return touches_of_result(result, core.guard->effect(call), roots_of(call, core), call.touches);
}

}  // namespace callgate
