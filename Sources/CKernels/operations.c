// The public kernels: each goes through the table of the active instruction set.
#include "instruction_sets.h"

#define CALL(name, parameters, arguments) void sequitur_##name parameters { sequitur_kernels()->name arguments; }
SEQUITUR_OPERATION_LIST(CALL)
