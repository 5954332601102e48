// The C side of the engine: memory, the parallel loop, vector kernels chosen by instruction set, and oneDNN.
// Everything here works on whole buffers; nothing is called per element.
#ifndef C_SEQUITUR_KERNELS_H
#define C_SEQUITUR_KERNELS_H

#include "SequiturMemory.h"
#include "SequiturMatrixProduct.h"
#include "SequiturOperations.h"
#include "SequiturParallel.h"

#endif
