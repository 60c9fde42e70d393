// Products with f32 and int8 weights on the ordinary units. A panel is rows of 32 words: a word is one f32, or four int8.
#include "common.cuh"

// One block per row: x becomes int8 digits, hi and lo, [rows][k_words] words of four, as the CPU's kernels make them.
extern "C" __global__ void __launch_bounds__(128) split_digits(const float* x, int stride, int k, int k_words, u32* hi, u32* lo,
        float* scale) {
    __shared__ float scratch[4];
    const float* from = x + (size_t) blockIdx.x * stride;
    float largest = 0;
    for (int c = threadIdx.x; c < k; c += blockDim.x) {
        float v = fabsf(from[c]);
        largest = v != v || v > largest ? v : largest;
    }
    largest = block_max(largest, scratch);
    bool finite = largest < __uint_as_float(0x7f800000u);
    bool counts = finite && largest >= 1e-30f;
    float inverse = counts ? __fdiv_rn(16256.0f, largest) : 0;
    if (threadIdx.x == 0) {
        scale[blockIdx.x] = counts ? __fdiv_rn(largest, 16256.0f) : finite ? 0 : __uint_as_float(0x7fc00000u);
    }
    for (int p = threadIdx.x; p < k_words; p += blockDim.x) {
        u32 h = 0;
        u32 l = 0;
        for (int i = 0; i < 4; i++) {
            int c = 4 * p + i;
            if (counts && c < k) {
                int q = __float2int_rn(__fmul_rn(from[c], inverse));
                int high = (q + 64) >> 7;
                h |= (u32) (high & 255) << 8 * i;
                l |= (u32) ((q - 128 * high) & 255) << 8 * i;
            }
        }
        hi[(size_t) blockIdx.x * k_words + p] = h;
        lo[(size_t) blockIdx.x * k_words + p] = l;
    }
}

__device__ __forceinline__ float combine(int high, int low, float row_scale, float weight_scale) {
    return __fmul_rn(__fmul_rn(__fmaf_rn(__int2float_rn(high), 128.0f, __int2float_rn(low)), row_scale), weight_scale);
}

#define ROWS 32
#define DEPTH 32

// 32 rows, one panel. Grid: panels, row tiles; 256 threads: 8 warps of 4 rows, one column per lane. An f32 element is one
// chain of fused multiply-adds over K; sums of int8 are exact.
extern "C" __global__ void __launch_bounds__(256) linear_f32(const float* x, int stride, const float* w, int k, int k_padded, int m, int n,
        const float* bias, int relu, const float* residual, int residual_stride, float* out, int out_stride) {
    __shared__ float weights[DEPTH][32];
    __shared__ float inputs[ROWS][DEPTH + 1];
    int warp = threadIdx.x / WARP;
    int lane = threadIdx.x % WARP;
    int row0 = blockIdx.y * ROWS;
    const float* panel = w + (size_t) blockIdx.x * k_padded * 32;
    float sums[4] = {0, 0, 0, 0};
    for (int k0 = 0; k0 < k; k0 += DEPTH) {
        for (int i = threadIdx.x; i < DEPTH * 32; i += 256) {
            weights[i / 32][i % 32] = panel[(size_t) k0 * 32 + i];
            int row = row0 + i / 32;
            int col = k0 + i % 32;
            inputs[i / 32][i % 32] = row < m && col < k ? x[(size_t) row * stride + col] : 0;
        }
        __syncthreads();
        int depth = min(DEPTH, k - k0);
        for (int p = 0; p < depth; p++) {
            float v = weights[p][lane];
#pragma unroll
            for (int r = 0; r < 4; r++) {
                sums[r] = __fmaf_rn(inputs[warp * 4 + r][p], v, sums[r]);
            }
        }
        __syncthreads();
    }
    Epilogue e{bias, residual, residual_stride, relu, out, out_stride};
    int col = blockIdx.x * 32 + lane;
    for (int r = 0; r < 4; r++) {
        int row = row0 + warp * 4 + r;
        if (row < m && col < n) {
            finish(e, row, col, sums[r]);
        }
    }
}

extern "C" __global__ void __launch_bounds__(256) linear_int8(const int* hi, const int* lo, const float* row_scale, const int* w,
        const float* weight_scale, int k_words, int m, int n, const float* bias, int relu, const float* residual, int residual_stride,
        float* out, int out_stride) {
    __shared__ int weights[DEPTH][32];
    __shared__ int high_digits[ROWS][DEPTH + 1];
    __shared__ int low_digits[ROWS][DEPTH + 1];
    int warp = threadIdx.x / WARP;
    int lane = threadIdx.x % WARP;
    int row0 = blockIdx.y * ROWS;
    const int* panel = w + (size_t) blockIdx.x * k_words * 32;
    int high[4] = {0, 0, 0, 0};
    int low[4] = {0, 0, 0, 0};
    for (int k0 = 0; k0 < k_words; k0 += DEPTH) {
        int depth = min(DEPTH, k_words - k0);
        for (int i = threadIdx.x; i < DEPTH * 32; i += 256) {
            if (i / 32 < depth) {
                weights[i / 32][i % 32] = panel[(size_t) k0 * 32 + i];
            }
            int row = row0 + i / 32;
            bool inside = row < m && i % 32 < depth;
            size_t at = (size_t) row * k_words + k0 + i % 32;
            high_digits[i / 32][i % 32] = inside ? hi[at] : 0;
            low_digits[i / 32][i % 32] = inside ? lo[at] : 0;
        }
        __syncthreads();
        for (int p = 0; p < depth; p++) {
            int v = weights[p][lane];
#pragma unroll
            for (int r = 0; r < 4; r++) {
                high[r] = __dp4a(high_digits[warp * 4 + r][p], v, high[r]);
                low[r] = __dp4a(low_digits[warp * 4 + r][p], v, low[r]);
            }
        }
        __syncthreads();
    }
    Epilogue e{bias, residual, residual_stride, relu, out, out_stride};
    int col = blockIdx.x * 32 + lane;
    for (int r = 0; r < 4; r++) {
        int row = row0 + warp * 4 + r;
        if (row < m && col < n) {
            finish(e, row, col, combine(high[r], low[r], row_scale[row], weight_scale[col]));
        }
    }
}

// Up to 4 rows of int8: K is dealt out to 8 warps, which the exactness of the sums allows. Grid: panels, row groups.
extern "C" __global__ void __launch_bounds__(256) linear_int8_skinny(const int* hi, const int* lo, const float* row_scale, const int* w,
        const float* weight_scale, int k_words, int m, int n, const float* bias, int relu, const float* residual, int residual_stride,
        float* out, int out_stride) {
    __shared__ int parts[8][8][32];
    int warp = threadIdx.x / WARP;
    int lane = threadIdx.x % WARP;
    int row0 = blockIdx.y * 4;
    const int* panel = w + (size_t) blockIdx.x * k_words * 32;
    int sums[8] = {0, 0, 0, 0, 0, 0, 0, 0};
#pragma unroll 8
    for (int p = warp; p < k_words; p += 8) {
        int v = __ldg(panel + (size_t) p * 32 + lane);
#pragma unroll
        for (int r = 0; r < 4; r++) {
            int row = min(row0 + r, m - 1);
            sums[r] = __dp4a(__ldg(hi + (size_t) row * k_words + p), v, sums[r]);
            sums[4 + r] = __dp4a(__ldg(lo + (size_t) row * k_words + p), v, sums[4 + r]);
        }
    }
#pragma unroll
    for (int r = 0; r < 8; r++) {
        parts[warp][r][lane] = sums[r];
    }
    __syncthreads();
    int row = row0 + warp;
    int col = blockIdx.x * 32 + lane;
    if (warp < 4 && row < m && col < n) {
        int high = 0;
        int low = 0;
        for (int p = 0; p < 8; p++) {
            high += parts[p][warp][lane];
            low += parts[p][4 + warp][lane];
        }
        Epilogue e{bias, residual, residual_stride, relu, out, out_stride};
        finish(e, row, col, combine(high, low, row_scale[row], weight_scale[col]));
    }
}
