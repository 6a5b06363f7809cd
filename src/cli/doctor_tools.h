// What the tools of all servers cost a client, and what is wrong with their definitions.
#pragma once

#include <vector>

#include "callgate/gate/gate.h"
#include "doctor.h"

namespace callgate {

/// What rules are compared with.
std::vector<KeptTools> tools_by_server(const std::vector<ToolView>& tools);
void examine_tools(const Patient& patient, const std::vector<ToolView>& tools, const Screen& screen,
                   DoctorReport& report);

}  // namespace callgate
