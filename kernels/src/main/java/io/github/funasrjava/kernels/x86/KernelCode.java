package io.github.funasrjava.kernels.x86;

import java.lang.foreign.MemorySegment;

/** Entry points of the kernels, and what the machine allows of them. The assembly sources document the arguments. */
final class KernelCode {
    final MemorySegment bf16Split;
    final MemorySegment int8Split;
    final MemorySegment amxLinearBf16;
    final MemorySegment amxGatedBf16;
    final MemorySegment amxLinearInt8;
    final MemorySegment bf16Linear;
    final MemorySegment f32Linear;
    final MemorySegment vnniLinearInt8;
    final MemorySegment blockArgmax;
    final MemorySegment layerNorm;
    final MemorySegment rmsNorm;
    final MemorySegment swiglu;
    final MemorySegment logSoftmax;
    final MemorySegment embedRow;
    final MemorySegment fsmnTaps;
    final MemorySegment fsmn;
    final MemorySegment qkNormRope;
    final MemorySegment attentionPack;
    final MemorySegment attentionRows;
    final MemorySegment causalAttentionRows;
    final MemorySegment attentionPackAmx;
    final MemorySegment attentionRowsAmx;
    final MemorySegment attentionPackCacheAmx;
    final MemorySegment causalRowsAmx;
    final MemorySegment ceilingFma;
    final MemorySegment ceilingVnni;
    final MemorySegment ceilingAmxBf16;
    final MemorySegment ceilingAmxInt8;
    final MemorySegment ceilingRead;
    /** Whether the AMX kernels may run; the others need AVX-512 only. */
    final boolean amx;

    KernelCode(MachineCode code, boolean amx) {
        this.amx = amx;
        bf16Split = code.function("bf16_split");
        int8Split = code.function("int8_split");
        amxLinearBf16 = code.function("amx_linear_bf16");
        amxGatedBf16 = code.function("amx_gated_bf16");
        amxLinearInt8 = code.function("amx_linear_int8");
        bf16Linear = code.function("bf16_linear");
        f32Linear = code.function("f32_linear");
        vnniLinearInt8 = code.function("vnni_linear_int8");
        blockArgmax = code.function("block_argmax");
        layerNorm = code.function("layer_norm");
        rmsNorm = code.function("rms_norm");
        swiglu = code.function("swiglu");
        logSoftmax = code.function("log_softmax");
        embedRow = code.function("embed_row");
        fsmnTaps = code.function("fsmn_taps");
        fsmn = code.function("fsmn");
        qkNormRope = code.function("qk_norm_rope");
        attentionPack = code.function("attention_pack");
        attentionRows = code.function("attention_rows");
        causalAttentionRows = code.function("causal_attention_rows");
        attentionPackAmx = code.function("attention_pack_amx");
        attentionRowsAmx = code.function("attention_rows_amx");
        attentionPackCacheAmx = code.function("attention_pack_cache_amx");
        causalRowsAmx = code.function("causal_rows_amx");
        ceilingFma = code.function("ceiling_fma");
        ceilingVnni = code.function("ceiling_vnni");
        ceilingAmxBf16 = code.function("ceiling_amx_bf16");
        ceilingAmxInt8 = code.function("ceiling_amx_int8");
        ceilingRead = code.function("ceiling_read");
    }
}
