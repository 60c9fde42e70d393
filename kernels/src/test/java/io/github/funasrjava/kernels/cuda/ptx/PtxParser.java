package io.github.funasrjava.kernels.cuda.ptx;

import io.github.funasrjava.kernels.cuda.ptx.PtxKernel.Constant;
import io.github.funasrjava.kernels.cuda.ptx.PtxKernel.Flow;
import io.github.funasrjava.kernels.cuda.ptx.PtxKernel.Instruction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads PTX as the compiler writes it for this project's kernels; everything else is refused. Every operand becomes a
 * register: immediates and addresses of shared variables are registers that hold that value.
 */
final class PtxParser {
    private static final Pattern ENTRY = Pattern.compile("\\.visible \\.entry (\\w+)\\s*\\(([^)]*)\\)\\s*\\.maxntid (\\d+), 1, 1[^{]*\\{");
    private static final Pattern SHARED = Pattern.compile("\\.shared \\.align (\\d+) \\.b8 (\\w+)\\[(\\d+)\\]");
    private static final Pattern PARAMETER = Pattern.compile("\\.param \\.(\\w)(\\d+) (\\w+)");
    private static final Pattern REGISTERS = Pattern.compile("\\.reg \\.(\\w+)\\s+(.+)");
    private static final Pattern RANGE = Pattern.compile("(%\\w+)<(\\d+)>");

    private PtxParser() {}

    static Map<String, PtxKernel> parse(String ptx) {
        Map<String, Integer> moduleShared = new HashMap<>();
        Map<String, PtxKernel> kernels = new HashMap<>();
        Matcher entry = ENTRY.matcher(ptx);
        int at = 0;
        while (entry.find(at)) {
            sharedVariables(ptx.substring(at, entry.start()), moduleShared);
            int end = closing(ptx, entry.end());
            kernels.put(entry.group(1), new Body(entry.group(1), entry.group(2), ptx.substring(entry.end(), end), moduleShared)
                    .kernel(Integer.parseInt(entry.group(3))));
            at = end + 1;
        }
        return kernels;
    }

    private static void sharedVariables(String text, Map<String, Integer> sizes) {
        Matcher shared = SHARED.matcher(text);
        while (shared.find()) {
            sizes.put(shared.group(2), Integer.parseInt(shared.group(3)));
        }
    }

    private static int closing(String text, int from) {
        int depth = 1;
        for (int i = from; ; i++) {
            char c = text.charAt(i);
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
    }

    /** One entry's body on its way to a kernel; also where {@link PtxOperations} finds its operands. */
    static final class Body {
        private final String name;
        private final List<Integer> parameterBytes = new ArrayList<>();
        private final Map<String, Integer> parameters = new HashMap<>();
        private final Map<String, Integer> registers = new HashMap<>(PtxKernel.SPECIAL);
        private final Map<String, Boolean> wide = new HashMap<>();
        private final Map<String, Integer> sharedOffsets = new HashMap<>();
        private final Map<String, Integer> moduleShared;
        private final List<Constant> constants = new ArrayList<>();
        private final Map<Long, Integer> wordConstants = new HashMap<>();
        private final Map<Long, Integer> longConstants = new HashMap<>();
        private final List<Instruction> code = new ArrayList<>();
        private final List<String> targets = new ArrayList<>();
        private final Map<String, Integer> labels = new HashMap<>();
        private final String text;
        private int words = PtxKernel.SPECIAL.size();
        private int longs;
        private int sharedBytes;

        Body(String name, String parameterText, String text, Map<String, Integer> moduleShared) {
            this.name = name;
            this.text = text;
            this.moduleShared = moduleShared;
            Matcher parameter = PARAMETER.matcher(parameterText);
            while (parameter.find()) {
                parameters.put(parameter.group(3), parameterBytes.size());
                parameterBytes.add(Integer.parseInt(parameter.group(2)) / 8);
            }
        }

        PtxKernel kernel(int mostThreads) {
            StringBuilder statement = new StringBuilder();
            int vector = 0;
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c == '{' && statement.toString().isBlank()) {
                    continue; // a scope; names in it are declared anew, which overwrites them here too
                }
                if (c == '}' && statement.toString().isBlank()) {
                    continue;
                }
                vector += c == '{' ? 1 : c == '}' ? -1 : 0;
                if (c == ';') {
                    statement(statement.toString().strip().replaceAll("\\s+", " "));
                    statement.setLength(0);
                } else if (c == ':' && vector == 0 && statement.toString().strip().startsWith("$")) {
                    labels.put(statement.toString().strip(), code.size());
                    statement.setLength(0);
                } else {
                    statement.append(c);
                }
            }
            for (int i = 0; i < code.size(); i++) {
                if (code.get(i).flow == Flow.BRANCH) {
                    code.get(i).target = labels.get(targets.get(i));
                }
            }
            return new PtxKernel(name, parameterBytes, words, longs, constants, code.toArray(Instruction[]::new), sharedBytes, mostThreads);
        }

        private void statement(String s) {
            if (s.startsWith(".reg")) {
                declare(s);
            } else if (s.startsWith(".shared")) {
                Matcher shared = SHARED.matcher(s);
                if (!shared.find()) {
                    throw new IllegalArgumentException("cannot read " + s);
                }
                place(shared.group(2), Integer.parseInt(shared.group(3)));
            } else if (!s.startsWith(".pragma") && !s.isEmpty()) {
                instruction(s);
            }
        }

        private int place(String variable, int bytes) {
            int offset = (sharedBytes + 15) / 16 * 16;
            sharedOffsets.put(variable, offset);
            sharedBytes = offset + bytes;
            return offset;
        }

        private void declare(String s) {
            Matcher m = REGISTERS.matcher(s);
            if (!m.matches()) {
                throw new IllegalArgumentException("cannot read " + s);
            }
            boolean isWide = m.group(1).endsWith("64");
            for (String item : m.group(2).split(",")) {
                Matcher range = RANGE.matcher(item.strip());
                if (range.matches()) {
                    for (int i = 0; i < Integer.parseInt(range.group(2)); i++) {
                        register(range.group(1) + i, isWide);
                    }
                } else {
                    register(item.strip(), isWide);
                }
            }
        }

        private void register(String register, boolean isWide) {
            registers.put(register, isWide ? longs++ : words++);
            wide.put(register, isWide);
        }

        private void instruction(String s) {
            int predicate = -1;
            boolean negated = false;
            String rest = s;
            if (s.startsWith("@")) {
                int space = s.indexOf(' ');
                negated = s.charAt(1) == '!';
                predicate = registers.get(s.substring(negated ? 2 : 1, space));
                rest = s.substring(space + 1);
            }
            int space = rest.indexOf(' ');
            String opcode = space < 0 ? rest : rest.substring(0, space);
            List<String> operands = space < 0 ? List.of() : operands(rest.substring(space + 1));
            boolean branch = opcode.equals("bra") || opcode.equals("bra.uni");
            Flow flow = branch ? Flow.BRANCH : switch (opcode) {
                case "ret", "exit" -> Flow.EXIT;
                case "bar.sync" -> Flow.BARRIER;
                case "bar.warp.sync" -> Flow.WARP_BARRIER;
                default -> Flow.NEXT;
            };
            boolean together = opcode.startsWith("bar.") || opcode.contains(".sync");
            PtxKernel.Step step = flow == Flow.NEXT ? new PtxOperations(this, opcode, operands).step() : (warp, mask) -> { };
            targets.add(branch ? operands.getFirst() : "");
            code.add(new Instruction(s, flow, predicate, negated, together, step));
        }

        /** Splits at commas outside braces and brackets. */
        private static List<String> operands(String s) {
            List<String> parts = new ArrayList<>();
            int depth = 0;
            int begin = 0;
            for (int i = 0; i < s.length(); i++) {
                char c = s.charAt(i);
                depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
                if (c == ',' && depth == 0) {
                    parts.add(s.substring(begin, i).strip());
                    begin = i + 1;
                }
            }
            parts.add(s.substring(begin).strip());
            return parts;
        }

        /** A 32-bit register, or one that holds the constant. */
        int word(String operand) {
            Integer register = registers.get(operand);
            if (register != null) {
                if (wide.getOrDefault(operand, false)) {
                    throw new IllegalArgumentException(operand + " has 64 bits");
                }
                return register;
            }
            return wordConstants.computeIfAbsent(immediate(operand) & 0xffffffffL, value -> {
                constants.add(new Constant(false, words, value));
                return words++;
            });
        }

        /** A 64-bit register, or one that holds the constant. */
        int wide(String operand) {
            Integer register = registers.get(operand);
            if (register != null) {
                if (!wide.getOrDefault(operand, false)) {
                    throw new IllegalArgumentException(operand + " has 32 bits");
                }
                return register;
            }
            return longConstants.computeIfAbsent(immediate(operand), value -> {
                constants.add(new Constant(true, longs, value));
                return longs++;
            });
        }

        boolean isWide(String operand) {
            return wide.getOrDefault(operand, false);
        }

        int parameter(String parameter) {
            return parameters.get(parameter);
        }

        private long immediate(String s) {
            if (s.startsWith("0f")) {
                return Long.parseLong(s.substring(2), 16);
            }
            if (s.startsWith("0x") || s.startsWith("-0x")) {
                return Long.decode(s);
            }
            if (s.matches("-?\\d+")) {
                return Long.parseLong(s);
            }
            Integer offset = sharedOffsets.get(s);
            if (offset != null) {
                return offset;
            }
            if (s.equals("shared")) {
                return Warp.DYNAMIC_SHARED;
            }
            if (moduleShared.containsKey(s)) {
                return place(s, moduleShared.get(s));
            }
            throw new IllegalArgumentException("cannot read operand " + s);
        }
    }
}
