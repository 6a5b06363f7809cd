// One era's messages said in the other's words: edits on the original bytes.
// Source: MCP 2026-07-28 "Versioning", "Caching"; 2025-11-25 "Tools", "Resources".
#pragma once

#include <string>
#include <string_view>

#include "callgate/protocol/modern.h"
#include "callgate/protocol/revisions.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/rpc.h"

namespace callgate {

/// How a client wants what servers say.
struct Dialect {
  Era era = Era::Legacy;
  Revision revision = kLatestLegacy;  ///< of a legacy client
};

/// What we tell a client that we can do: lists may always change, because servers come and go.
std::string gate_capabilities(const Dialect& to);

/// Drops optional members of a request or notification that are null: some client libraries write
/// what is absent so, and some server libraries refuse it.
void leave_out_nulls(Edits& edits, Value root);

/// A request on its way to a server, without the members that leave_out_nulls drops. `meta` is said
/// for a client of the legacy era to a modern server; a modern client says it by itself.
void translate_request(Edits& edits, Value root, Era from, Era to, const ModernMeta& meta);

/// An answer on its way to a client. `reads`: it answers resources/read. Returns the error code
/// that the client gets, 0 for a result.
int translate_answer(Edits& edits, const Rpc& answer, Era from, const Dialect& to, bool reads);

/// What differs between clients in a tool's definition: `execution` is of 2025-11-25 only, and a
/// legacy client refuses a whole list over an outputSchema that is no object or does not compile.
/// Empty: nothing differs from the definition as it is.
enum class DefinitionFor { Modern, Tasks, Older };
DefinitionFor definition_for(const Dialect& dialect);
/// The text for that kind of client; `edits` may hold more changes already.
std::string definition_text(Edits edits, Value tool, DefinitionFor reader);

}  // namespace callgate
