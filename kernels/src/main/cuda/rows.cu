// Operations that treat each row, or each span, alone.
#include "common.cuh"

// One block per row.
extern "C" __global__ void __launch_bounds__(128) layer_norm(const float* x, int stride, int n, const float* weight, const float* bias,
        float eps, float* out, int out_stride) {
    __shared__ float scratch[4];
    const float* from = x + (size_t) blockIdx.x * stride;
    float* to = out + (size_t) blockIdx.x * out_stride;
    float sum = 0;
    for (int c = threadIdx.x; c < n; c += blockDim.x) {
        sum += from[c];
    }
    float mean = block_sum(sum, scratch) / n;
    // What rounding took from the mean matters where values lie far from 0.
    sum = 0;
    for (int c = threadIdx.x; c < n; c += blockDim.x) {
        sum += from[c] - mean;
    }
    float rest = block_sum(sum, scratch) / n;
    sum = 0;
    for (int c = threadIdx.x; c < n; c += blockDim.x) {
        float centred = from[c] - mean - rest;
        sum += centred * centred;
    }
    float inverse = 1 / sqrtf(block_sum(sum, scratch) / n + eps);
    for (int c = threadIdx.x; c < n; c += blockDim.x) {
        to[c] = (from[c] - mean - rest) * inverse * weight[c] + bias[c];
    }
}

// One block per row.
extern "C" __global__ void __launch_bounds__(128) rms_norm(const float* x, int stride, int n, const float* weight, float eps, float* out,
        int out_stride) {
    __shared__ float scratch[4];
    const float* from = x + (size_t) blockIdx.x * stride;
    float* to = out + (size_t) blockIdx.x * out_stride;
    float sum = 0;
    for (int c = threadIdx.x; c < n; c += blockDim.x) {
        sum += from[c] * from[c];
    }
    float inverse = 1 / sqrtf(block_sum(sum, scratch) / n + eps);
    for (int c = threadIdx.x; c < n; c += blockDim.x) {
        to[c] = from[c] * inverse * weight[c];
    }
}

// spans holds, for every row, where its span begins and ends. Grid: rows, groups of 128 columns.
extern "C" __global__ void __launch_bounds__(128) fsmn(const float* v, int stride, const float* w, int w_stride, int kernel, int left, int n,
        const int2* spans, const float* residual, int residual_stride, float* out, int out_stride) {
    int row = blockIdx.x;
    int c = blockIdx.y * 128 + threadIdx.x;
    if (c >= n) {
        return;
    }
    int2 span = spans[row];
    float sum = v[(size_t) row * stride + c];
    for (int j = 0; j < kernel; j++) {
        int from = row + j - left;
        if (from >= span.x && from < span.y) {
            sum = __fmaf_rn(w[(size_t) c * w_stride + j], v[(size_t) from * stride + c], sum);
        }
    }
    if (residual) {
        sum += residual[(size_t) row * residual_stride + c];
    }
    out[(size_t) row * out_stride + c] = sum;
}

// One warp per row and head, 4 of them per block: norm, rotation; keys and values go to the cache's blocks of 16 positions,
// [block][head][keys, values][16][d]. places holds, for every row, its position and where its block table begins.
// Grid: rows, groups of 4 of heads + 2 * kv_heads.
extern "C" __global__ void __launch_bounds__(128) qk_norm_rope_append(float* qkv, int stride, const float* q_norm, const float* k_norm,
        float eps, const float* cosines, int cos_stride, const float* sines, int sin_stride, const int2* places, const int* tables,
        float* pool, int heads, int kv_heads, int d) {
    int head = blockIdx.y * 4 + threadIdx.x / WARP;
    int lane = threadIdx.x % WARP;
    if (head >= heads + 2 * kv_heads) {
        return;
    }
    int row = blockIdx.x;
    int2 place = places[row];
    float* x = qkv + (size_t) row * stride + (size_t) head * d;
    float* to = x;
    if (head >= heads) {
        int kv = head - heads;
        size_t block = tables[place.y + place.x / 16];
        to = pool + (((block * kv_heads + kv % kv_heads) * 2 + kv / kv_heads) * 16 + place.x % 16) * d;
    }
    if (head >= heads + kv_heads) {
        for (int c = lane; c < d; c += WARP) {
            to[c] = x[c];
        }
        return;
    }
    float sum = 0;
    for (int c = lane; c < d; c += WARP) {
        sum += x[c] * x[c];
    }
    float inverse = 1 / sqrtf(warp_sum(sum) / d + eps);
    const float* norm = head < heads ? q_norm : k_norm;
    int half = d / 2;
    for (int i = lane; i < half; i += WARP) {
        float a = x[i] * inverse * norm[i];
        float b = x[half + i] * inverse * norm[half + i];
        float cosine = cosines[(size_t) place.x * cos_stride + i];
        float sine = sines[(size_t) place.x * sin_stride + i];
        to[i] = a * cosine - b * sine;
        to[half + i] = b * cosine + a * sine;
    }
}

// Grid: rows, groups of 128 columns.
extern "C" __global__ void __launch_bounds__(128) swiglu(const float* gate_up, int stride, int n, float* out, int out_stride) {
    int c = blockIdx.y * 128 + threadIdx.x;
    if (c < n) {
        float gate = gate_up[(size_t) blockIdx.x * stride + c];
        float up = gate_up[(size_t) blockIdx.x * stride + n + c];
        out[(size_t) blockIdx.x * out_stride + c] = silu_times(gate, up);
    }
}

// Rows of a table in panels; kind 0: f32, 1: bf16, 2: int8 with scales. Grid: ids, groups of 128 columns.
extern "C" __global__ void __launch_bounds__(128) embed(const void* table, const float* scales, int kind, int k, int k_padded, const int* ids,
        float* out, int out_stride) {
    int c = blockIdx.y * 128 + threadIdx.x;
    if (c >= k) {
        return;
    }
    int id = ids[blockIdx.x];
    size_t panel = (size_t) (id / 32) * k_padded * 32;
    int r = id % 32;
    float value;
    if (kind == 0) {
        value = ((const float*) table)[panel + (size_t) c * 32 + r];
    } else if (kind == 1) {
        u32 bits = ((const unsigned short*) table)[panel + ((size_t) (c / 2) * 32 + r) * 2 + c % 2];
        value = __uint_as_float(bits << 16);
    } else {
        value = ((const signed char*) table)[panel + ((size_t) (c / 4) * 32 + r) * 4 + c % 4] * scales[id];
    }
    out[(size_t) blockIdx.x * out_stride + c] = value;
}

// One block per row.
extern "C" __global__ void __launch_bounds__(128) log_softmax(const float* x, int stride, int n, float* out, int out_stride) {
    __shared__ float scratch[4];
    const float* from = x + (size_t) blockIdx.x * stride;
    float* to = out + (size_t) blockIdx.x * out_stride;
    float max = __uint_as_float(0xff800000u);
    for (int c = threadIdx.x; c < n; c += blockDim.x) {
        max = from[c] != from[c] || from[c] > max ? from[c] : max;
    }
    max = block_max(max, scratch);
    float sum = 0;
    for (int c = threadIdx.x; c < n; c += blockDim.x) {
        sum += expf(from[c] - max);
    }
    float log_sum = logf(block_sum(sum, scratch));
    for (int c = threadIdx.x; c < n; c += blockDim.x) {
        to[c] = from[c] - max - log_sum;
    }
}

#define SEGMENT 4096

// Largest logit, lowest id on ties, and sum of exponentials of a segment of 4096 classes; a NaN gives id -1.
// Grid: rows, segments; 256 threads. parts: [row][segment] of {id, maximum, sum}.
extern "C" __global__ void __launch_bounds__(256) argmax_parts(const float* logits, int stride, int n, int* ids, float* maxima, float* sums) {
    __shared__ float scratch[8];
    __shared__ int best[8];
    const float* from = logits + (size_t) blockIdx.x * stride;
    int first = blockIdx.y * SEGMENT;
    int end = min(n, first + SEGMENT);
    float max = __uint_as_float(0xff800000u);
    for (int c = first + threadIdx.x; c < end; c += blockDim.x) {
        max = from[c] != from[c] || from[c] > max ? from[c] : max;
    }
    max = block_max(max, scratch);
    int id = 0x7fffffff;
    float sum = 0;
    for (int c = first + threadIdx.x; c < end; c += blockDim.x) {
        float logit = from[c];
        if (logit == max) {
            id = min(id, c);
            sum += 1;
        } else {
            sum += expf(logit - max);
        }
    }
    sum = block_sum(sum, scratch);
    for (int i = 16; i > 0; i >>= 1) {
        id = min(id, __shfl_xor_sync(FULL_MASK, id, i));
    }
    if (threadIdx.x % WARP == 0) {
        best[threadIdx.x / WARP] = id;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int w = 1; w < 8; w++) {
            id = min(id, best[w]);
        }
        int at = blockIdx.x * gridDim.y + blockIdx.y;
        ids[at] = max == max ? id : -1;
        maxima[at] = max;
        sums[at] = sum;
    }
}

// Copies rows: row i of out is row from[i] of x. Grid: rows, groups of 128 columns.
extern "C" __global__ void __launch_bounds__(128) gather_rows(const float* x, int stride, int n, const int* from, float* out, int out_stride) {
    int c = blockIdx.y * 128 + threadIdx.x;
    if (c < n) {
        out[(size_t) blockIdx.x * out_stride + c] = x[(size_t) from[blockIdx.x] * stride + c];
    }
}
