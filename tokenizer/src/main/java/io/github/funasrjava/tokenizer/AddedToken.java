package io.github.funasrjava.tokenizer;

/**
 * A token that is matched as a whole in trusted text before byte-pair encoding.
 *
 * @param id its id
 * @param content its text, never empty
 * @param special whether {@code skipSpecial} drops it when decoding
 */
public record AddedToken(int id, String content, boolean special) {}
