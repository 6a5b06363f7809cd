// `callgate shared-gate`: the gate process that all clients of a user share. Fronts start it.
#include "callgate/app/shared_gate.h"

#include "cli/commands.h"
#include "version.h"

namespace callgate {

Run add_shared_gate(Syntax&) {
  return [](const Common& common) {
    Result<Places> places = find_places(common.config);
    if (!places) return fail(places.error());
    Result<Config> config = config_or_errors(*places);
    if (!config) return fail(config.error());
    const Status ended =
        run_shared_gate({std::move(*config), std::move(*places), kVersion, "shared"});
    return ended ? kDone : fail(ended.error());
  };
}

}  // namespace callgate
