// The kernels for baseline.
#include "instruction_sets.h"
#include "SequiturParallel.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TABLE sequitur_kernels_baseline
#include "kernels/all.inc"
