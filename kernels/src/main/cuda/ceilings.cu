// What the device does at most, for comparison: memory copied, and products of the matrix units on registers alone.
#include "common.cuh"

// count pieces of 16 bytes, four of them on their way per thread.
extern "C" __global__ void __launch_bounds__(256) ceiling_copy(const uint4* from, uint4* to, int count) {
    int step = gridDim.x * 256;
    int i = blockIdx.x * 256 + threadIdx.x;
    for (; i + 3 * step < count; i += 4 * step) {
        uint4 a = __ldg(from + i);
        uint4 b = __ldg(from + i + step);
        uint4 c = __ldg(from + i + 2 * step);
        uint4 d = __ldg(from + i + 3 * step);
        to[i] = a;
        to[i + step] = b;
        to[i + 2 * step] = c;
        to[i + 3 * step] = d;
    }
    for (; i < count; i += step) {
        to[i] = __ldg(from + i);
    }
}

// Eight independent sums per warp, each a chain of products of 16 x 8 x 16.
extern "C" __global__ void __launch_bounds__(256) ceiling_matrix(const u32* operands, int rounds, float* out) {
    u32 a[4];
    u32 b[2];
    for (int i = 0; i < 4; i++) {
        a[i] = operands[threadIdx.x + 256 * i];
    }
    for (int i = 0; i < 2; i++) {
        b[i] = operands[threadIdx.x + 256 * (4 + i)];
    }
    float sums[8][4];
#pragma unroll
    for (int s = 0; s < 8; s++) {
#pragma unroll
        for (int c = 0; c < 4; c++) {
            sums[s][c] = 0;
        }
    }
#pragma unroll 1
    for (int r = 0; r < rounds; r++) {
#pragma unroll
        for (int s = 0; s < 8; s++) {
            mma16(sums[s], a, b[0], b[1]);
        }
    }
    float all = 0;
#pragma unroll
    for (int s = 0; s < 8; s++) {
#pragma unroll
        for (int c = 0; c < 4; c++) {
            all += sums[s][c];
        }
    }
    out[blockIdx.x * 256 + threadIdx.x] = all;
}
