// A stand-in for NVIDIA's libcuda.so.1, for trying the way through JCuda's native binding where there is no GPU. It has the
// functions that the engine calls and no others. Device memory is memory of the process, work is done at once, or noted while
// its stream is captured; of the kernels it computes gather_rows and rms_norm, and the others do nothing. A call without a
// context, with a handle that is not there, or that captures do not allow fails as it does with the real driver.
// STANDIN_ARCHITECTURE: compute capability, 90 unless set. STANDIN_FAIL=name:code:n: the n-th call of that name, from 1, fails.
#define _GNU_SOURCE
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t u64;
enum { INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_CONTEXT = 201, INVALID_HANDLE = 400, NOT_FOUND = 500, CAPTURE_UNSUPPORTED = 900 };
enum { DEVICE = 1, MANAGED, PINNED, STREAM, EVENT, MODULE, FUNCTION, GRAPH, EXECUTABLE, KINDS };

typedef struct Thing { int kind; void* at; size_t bytes; struct Thing* next; } Thing;
typedef struct { char name[64]; int count; int sizes[32]; } Function;
typedef struct { Function* function; unsigned x, y; char* arguments; void* to; const void* from; size_t bytes; int what; } Work;
typedef struct { int count; Work* work; } Graph;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Thing* things;
static int retained;
static int context; // its address is the context
static __thread void* current;
static __thread int capturing;
static void* captured_stream;
static Graph* capture;

static int fails(const char* name) {
    static int seen;
    const char* plan = getenv("STANDIN_FAIL");
    size_t length = strlen(name);
    int code = 0, n = 1;
    if (!plan || strncmp(plan, name, length) || plan[length] != ':' || sscanf(plan + length + 1, "%d:%d", &code, &n) < 1) return 0;
    return __sync_add_and_fetch(&seen, 1) >= n ? code : 0;
}

#define BEGIN(name) int failure = fails(name); if (failure) return failure; if (!current || !retained) return INVALID_CONTEXT
#define NOT_CAPTURED if (capturing) return CAPTURE_UNSUPPORTED

static void* keep(int kind, void* at, size_t bytes) {
    Thing* thing = malloc(sizeof(Thing));
    *thing = (Thing){kind, at, bytes, 0};
    pthread_mutex_lock(&lock);
    thing->next = things;
    things = thing;
    pthread_mutex_unlock(&lock);
    return at;
}

// Where an address lies, of any of the kinds in the mask, with room for so many bytes.
static Thing* find(const void* at, size_t bytes, int kinds) {
    Thing* found = 0;
    pthread_mutex_lock(&lock);
    for (Thing* t = things; t && !found; t = t->next) {
        int inside = (char*) at >= (char*) t->at && (char*) at + bytes <= (char*) t->at + t->bytes;
        if ((kinds >> t->kind & 1) && (at == t->at || inside) && (!bytes || inside)) found = t;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

static int drop(void* at, int kinds) {
    int result = INVALID_HANDLE;
    pthread_mutex_lock(&lock);
    for (Thing** t = &things; *t; t = &(*t)->next) {
        if ((*t)->at == at && (kinds >> (*t)->kind & 1)) {
            Thing* gone = *t;
            *t = gone->next;
            free(gone);
            free(at);
            result = 0;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
    return result;
}

static float f32(const char* slot) { float v; memcpy(&v, slot, 4); return v; }
static int i32(const char* slot) { int v; memcpy(&v, slot, 4); return v; }
static void* pointer(const char* slot) { void* v; memcpy(&v, slot, 8); return v; }

static int run(const Work* w) {
    if (w->what == 1) { memcpy(w->to, w->from, w->bytes); return 0; }
    if (w->what == 2) { memset(w->to, 0, w->bytes); return 0; }
    const char* a = w->arguments;
    if (!strcmp(w->function->name, "gather_rows")) {
        const float* x = pointer(a);
        const int* from = pointer(a + 24);
        float* out = pointer(a + 32);
        for (unsigned r = 0; r < w->x; r++)
            for (int c = 0; c < i32(a + 16); c++) out[r * (size_t) i32(a + 40) + c] = x[from[r] * (size_t) i32(a + 8) + c];
    } else if (!strcmp(w->function->name, "rms_norm")) {
        int n = i32(a + 16);
        for (unsigned r = 0; r < w->x; r++) {
            const float* x = (float*) pointer(a) + r * (size_t) i32(a + 8);
            const float* weight = pointer(a + 24);
            float* out = (float*) pointer(a + 40) + r * (size_t) i32(a + 48);
            float sum = 0;
            for (int c = 0; c < n; c++) sum += x[c] * x[c];
            float inverse = 1 / sqrtf(sum / n + f32(a + 32));
            for (int c = 0; c < n; c++) out[c] = x[c] * inverse * weight[c];
        }
    }
    return 0;
}

static int put(void* stream, Work work) {
    if (!find(stream, 0, 1 << STREAM)) return INVALID_HANDLE;
    if (capture && stream == captured_stream) {
        capture->work = realloc(capture->work, (capture->count + 1) * sizeof(Work));
        capture->work[capture->count++] = work;
        return 0;
    }
    int result = run(&work);
    free(work.arguments);
    return result;
}

int cuInit(unsigned flags) { return fails("cuInit"); }
int cuDriverGetVersion(int* version) { *version = 12040; return 0; }
int cuDeviceGetCount(int* count) { *count = 1; return 0; }
int cuDeviceGet(int* device, int index) { *device = index; return index == 0 ? 0 : 101; }
int cuDeviceGetName(char* name, int length, int device) { snprintf(name, length, "Stand-in"); return 0; }
int cuDeviceGetAttribute(int* value, int which, int device) {
    const char* set = getenv("STANDIN_ARCHITECTURE");
    int architecture = set ? atoi(set) : 90;
    *value = which == 75 ? architecture / 10 : which == 76 ? architecture % 10 : which == 16 ? 132 : which == 97 ? 232448 : which == 89;
    return 0;
}

int cuDevicePrimaryCtxRetain(void** out, int device) { retained++; *out = &context; return 0; }
int cuDevicePrimaryCtxRelease_v2(int device) {
    if (retained < 1) return INVALID_CONTEXT;
    if (--retained == 0) {
        int left[KINDS] = {0};
        for (Thing* t = things; t; t = t->next) left[t->kind]++;
        fprintf(stderr, "stand-in: context released; device %d, managed %d, pinned %d, streams %d, events %d, modules %d, graphs %d\n",
                left[DEVICE], left[MANAGED], left[PINNED], left[STREAM], left[EVENT], left[MODULE], left[GRAPH] + left[EXECUTABLE]);
    }
    return 0;
}
int cuDevicePrimaryCtxReset_v2(int device) { fprintf(stderr, "stand-in: context reset\n"); things = 0; return 0; }
int cuCtxSetCurrent(void* to) { if (to != &context) return INVALID_CONTEXT; current = to; return 0; }

int cuMemGetInfo_v2(size_t* free_bytes, size_t* total) { BEGIN("cuMemGetInfo"); *free_bytes = 8ull << 30; *total = 16ull << 30; return 0; }
static int allocate(void** out, size_t bytes, int kind) {
    void* at;
    if (capturing) return CAPTURE_UNSUPPORTED;
    if (!bytes) return INVALID_VALUE;
    if (posix_memalign(&at, 256, bytes)) return OUT_OF_MEMORY;
    memset(at, 0xa5, bytes);
    *out = keep(kind, at, bytes);
    return 0;
}
int cuMemAlloc_v2(void** out, size_t bytes) { BEGIN("cuMemAlloc"); return allocate(out, bytes, DEVICE); }
int cuMemAllocManaged(void** out, size_t bytes, unsigned flags) {
    BEGIN("cuMemAllocManaged");
    return flags == 1 ? allocate(out, bytes, MANAGED) : INVALID_VALUE;
}
int cuMemHostAlloc(void** out, size_t bytes, unsigned flags) { BEGIN("cuMemHostAlloc"); return allocate(out, bytes, PINNED); }
int cuMemFree_v2(void* at) { BEGIN("cuMemFree"); NOT_CAPTURED; return drop(at, 1 << DEVICE | 1 << MANAGED); }
int cuMemFreeHost(void* at) { BEGIN("cuMemFreeHost"); NOT_CAPTURED; return drop(at, 1 << PINNED); }
int cuMemAdvise(void* at, size_t bytes, int advice, int device) {
    BEGIN("cuMemAdvise");
    return advice == 3 && device == 0 && find(at, bytes, 1 << MANAGED) ? 0 : INVALID_VALUE;
}

#define ON_DEVICE (1 << DEVICE | 1 << MANAGED)
static int copy(void* to, int to_kinds, const void* from, int from_kinds, size_t bytes, void* stream) {
    if (!find(to, bytes, to_kinds) || !find(from, bytes, from_kinds)) return INVALID_VALUE;
    return put(stream, (Work){0, 0, 0, 0, to, from, bytes, 1});
}
int cuMemcpyHtoDAsync_v2(void* to, const void* from, size_t bytes, void* stream) {
    BEGIN("cuMemcpyHtoDAsync");
    return copy(to, ON_DEVICE, from, 1 << PINNED, bytes, stream);
}
int cuMemcpyDtoHAsync_v2(void* to, void* from, size_t bytes, void* stream) {
    BEGIN("cuMemcpyDtoHAsync");
    return copy(to, 1 << PINNED, from, ON_DEVICE, bytes, stream);
}
int cuMemcpyDtoDAsync_v2(void* to, void* from, size_t bytes, void* stream) {
    BEGIN("cuMemcpyDtoDAsync");
    return copy(to, ON_DEVICE, from, ON_DEVICE, bytes, stream);
}
int cuMemsetD8Async(void* to, unsigned char value, size_t bytes, void* stream) {
    BEGIN("cuMemsetD8Async");
    return value == 0 && find(to, bytes, ON_DEVICE) ? put(stream, (Work){0, 0, 0, 0, to, 0, bytes, 2}) : INVALID_VALUE;
}

int cuModuleLoadData(void** module, const void* image) {
    BEGIN("cuModuleLoadData");
    NOT_CAPTURED;
    if (strncmp(image, ".version 8.0", 12)) return 218;
    size_t bytes = strlen(image) + 1;
    *module = keep(MODULE, memcpy(malloc(bytes), image, bytes), bytes);
    return 0;
}
int cuModuleUnload(void* module) { BEGIN("cuModuleUnload"); NOT_CAPTURED; return drop(module, 1 << MODULE); }
int cuModuleGetFunction(void** function, void* module, const char* name) {
    BEGIN("cuModuleGetFunction");
    char entry[96];
    if (!find(module, 0, 1 << MODULE)) return INVALID_HANDLE;
    snprintf(entry, sizeof entry, ".entry %s(", name);
    const char* at = strstr(module, entry);
    if (!at) return NOT_FOUND;
    Function* made = calloc(1, sizeof(Function));
    snprintf(made->name, sizeof made->name, "%s", name);
    const char* end = strchr(at, ')');
    for (const char* p = at; (p = strstr(p, ".param .")) && p < end; p += 8) made->sizes[made->count++] = strstr(p, "64 ") == p + 9 ? 8 : 4;
    *function = keep(FUNCTION, made, sizeof(Function));
    return 0;
}
int cuLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void* stream,
        void** parameters, void** extra) {
    BEGIN("cuLaunchKernel");
    Function* f = function;
    if (!find(f, 0, 1 << FUNCTION)) return INVALID_HANDLE;
    if (!gx || !gy || gy > 65535 || gz != 1 || !bx || bx > 1024 || by != 1 || bz != 1 || shared > 49152 || extra || !parameters) return INVALID_VALUE;
    char* arguments = malloc(8 * 32);
    for (int i = 0; i < f->count; i++) {
        memcpy(arguments + 8 * i, parameters[i], f->sizes[i]);
        if (f->sizes[i] == 8 && pointer(arguments + 8 * i) && !find(pointer(arguments + 8 * i), 1, ON_DEVICE)) {
            fprintf(stderr, "stand-in: argument %d of %s is no address of the device\n", i, f->name);
            return 700;
        }
    }
    return put(stream, (Work){f, gx, gy, arguments, 0, 0, 0, 0});
}

int cuStreamCreate(void** stream, unsigned flags) { BEGIN("cuStreamCreate"); *stream = keep(STREAM, malloc(8), 8); return flags == 1 ? 0 : INVALID_VALUE; }
int cuStreamDestroy_v2(void* stream) { BEGIN("cuStreamDestroy"); return drop(stream, 1 << STREAM); }
int cuStreamSynchronize(void* stream) {
    BEGIN("cuStreamSynchronize");
    NOT_CAPTURED;
    return find(stream, 0, 1 << STREAM) ? 0 : INVALID_HANDLE;
}
int cuEventCreate(void** event, unsigned flags) { BEGIN("cuEventCreate"); *event = keep(EVENT, malloc(8), 8); return 0; }
int cuEventRecord(void* event, void* stream) {
    BEGIN("cuEventRecord");
    return find(event, 0, 1 << EVENT) && find(stream, 0, 1 << STREAM) ? 0 : INVALID_HANDLE;
}
int cuEventSynchronize(void* event) { BEGIN("cuEventSynchronize"); NOT_CAPTURED; return find(event, 0, 1 << EVENT) ? 0 : INVALID_HANDLE; }
int cuEventElapsedTime(float* ms, void* from, void* to) {
    BEGIN("cuEventElapsedTime");
    *ms = 1;
    return find(from, 0, 1 << EVENT) && find(to, 0, 1 << EVENT) ? 0 : INVALID_HANDLE;
}
int cuEventDestroy_v2(void* event) { BEGIN("cuEventDestroy"); return drop(event, 1 << EVENT); }

int cuStreamBeginCapture_v2(void* stream, int mode) {
    BEGIN("cuStreamBeginCapture");
    if (capture || mode != 1 || !find(stream, 0, 1 << STREAM)) return INVALID_VALUE;
    capturing = 1;
    captured_stream = stream;
    capture = calloc(1, sizeof(Graph));
    return 0;
}
int cuStreamEndCapture(void* stream, void** graph) {
    BEGIN("cuStreamEndCapture");
    if (!capture || stream != captured_stream) return INVALID_VALUE;
    if (!capturing) return 908;
    *graph = keep(GRAPH, capture, sizeof(Graph));
    capture = 0;
    capturing = 0;
    return 0;
}
int cuGraphInstantiateWithFlags(void** executable, void* graph, unsigned long long flags) {
    BEGIN("cuGraphInstantiate");
    if (!find(graph, 0, 1 << GRAPH) || flags) return INVALID_VALUE;
    *executable = keep(EXECUTABLE, memcpy(malloc(sizeof(Graph)), graph, sizeof(Graph)), sizeof(Graph));
    return 0;
}
int cuGraphDestroy(void* graph) { BEGIN("cuGraphDestroy"); return drop(graph, 1 << GRAPH); }
int cuGraphLaunch(void* executable, void* stream) {
    BEGIN("cuGraphLaunch");
    NOT_CAPTURED;
    Graph* graph = executable;
    if (!find(executable, 0, 1 << EXECUTABLE) || !find(stream, 0, 1 << STREAM)) return INVALID_HANDLE;
    for (int i = 0; i < graph->count; i++) run(graph->work + i);
    return 0;
}
int cuGraphExecDestroy(void* executable) { BEGIN("cuGraphExecDestroy"); return drop(executable, 1 << EXECUTABLE); }
