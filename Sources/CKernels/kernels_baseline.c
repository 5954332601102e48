// The kernels for baseline.
#include "instruction_sets.h"
#include "SequiturMemory.h"
#include "SequiturParallel.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TABLE sequitur_kernels_baseline
#define VECTOR_FLOATS 4
#include "kernels/all.inc"
