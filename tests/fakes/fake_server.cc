// A server for tests: the legacy MCP protocol on stdio and a mode per misbehaviour, chosen by
// arguments (see options.cc) and by the tools that are called (see behaviours.cc). Depends on
// nothing.
#include "server.h"

int main(int argc, char** argv) { return fake::Server(fake::Options(argc, argv)).run(); }
