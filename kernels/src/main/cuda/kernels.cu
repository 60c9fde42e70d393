// All kernels, for one PTX file per architecture. scripts/build-ptx.sh compiles it.
#include "linear16.cu"
#include "linear32.cu"
#include "attention.cu"
#include "rows.cu"
#include "ceilings.cu"
