#include "callgate/protocol/revisions.h"

namespace callgate {

const char* name(Era era) { return era == Era::Modern ? "modern" : "legacy"; }

std::string_view text(Revision revision) {
  switch (revision) {
    case Revision::R2024_11_05:
      return "2024-11-05";
    case Revision::R2025_03_26:
      return "2025-03-26";
    case Revision::R2025_06_18:
      return "2025-06-18";
    case Revision::R2025_11_25:
      return "2025-11-25";
  }
  return "";
}

std::optional<Revision> revision_of(std::string_view wanted) {
  for (const Revision revision : {Revision::R2024_11_05, Revision::R2025_03_26,
                                  Revision::R2025_06_18, Revision::R2025_11_25}) {
    if (text(revision) == wanted) return revision;
  }
  // Early clients still ask for this pre-release. Its wire format is the same as that of
  // 2024-11-05.
  if (wanted == "2024-10-07") return Revision::R2024_11_05;
  return std::nullopt;
}

Revision negotiate(std::string_view requested) {
  return revision_of(requested).value_or(kLatestLegacy);
}

}  // namespace callgate
