// Translates messages from one era to the other, as edits on the original bytes.
// Source: MCP 2026-07-28 "Versioning", "Caching"; 2025-11-25 "Tools", "Resources".
#pragma once

#include <string>
#include <string_view>

#include "callgate/protocol/modern.h"
#include "callgate/protocol/revisions.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/rpc.h"

namespace callgate {

/// The era and revision in which a client reads messages.
struct Dialect {
  Era era = Era::Legacy;
  Revision revision = kLatestLegacy;  ///< used for a legacy client only
};

/// The capabilities that the gate declares to a client. Lists may always change, because servers
/// come and go.
std::string gate_capabilities(const Dialect& to);

/// Drops optional members of a request or notification that are null. Some client libraries write
/// absent members as null, and some server libraries refuse that.
void leave_out_nulls(Edits& edits, Value root);

/// Translates a request for a server, and drops the members that leave_out_nulls() drops. `meta` is
/// added when a legacy client's request goes to a modern server; a modern client writes it by
/// itself.
void translate_request(Edits& edits, Value root, Era from, Era to, const ModernMeta& meta);

/// Translates an answer for a client. `reads` is true for an answer to resources/read. Returns the
/// error code that the client gets, or 0 for a result.
int translate_answer(Edits& edits, const Rpc& answer, Era from, const Dialect& to, bool reads);

/// The kinds of clients that need different tool definitions. `execution` exists in 2025-11-25
/// only, and a legacy client rejects a whole list if an outputSchema is no object or does not
/// compile.
enum class DefinitionFor { Modern, Tasks, Older };
DefinitionFor definition_for(const Dialect& dialect);
/// The definition for that kind of client. `edits` may already have other changes.
std::string definition_text(Edits edits, Value tool, DefinitionFor reader);

}  // namespace callgate
