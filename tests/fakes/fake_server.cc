// A server for tests: it speaks the legacy MCP protocol on stdio, and misbehaves as its arguments
// (see options.cc) and the called tools (see behaviours.cc) say. It depends on no library.
#include "server.h"

int main(int argc, char** argv) { return fake::Server(fake::Options(argc, argv)).run(); }
