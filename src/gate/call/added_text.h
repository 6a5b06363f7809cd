// Adds a text of the gate to a server's answer.
#pragma once

#include <string>
#include <string_view>

#include "call.h"
#include "callgate/wire/edits.h"

namespace callgate {

/// Adds the text to a tool's result, as one more text after the tool's own texts. In an error, the
/// text becomes `data.callgate.MEMBER`. Returns false and adds nothing if the text is empty or
/// can't be added. It can't be added to a result that programs read: many clients join the texts of
/// a result and parse them as JSON, and one more text would make this JSON invalid.
bool add_text(Edits& edits, const Call& call, const Rpc& rpc, std::string_view member,
              const std::string& text);

}  // namespace callgate
