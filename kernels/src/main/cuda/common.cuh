// What all kernels share. No header of the CUDA runtime is needed: only what the compiler itself knows.
#pragma once

typedef unsigned int u32;
typedef unsigned long long u64;

#define WARP 32
#define FULL_MASK 0xffffffffu

// bf16 products and asynchronous copies begin with sm_80.
#if __CUDA_ARCH__ >= 800
#define HAS_BF16 1
#else
#define HAS_BF16 0
#endif

// Sum over a warp in one fixed order; every lane gets it.
__device__ __forceinline__ float warp_sum(float v) {
    for (int i = 16; i > 0; i >>= 1) {
        v += __shfl_xor_sync(FULL_MASK, v, i);
    }
    return v;
}

// Largest value of a warp; NaN when a lane has NaN.
__device__ __forceinline__ float warp_max(float v) {
    for (int i = 16; i > 0; i >>= 1) {
        float other = __shfl_xor_sync(FULL_MASK, v, i);
        v = v >= other || v != v ? v : other;
    }
    return v;
}

// Sum over a block of up to 32 warps; scratch holds one value per warp. Every thread gets it.
__device__ __forceinline__ float block_sum(float v, float* scratch) {
    int warps = blockDim.x / WARP;
    v = warp_sum(v);
    __syncthreads();
    if (threadIdx.x % WARP == 0) {
        scratch[threadIdx.x / WARP] = v;
    }
    __syncthreads();
    float sum = 0;
    for (int w = 0; w < warps; w++) {
        sum += scratch[w];
    }
    return sum;
}

// Largest value of a block; NaN when a thread has NaN.
__device__ __forceinline__ float block_max(float v, float* scratch) {
    int warps = blockDim.x / WARP;
    v = warp_max(v);
    __syncthreads();
    if (threadIdx.x % WARP == 0) {
        scratch[threadIdx.x / WARP] = v;
    }
    __syncthreads();
    float largest = scratch[0];
    for (int w = 1; w < warps; w++) {
        float other = scratch[w];
        largest = largest >= other || largest != largest ? largest : other;
    }
    return largest;
}

__device__ __forceinline__ float silu_times(float gate, float up) {
    return __fmul_rn(gate / (1 + expf(-gate)), up); // rounded: nothing after it may take the product along
}

// What follows a product: scale is 1 but for f16 weights. Bias and residual are absent where their address is 0.
struct Epilogue {
    const float* bias;
    const float* residual;
    int residual_stride;
    int relu;
    float* out;
    int out_stride;
};

__device__ __forceinline__ void finish(const Epilogue& e, int row, int col, float value) {
    if (e.bias) {
        value += e.bias[col];
    }
    if (e.relu) {
        // fmaxf would turn NaN into 0.
        value = value > 0 || value != value ? value : 0;
    }
    if (e.residual) {
        value += e.residual[(size_t) row * e.residual_stride + col];
    }
    e.out[(size_t) row * e.out_stride + col] = value;
}
