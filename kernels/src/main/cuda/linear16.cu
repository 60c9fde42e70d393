// Products with 16-bit weights on the matrix units.
//
// Weights stay in the layout of the file, panels of 32 output rows: [N/32][K/2][32][2]. One 32-bit word is a pair of K of
// one output row, which is what a lane of mma.sync holds as B; so a lane loads four words (16 bytes) and has B of four
// 8-column tiles, whose columns are dealt out as n = 4 * g + j (lane group g, tile j).
//
// Activations are two 16-bit terms, hi + lo. An element's sum has one order whatever the number of rows: K in steps of 16,
// in each step hi first, then lo; steps are summed in chunks of 256 of K, chunks in order. Both kernels below keep it.
//
// sm_75 has no bf16: weights are f16, scaled per output row by a power of two when they are loaded, activations are f16
// terms, scaled per row by a power of two; the products of both scales end up in the result.
#include "common.cuh"

#define K_CHUNK 256
#define K_STEP 16

// Two 16-bit terms side by side; a is the lower half.
__device__ __forceinline__ u32 pack2(float a, float b) {
    u32 r;
#if HAS_BF16
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(b), "f"(a));
#else
    asm("{.reg .b16 x, y; cvt.rn.f16.f32 x, %1; cvt.rn.f16.f32 y, %2; mov.b32 %0, {x, y};}" : "=r"(r) : "f"(a), "f"(b));
#endif
    return r;
}

__device__ __forceinline__ void unpack2(u32 v, float& a, float& b) {
#if HAS_BF16
    a = __uint_as_float(v << 16);
    b = __uint_as_float(v & 0xffff0000u);
#else
    asm("{.reg .b16 x, y; mov.b32 {x, y}, %2; cvt.f32.f16 %0, x; cvt.f32.f16 %1, y;}" : "=f"(a), "=f"(b) : "r"(v));
#endif
}

// hi and lo of a pair of activations.
__device__ __forceinline__ void split2(float a, float b, u32& hi, u32& lo) {
    float ha, hb;
    hi = pack2(a, b);
    unpack2(hi, ha, hb);
    lo = pack2(a - ha, b - hb);
}

// d += A B for 16 rows, 8 columns, 16 of K.
__device__ __forceinline__ void mma16(float* d, const u32* a, u32 b0, u32 b1) {
#if HAS_BF16
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#else
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, {%0,%1,%2,%3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(b0));
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, {%0,%1,%2,%3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[2]), "r"(a[3]), "r"(b1));
#endif
}

__device__ __forceinline__ void copy16(u32 shared, const void* global) {
#if HAS_BF16
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared), "l"(global));
#else
    uint4 v = *(const uint4*) global;
    asm volatile("st.shared.v4.u32 [%0], {%1,%2,%3,%4};" ::"r"(shared), "r"(v.x), "r"(v.y), "r"(v.z), "r"(v.w));
#endif
}

__device__ __forceinline__ void copy_commit() {
#if HAS_BF16
    asm volatile("cp.async.commit_group;");
#endif
}

template <int N> __device__ __forceinline__ void copy_wait() {
#if HAS_BF16
    asm volatile("cp.async.wait_group %0;" ::"n"(N));
#endif
}

// Power of two that brings the largest magnitude of a row to 2^14 at most, with room for sums; 1 where it is 0 or no number.
__device__ __forceinline__ float scale_for(float largest) {
    if (!(largest > 0) || largest > 3e38f) {
        return 1;
    }
    int exponent = (int) (__float_as_uint(largest) >> 23) - 127;
    int shift = 14 - exponent;
    shift = shift > 100 ? 100 : shift;
    return __uint_as_float((u32) (127 + shift) << 23);
}

// One block per row: x becomes hi and lo terms, [rows][k_padded] each, padded with zeros. Rows from m on are zeros.
// scale_inverse[row] is what the row's products must be multiplied by (1 where there is bf16).
extern "C" __global__ void __launch_bounds__(128) split_rows(const float* x, int stride, int m, int k, int k_padded, u32* hi, u32* lo,
        float* scale_inverse) {
    int row = blockIdx.x;
    const float* from = x + (size_t) row * stride;
    float scale = 1;
#if !HAS_BF16
    __shared__ float scratch[4];
    float largest = 0;
    if (row < m) {
        for (int c = threadIdx.x; c < k; c += blockDim.x) {
            largest = fmaxf(largest, fabsf(from[c]));
        }
    }
    scale = scale_for(block_max(largest, scratch));
#endif
    if (threadIdx.x == 0) {
        scale_inverse[row] = 1 / scale;
    }
    for (int c = 2 * threadIdx.x; c < k_padded; c += 2 * blockDim.x) {
        float a = row < m && c < k ? from[c] * scale : 0;
        float b = row < m && c + 1 < k ? from[c + 1] * scale : 0;
        u32 h, l;
        split2(a, b, h, l);
        size_t at = ((size_t) row * k_padded + c) / 2;
        hi[at] = h;
        lo[at] = l;
    }
}

#if !HAS_BF16
// One block per output row of bf16 weights in panels, which become f16 scaled by a power of two.
extern "C" __global__ void __launch_bounds__(128) weights_to_f16(const u32* from, u32* to, int k_pairs, float* scale_inverse) {
    __shared__ float scratch[4];
    int n = blockIdx.x;
    size_t base = (size_t) (n / 32) * k_pairs * 32 + n % 32;
    float largest = 0;
    for (int p = threadIdx.x; p < k_pairs; p += blockDim.x) {
        u32 v = from[base + (size_t) p * 32];
        largest = fmaxf(largest, fmaxf(fabsf(__uint_as_float(v << 16)), fabsf(__uint_as_float(v & 0xffff0000u))));
    }
    float scale = scale_for(block_max(largest, scratch));
    for (int p = threadIdx.x; p < k_pairs; p += blockDim.x) {
        u32 v = from[base + (size_t) p * 32];
        to[base + (size_t) p * 32] = pack2(__uint_as_float(v << 16) * scale, __uint_as_float(v & 0xffff0000u) * scale);
    }
    if (threadIdx.x == 0) {
        scale_inverse[n] = 1 / scale;
    }
}
#endif

// Rows of 16 pairs of K in shared memory, apart so that lanes meet different banks.
#define W_STRIDE 40
#define W_WORDS (16 * W_STRIDE)

// A 16-byte piece of a row of 64 bytes; pieces of neighbouring rows are shuffled so that ldmatrix meets every bank once.
__device__ __forceinline__ int a_word(int row, int piece) {
    return row * 16 + ((piece ^ (row >> 1 & 3)) << 2);
}

// 32 * FACTOR rows, FACTOR panels (32 * FACTOR columns), 32 of K at a time. Grid: panels / FACTOR, row tiles; 128 threads: 2 x 2
// warps. A large tile loads less per product; small ones are more, and leave room for more stages on their way from memory,
// where a few rows would not give every multiprocessor a tile. 32-bit words of one stage: rows of 16 words of hi, the same of
// lo, panels of 16 pairs of K in rows of 40 words.
template <int TERMS, int FACTOR, int STAGES>
__device__ __forceinline__ void linear16_tile(const u32* hi, const u32* lo, const u32* w, int k_padded, int m, int n,
        const float* row_scale, const float* weight_scale, const Epilogue& e) {
    constexpr int TILE_M = 32 * FACTOR;
    constexpr int A_WORDS = TILE_M * 16;
    constexpr int STAGE_WORDS = 2 * A_WORDS + FACTOR * W_WORDS;
    constexpr int TILES = 2 * FACTOR; // of 8 columns, per warp
    extern __shared__ __align__(16) u32 shared[];
    int warp = threadIdx.x / WARP;
    int lane = threadIdx.x % WARP;
    int g = lane / 4;
    int t = lane % 4;
    int warp_row = warp / 2 * 16 * FACTOR;
    int warp_panel = FACTOR == 2 ? warp % 2 : 0;
    int first_tile = FACTOR == 2 ? 0 : warp % 2 * 2;
    int row0 = blockIdx.y * TILE_M;
    int panels = (n + 31) / 32;
    int panel0 = blockIdx.x * FACTOR;
    int k_words = k_padded / 2;
    int steps = k_padded / 32;
    u32 base = (u32) __cvta_generic_to_shared(shared);

    auto fetch = [&](int step) {
        if (step < steps) {
            u32 stage = base + (u32) (step % STAGES) * STAGE_WORDS * 4;
            // Rows of 4 pieces, for each term.
            for (int i = threadIdx.x; i < TILE_M * 4; i += 128) {
                int row = i / 4;
                int piece = i % 4;
                size_t from = (size_t) (row0 + row) * k_words + step * 16 + piece * 4;
                copy16(stage + a_word(row, piece) * 4, hi + from);
                if (TERMS == 2) {
                    copy16(stage + (A_WORDS + a_word(row, piece)) * 4, lo + from);
                }
            }
            // Panels of 16 rows of 8 pieces. The second of the last pair may not be there: then the first again.
            for (int i = threadIdx.x; i < FACTOR * 16 * 8; i += 128) {
                int panel = i / 128;
                int pair = i / 8 % 16;
                int piece = i % 8;
                int from_panel = panel0 + panel < panels ? panel0 + panel : panel0;
                copy16(stage + (2 * A_WORDS + panel * W_WORDS + pair * W_STRIDE + piece * 4) * 4,
                        w + ((size_t) from_panel * k_words + step * 16 + pair) * 32 + piece * 4);
            }
        }
        copy_commit();
    };

    float total[FACTOR][TILES][4];
    float part[FACTOR][TILES][4];
#pragma unroll
    for (int i = 0; i < FACTOR; i++) {
#pragma unroll
        for (int j = 0; j < TILES; j++) {
#pragma unroll
            for (int c = 0; c < 4; c++) {
                total[i][j][c] = 0;
                part[i][j][c] = 0;
            }
        }
    }
    for (int s = 0; s < STAGES - 1; s++) {
        fetch(s);
    }
    for (int step = 0; step < steps; step++) {
        copy_wait<STAGES - 2>();
        __syncthreads();
        fetch(step + STAGES - 1);
        const u32* stage = shared + (step % STAGES) * STAGE_WORDS;
        u32 stage_address = base + (u32) (step % STAGES) * STAGE_WORDS * 4;
        const u32* panel = stage + 2 * A_WORDS + warp_panel * W_WORDS;
#pragma unroll
        for (int half = 0; half < 2; half++) {
            u32 b[2][TILES];
#pragma unroll
            for (int part_of_step = 0; part_of_step < 2; part_of_step++) {
                const u32* from = panel + (half * 8 + t + 4 * part_of_step) * W_STRIDE + 4 * g + first_tile;
                if constexpr (FACTOR == 2) {
                    uint4 v = *(const uint4*) from;
                    b[part_of_step][0] = v.x;
                    b[part_of_step][1] = v.y;
                    b[part_of_step][2] = v.z;
                    b[part_of_step][3] = v.w;
                } else {
                    uint2 v = *(const uint2*) from;
                    b[part_of_step][0] = v.x;
                    b[part_of_step][1] = v.y;
                }
            }
#pragma unroll
            for (int term = 0; term < TERMS; term++) {
#pragma unroll
                for (int i = 0; i < FACTOR; i++) {
                    u32 a[4];
                    int row = warp_row + i * 16 + lane % 16;
                    u32 address = stage_address + (term * A_WORDS + a_word(row, half * 2 + lane / 16)) * 4;
                    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                                 : "=r"(a[0]), "=r"(a[1]), "=r"(a[2]), "=r"(a[3]) : "r"(address));
#pragma unroll
                    for (int j = 0; j < TILES; j++) {
                        mma16(part[i][j], a, b[0][j], b[1][j]);
                    }
                }
            }
        }
        if (step % (K_CHUNK / 32) == K_CHUNK / 32 - 1 || step == steps - 1) {
#pragma unroll
            for (int i = 0; i < FACTOR; i++) {
#pragma unroll
                for (int j = 0; j < TILES; j++) {
#pragma unroll
                    for (int c = 0; c < 4; c++) {
                        total[i][j][c] += part[i][j][c];
                        part[i][j][c] = 0;
                    }
                }
            }
        }
    }
    if (panel0 + warp_panel >= panels) {
        return;
    }
#pragma unroll
    for (int i = 0; i < FACTOR; i++) {
#pragma unroll
        for (int c = 0; c < 4; c++) {
            int row = row0 + warp_row + i * 16 + g + c / 2 * 8;
#pragma unroll
            for (int j = 0; j < TILES; j++) {
                int col = (panel0 + warp_panel) * 32 + 4 * (2 * t + c % 2) + first_tile + j;
                if (row < m && col < n) {
                    float value = total[i][j][c];
#if !HAS_BF16
                    value = value * row_scale[row] * weight_scale[col];
#endif
                    finish(e, row, col, value);
                }
            }
        }
    }
}

#define TILED(NAME, TERMS, FACTOR, STAGES)                                                                                              \
    extern "C" __global__ void __launch_bounds__(128) NAME(const u32* hi, const u32* lo, const u32* w, int k_padded, int m, int n,        \
            const float* row_scale, const float* weight_scale, const float* bias, int relu, const float* residual, int residual_stride,  \
            float* out, int out_stride) {                                                                                                \
        linear16_tile<TERMS, FACTOR, STAGES>(hi, lo, w, k_padded, m, n, row_scale, weight_scale,                                         \
                Epilogue{bias, residual, residual_stride, relu, out, out_stride});                                                       \
    }
// Both fill the same 39 KiB of shared memory.
TILED(linear16_full, 2, 2, 3)
TILED(linear16_fast, 1, 2, 3)
TILED(linear16_small_full, 2, 1, 6)
TILED(linear16_small_fast, 1, 1, 6)

#define SKINNY_WARPS 12
// Steps of K of a chunk: the weights of all of them are on their way from memory at once.
#define CHUNK_STEPS (K_CHUNK / K_STEP)

// Up to 16 rows: half a panel per block, one chunk of K per warp; bound by the memory that the weights come from. A lane loads
// two words of a row of the panel and so has B of two 8-column tiles, whose columns are dealt out as n = 2 * g + j.
// Activations are split on the way in. Grid: half panels; 32 threads per chunk of K, at most 12 warps.
// What enters a product: values of x as they are.
struct Plain {
    const float* x;
    int stride;
    __device__ __forceinline__ void begin(int m, int k) { }
    __device__ __forceinline__ float at(int row, int col) const { return x[(size_t) row * stride + col]; }
};

// Values of x after an RMS norm, in the order of sums of rms_norm: 128 strided sums, warp by warp.
struct Normed {
    const float* x;
    int stride;
    const float* weight;
    float eps;
    float* partial;  // [16][4]
    float inverse[2];
    __device__ __forceinline__ void begin(int m, int k) {
        int warps = blockDim.x / WARP;
        int lane = threadIdx.x % WARP;
        for (int i = threadIdx.x / WARP; i < 4 * m; i += warps) {
            const float* from = x + (size_t) (i / 4) * stride;
            float sum = 0;
            for (int c = i % 4 * WARP + lane; c < k; c += 128) {
                sum += from[c] * from[c];
            }
            sum = warp_sum(sum);
            if (lane == 0) {
                partial[i] = sum;
            }
        }
        __syncthreads();
        for (int r = 0; r < 2; r++) {
            int row = lane / 4 + 8 * r;
            float sum = 0;
            if (row < m) {
                for (int i = 0; i < 4; i++) {
                    sum += partial[row * 4 + i];
                }
            }
            inverse[r] = 1 / sqrtf(sum / k + eps);
        }
    }
    __device__ __forceinline__ float at(int row, int col) const {
        // Rounded twice, as rms_norm stores it.
        return __fmul_rn(__fmul_rn(x[(size_t) row * stride + col], row < 8 ? inverse[0] : inverse[1]), weight[col]);
    }
};

// silu(gate) * up of rows that hold gates, then ups.
struct Gated {
    const float* x;
    int stride;
    int k;
    __device__ __forceinline__ void begin(int m, int k) { }
    __device__ __forceinline__ float at(int row, int col) const {
        const float* from = x + (size_t) row * stride + col;
        return silu_times(from[0], from[k]);
    }
};

template <int TERMS, class Source>
__device__ __forceinline__ void linear16_skinny(Source x, const u32* w, int k, int k_padded, int m, int n,
        const float* row_scale, const float* weight_scale, const Epilogue& e) {
    __shared__ float parts[SKINNY_WARPS][16][16];
    int warps = blockDim.x / WARP;
    int warp = threadIdx.x / WARP;
    int lane = threadIdx.x % WARP;
    int g = lane / 4;
    int t = lane % 4;
    int chunks = (k_padded + K_CHUNK - 1) / K_CHUNK;
    const u32* panel = w + (size_t) (blockIdx.x / 2) * (k_padded / 2) * 32 + blockIdx.x % 2 * 16 + 2 * g;
    float scales[2] = {1, 1};
#if !HAS_BF16
    for (int i = 0; i < 2; i++) {
        scales[i] = g + 8 * i < m ? 1 / row_scale[g + 8 * i] : 1;
    }
#endif
    // Each thread owns the totals of elements threadIdx.x, threadIdx.x + blockDim.x, ... of the 16 x 16 tile.
    float total[8];
#pragma unroll
    for (int i = 0; i < 8; i++) {
        total[i] = 0;
    }
#pragma unroll 1
    for (int round = 0; round < chunks; round += warps) {
        int chunk = round + warp;
        // The weights are asked for before a norm is computed, so that it costs no time of the memory's.
        uint2 weights[CHUNK_STEPS][2];
#pragma unroll
        for (int s = 0; s < CHUNK_STEPS; s++) {
            if (chunk * K_CHUNK + s * K_STEP < k_padded) {
                const u32* from = panel + (size_t) (chunk * (K_CHUNK / 2) + s * 8 + t) * 32;
                weights[s][0] = __ldg((const uint2*) from);
                weights[s][1] = __ldg((const uint2*) (from + 4 * 32));
            }
        }
        if (round == 0) {
            x.begin(m, k);
        }
        if (chunk < chunks) {
            int k0 = chunk * K_CHUNK;
            int steps = min(K_CHUNK, k_padded - k0) / K_STEP;
            float part[2][4];
#pragma unroll
            for (int j = 0; j < 2; j++) {
#pragma unroll
                for (int c = 0; c < 4; c++) {
                    part[j][c] = 0;
                }
            }
#pragma unroll
            for (int s = 0; s < CHUNK_STEPS; s++) {
                if (s < steps) {
                    u32 hi[4];
                    u32 lo[4];
#pragma unroll
                    for (int f = 0; f < 4; f++) {
                        int row = g + f % 2 * 8;
                        int col = k0 + s * K_STEP + 2 * t + f / 2 * 8;
                        float a = row < m && col < k ? x.at(row, col) * scales[f % 2] : 0;
                        float b = row < m && col + 1 < k ? x.at(row, col + 1) * scales[f % 2] : 0;
                        split2(a, b, hi[f], lo[f]);
                    }
                    u32 w0[2] = {weights[s][0].x, weights[s][0].y};
                    u32 w1[2] = {weights[s][1].x, weights[s][1].y};
#pragma unroll
                    for (int j = 0; j < 2; j++) {
                        mma16(part[j], hi, w0[j], w1[j]);
                    }
                    if (TERMS == 2) {
#pragma unroll
                        for (int j = 0; j < 2; j++) {
                            mma16(part[j], lo, w0[j], w1[j]);
                        }
                    }
                }
            }
#pragma unroll
            for (int j = 0; j < 2; j++) {
#pragma unroll
                for (int c = 0; c < 4; c++) {
                    parts[warp][g + c / 2 * 8][2 * (2 * t + c % 2) + j] = part[j][c];
                }
            }
        }
        __syncthreads();
        int done = min(warps, chunks - round);
#pragma unroll
        for (int i = 0; i < 8; i++) {
            int element = threadIdx.x + i * blockDim.x;
            if (element < 256) {
#pragma unroll 1
                for (int p = 0; p < done; p++) {
                    total[i] += parts[p][element / 16][element % 16];
                }
            }
        }
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < 8; i++) {
        int element = threadIdx.x + i * blockDim.x;
        int row = element / 16;
        int col = blockIdx.x * 16 + element % 16;
        if (element < 256 && row < m && col < n) {
            float value = total[i];
#if !HAS_BF16
            value = value * row_scale[row] * weight_scale[col];
#endif
            finish(e, row, col, value);
        }
    }
}

extern "C" __global__ void __launch_bounds__(384) linear16_skinny_full(const float* x, int stride, const u32* w, int k, int k_padded, int m,
        int n, const float* row_scale, const float* weight_scale, const float* bias, int relu, const float* residual,
        int residual_stride, float* out, int out_stride) {
    linear16_skinny<2>(Plain{x, stride}, w, k, k_padded, m, n, row_scale, weight_scale,
            Epilogue{bias, residual, residual_stride, relu, out, out_stride});
}

extern "C" __global__ void __launch_bounds__(384) linear16_skinny_fast(const float* x, int stride, const u32* w, int k, int k_padded, int m,
        int n, const float* row_scale, const float* weight_scale, const float* bias, int relu, const float* residual,
        int residual_stride, float* out, int out_stride) {
    linear16_skinny<1>(Plain{x, stride}, w, k, k_padded, m, n, row_scale, weight_scale,
            Epilogue{bias, residual, residual_stride, relu, out, out_stride});
}

#if HAS_BF16
// A norm, or SwiGLU, and the product of what comes of it, in one kernel. Where activations are scaled by row (no bf16) they stay apart.
#define FUSED(NAME, TERMS)                                                                                                              \
    extern "C" __global__ void __launch_bounds__(384) rms_norm_linear16_##NAME(const float* x, int stride, const float* weight,          \
            float eps, const u32* w, int k, int k_padded, int m, int n, float* out, int out_stride) {                                    \
        __shared__ float partial[16 * 4];                                                                                                \
        linear16_skinny<TERMS>(Normed{x, stride, weight, eps, partial, {0, 0}}, w, k, k_padded, m, n, 0, 0,                              \
                Epilogue{0, 0, 0, 0, out, out_stride});                                                                                  \
    }                                                                                                                                    \
    extern "C" __global__ void __launch_bounds__(384) swiglu_linear16_##NAME(const float* gate_up, int stride, const u32* w, int k,      \
            int k_padded, int m, int n, const float* residual, int residual_stride, float* out, int out_stride) {                        \
        linear16_skinny<TERMS>(Gated{gate_up, stride, k}, w, k, k_padded, m, n, 0, 0,                                                    \
                Epilogue{0, residual, residual_stride, 0, out, out_stride});                                                             \
    }
FUSED(full, 2)
FUSED(fast, 1)
#endif

// One block per row: what split_rows would write to scale_inverse, for the skinny kernel.
extern "C" __global__ void __launch_bounds__(128) row_scales(const float* x, int stride, int k, float* scale_inverse) {
    __shared__ float scratch[4];
    const float* from = x + (size_t) blockIdx.x * stride;
    float largest = 0;
    for (int c = threadIdx.x; c < k; c += blockDim.x) {
        largest = fmaxf(largest, fabsf(from[c]));
    }
    float scale = scale_for(block_max(largest, scratch));
    if (threadIdx.x == 0) {
        scale_inverse[blockIdx.x] = 1 / scale;
    }
}
