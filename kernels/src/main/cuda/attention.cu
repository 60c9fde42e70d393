// Attention in f32, by blocks of 32 keys. A block works on up to 8 queries that read the same keys; warp w takes key
// blocks w, w + 8, ... counted from position 0, and the eight partial results are merged in order. So a query's sums have
// one order, whatever is computed beside it.
#include "common.cuh"

#define QUERIES 8
#define KEYS 32
#define WARPS 8
#define MAX_D 128

// Where queries come from and which keys they see.
struct Tile {
    int row;         // first row of q and out
    int rows;        // rows of the tile
    int keys;        // full: first key row; causal: where the sequence's block table begins
    int visible;     // full: keys of the span; causal: keys that the tile's first row sees
};

struct FullKeys {
    const float* k;
    const float* v;
    int k_stride;
    int v_stride;
    int first;
    __device__ __forceinline__ const float* key(int position) const { return k + (size_t) (first + position) * k_stride; }
    __device__ __forceinline__ const float* value(int position) const { return v + (size_t) (first + position) * v_stride; }
};

// Blocks of 16 positions: [block][head][keys, values][16][d].
struct PagedKeys {
    const float* pool;
    const int* table;
    int kv_heads;
    int head;
    int d;
    __device__ __forceinline__ const float* at(int position, int which) const {
        size_t block = table[position / 16];
        return pool + (((block * kv_heads + head) * 2 + which) * 16 + position % 16) * d;
    }
    __device__ __forceinline__ const float* key(int position) const { return at(position, 0); }
    __device__ __forceinline__ const float* value(int position) const { return at(position, 1); }
};

// Query i is row i / per_row of the tile and head i % per_row of the group; it sees visible + (causal ? its row : 0) keys.
template <class Source, bool CAUSAL>
__device__ __forceinline__ void attend(const float* q, int q_stride, float* out, int out_stride, const Tile& tile, const Source& source,
        int first_head, int per_row, int d, float scale) {
    __shared__ float queries[MAX_D][QUERIES];
    __shared__ float staged[WARPS][KEYS][KEYS + 1];
    __shared__ float weights[WARPS][KEYS][QUERIES];
    __shared__ float maxima[WARPS][QUERIES];
    __shared__ float sums[WARPS][QUERIES];
    int warp = threadIdx.x / WARP;
    int lane = threadIdx.x % WARP;
    int count = tile.rows * per_row;
    for (int i = threadIdx.x; i < d * QUERIES; i += blockDim.x) {
        int query = i % QUERIES;
        int c = i / QUERIES;
        queries[c][query] = query < count
                ? q[(size_t) (tile.row + query / per_row) * q_stride + (first_head + query % per_row) * d + c] : 0;
    }
    __syncthreads();
    float max[QUERIES];
    float sum[QUERIES];
    float result[QUERIES][4];
#pragma unroll
    for (int i = 0; i < QUERIES; i++) {
        max[i] = __uint_as_float(0xff800000u);
        sum[i] = 0;
#pragma unroll
        for (int c = 0; c < 4; c++) {
            result[i][c] = 0;
        }
    }
    int all = tile.visible + (CAUSAL ? tile.rows - 1 : 0);
    for (int key0 = warp * KEYS; key0 < all; key0 += WARPS * KEYS) {
        int keys = min(KEYS, all - key0);
        float scores[QUERIES];
#pragma unroll
        for (int i = 0; i < QUERIES; i++) {
            scores[i] = 0;
        }
        for (int c0 = 0; c0 < d; c0 += 32) {
            __syncwarp();
            for (int j = 0; j < keys; j++) {
                staged[warp][j][lane] = c0 + lane < d ? source.key(key0 + j)[c0 + lane] : 0;
            }
            __syncwarp();
            int columns = min(32, d - c0);
            if (lane < keys) {
                for (int c = 0; c < columns; c++) {
                    float v = staged[warp][lane][c];
#pragma unroll
                    for (int i = 0; i < QUERIES; i++) {
                        scores[i] = __fmaf_rn(queries[c0 + c][i], v, scores[i]);
                    }
                }
            }
        }
#pragma unroll
        for (int i = 0; i < QUERIES; i++) {
            int visible = tile.visible + (CAUSAL ? i / per_row : 0);
            float s = key0 + lane < visible ? scores[i] * scale : __uint_as_float(0xff800000u);
            float block_max = warp_max(s);
            float new_max = max[i] >= block_max || max[i] != max[i] ? max[i] : block_max;
            // Before the first visible key the maximum is -infinity, and -infinity - -infinity is no number.
            float shrink = max[i] == new_max ? 1 : expf(max[i] - new_max);
            float p = s == __uint_as_float(0xff800000u) ? 0 : expf(s - new_max);
            sum[i] = sum[i] * shrink + warp_sum(p);
            max[i] = new_max;
#pragma unroll
            for (int c = 0; c < 4; c++) {
                result[i][c] *= shrink;
            }
            weights[warp][lane][i] = p;
        }
        __syncwarp();
        for (int j = 0; j < keys; j++) {
            const float* value = source.value(key0 + j);
            float v[4];
#pragma unroll
            for (int c = 0; c < 4; c++) {
                v[c] = lane + 32 * c < d ? value[lane + 32 * c] : 0;
            }
#pragma unroll
            for (int i = 0; i < QUERIES; i++) {
                float p = weights[warp][j][i];
#pragma unroll
                for (int c = 0; c < 4; c++) {
                    result[i][c] = __fmaf_rn(p, v[c], result[i][c]);
                }
            }
        }
        __syncwarp();
    }
    // The staging area is free now: it takes the partial results, [warp][query][128].
    __syncthreads();
    float* partial = &staged[0][0][0];
#pragma unroll
    for (int i = 0; i < QUERIES; i++) {
        if (lane == 0) {
            maxima[warp][i] = max[i];
            sums[warp][i] = sum[i];
        }
#pragma unroll
        for (int c = 0; c < 4; c++) {
            partial[(warp * QUERIES + i) * MAX_D + lane + 32 * c] = result[i][c];
        }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < count * d; i += blockDim.x) {
        int query = i / d;
        int c = i % d;
        float largest = maxima[0][query];
        for (int p = 1; p < WARPS; p++) {
            float other = maxima[p][query];
            largest = largest >= other || largest != largest ? largest : other;
        }
        float total = 0;
        float value = 0;
        for (int p = 0; p < WARPS; p++) {
            float share = maxima[p][query] == largest ? 1 : expf(maxima[p][query] - largest);
            total += share * sums[p][query];
            value += share * partial[(p * QUERIES + query) * MAX_D + c];
        }
        out[(size_t) (tile.row + query / per_row) * out_stride + (first_head + query % per_row) * d + c] = value / total;
    }
}

// Grid: tiles of up to 8 rows, heads.
extern "C" __global__ void __launch_bounds__(256) attention_full(const float* q, int q_stride, const float* k, int k_stride, const float* v,
        int v_stride, float* out, int out_stride, const int4* tiles, int d, float scale) {
    int4 t = tiles[blockIdx.x];
    if (t.y == 0) {
        return; // a recorded pass has more tiles than some arrangements of its rows need
    }
    Tile tile{t.x, t.y, t.z, t.w};
    FullKeys source{k + blockIdx.y * d, v + blockIdx.y * d, k_stride, v_stride, tile.keys};
    attend<FullKeys, false>(q, q_stride, out, out_stride, tile, source, blockIdx.y, 1, d, scale);
}

// Grid: tiles of up to 8 / per_row rows, groups of per_row heads that share a key/value head.
extern "C" __global__ void __launch_bounds__(256) attention_causal(const float* q, int q_stride, const float* pool, const int* tables,
        float* out, int out_stride, const int4* tiles, int heads, int kv_heads, int per_row, int d, float scale) {
    int4 t = tiles[blockIdx.x];
    if (t.y == 0) {
        return; // a recorded pass has more tiles than some arrangements of its rows need
    }
    Tile tile{t.x, t.y, t.z, t.w};
    int first_head = blockIdx.y * per_row;
    PagedKeys source{pool, tables + tile.keys, kv_heads, first_head / (heads / kv_heads), d};
    attend<PagedKeys, true>(q, q_stride, out, out_stride, tile, source, first_head, per_row, d, scale);
}
