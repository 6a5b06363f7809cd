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

/// The era and revision in which a client expects messages.
struct Dialect {
  Era era = Era::Legacy;
  Revision revision = kLatestLegacy;  ///< for a legacy client only
};

/// Returns the capabilities that the gate declares to a client. They always include listChanged,
/// because servers come and go.
std::string gate_capabilities(const Dialect& to);

/// Drops those optional members of a request or notification that are null. Some client libraries
/// write null instead of leaving a member out, and some server libraries refuse such a null.
void leave_out_nulls(Edits& edits, Value root);

/// Translates a request for a server. Also drops the members that leave_out_nulls() drops. If the
/// request goes from a legacy client to a modern server, adds `meta` as `_meta`. The request of a
/// modern client already has a `_meta`.
void translate_request(Edits& edits, Value root, Era from, Era to, const ModernMeta& meta);

/// Translates an answer for a client. `reads` is true if it is the answer to a resources/read.
/// Returns the error code that the client gets, or 0 for a result.
int translate_answer(Edits& edits, const Rpc& answer, Era from, const Dialect& to, bool reads);

/// The kinds of clients that need different definitions of a tool. Modern means clients of the
/// modern era. Tasks means legacy clients of 2025-11-25, the only revision with `execution`. Older
/// means legacy clients of earlier revisions. For Tasks and Older, an outputSchema is dropped if
/// its type is not "object" or if it does not compile, because such clients would reject the whole
/// list.
enum class DefinitionFor { Modern, Tasks, Older };
DefinitionFor definition_for(const Dialect& dialect);
/// Returns the tool's definition for that kind of client. `edits` may already have other edits of
/// this definition.
std::string definition_text(Edits edits, Value tool, DefinitionFor reader);

}  // namespace callgate
