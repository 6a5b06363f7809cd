// The protocol's eras and revisions.
// Source: MCP specification 2025-11-25, "Lifecycle", section "Version Negotiation"; 2026-07-28,
// "Versioning".
#pragma once

#include <optional>
#include <string_view>

namespace callgate {

/// Legacy: a connection begins with a handshake (`initialize`), which fixes the revision and the
/// client's capabilities. Modern: there is no handshake; every request describes its client and
/// names its revision.
enum class Era : unsigned char { Legacy, Modern };
const char* name(Era era);  ///< "legacy", "modern"

/// The only revision of the modern era so far.
inline constexpr std::string_view kModernRevision = "2026-07-28";

enum class Revision { R2024_11_05, R2025_03_26, R2025_06_18, R2025_11_25 };

inline constexpr Revision kLatestLegacy = Revision::R2025_11_25;

std::string_view text(Revision revision);
/// Returns nullopt for a revision that the gate does not support.
std::optional<Revision> revision_of(std::string_view text);
/// Returns the revision for the answer to a client that asks for `requested`. If the gate supports
/// the requested revision, returns it; otherwise, returns the latest legacy revision.
Revision negotiate(std::string_view requested);

}  // namespace callgate
