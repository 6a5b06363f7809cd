// Examines the tools of all servers: how much of the model's context their definitions take, and
// which faults the definitions have.
#pragma once

#include <vector>

#include "callgate/gate/gate.h"
#include "doctor.h"

namespace callgate {

/// Groups the tools by server, in the form that notes_on_arguments() takes.
std::vector<KeptTools> tools_by_server(const std::vector<ToolView>& tools);
void examine_tools(const Patient& patient, const std::vector<ToolView>& tools, const Screen& screen,
                   DoctorReport& report);

}  // namespace callgate
