package io.github.funasrjava.bench.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Builds an ONNX model: nodes in order, constants in the file, weights beside it. Field numbers are those of
 * {@code onnx.proto3} of ONNX 1.12 (IR version 8, operator set 17), where LayerNormalization is an operator of its own.
 */
final class OnnxGraph {
    /** Element types, with their numbers in {@code TensorProto.DataType}. */
    enum Element {
        FLOAT(1),
        INT64(7);

        private final int number;

        Element(int number) {
            this.number = number;
        }
    }

    /** A named attribute of a node. */
    sealed interface Attribute {
        /** One integer. */
        record Whole(String name, long value) implements Attribute {}

        /** One real number. */
        record Real(String name, float value) implements Attribute {}

        /** A list of integers. */
        record Wholes(String name, List<Long> values) implements Attribute {}

        static Attribute of(String name, long value) {
            return new Whole(name, value);
        }

        static Attribute of(String name, float value) {
            return new Real(name, value);
        }

        static Attribute list(String name, long... values) {
            return new Wholes(name, Arrays.stream(values).boxed().toList());
        }
    }

    /** Operators of the ONNX standard. */
    static final String STANDARD = "";
    /** ONNX Runtime's own operators. */
    static final String MICROSOFT = "com.microsoft";

    private static final int IR_VERSION = 8;
    private static final int OPERATOR_SET = 17;
    private static final int MICROSOFT_OPERATOR_SET = 1;

    private static final int ATTRIBUTE_FLOAT = 1;
    private static final int ATTRIBUTE_INT = 2;
    private static final int ATTRIBUTE_INTS = 7;
    private static final int LOCATION_EXTERNAL = 1;

    private final ProtobufWriter nodes = new ProtobufWriter();
    private final ProtobufWriter rest = new ProtobufWriter();
    private final String name;
    private int values;

    OnnxGraph(String name) {
        this.name = name;
    }

    /** Declares an input; a dimension is a number or the name of one that varies. */
    String input(String input, Element type, Object... dims) {
        rest.message(11, valueInfo(input, type, dims));
        return input;
    }

    /** Declares an output, which some node has made. */
    void output(String output, Element type, Object... dims) {
        rest.message(12, valueInfo(output, type, dims));
    }

    /** A list of integers as a constant, {@code [n]}. */
    String integers(long... constant) {
        ByteBuffer data = ByteBuffer.allocate(constant.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        data.asLongBuffer().put(constant);
        return constant(Element.INT64, new long[] {constant.length}, data.array());
    }

    /** A scalar constant. */
    String scalar(float constant) {
        byte[] data = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(constant).array();
        return constant(Element.FLOAT, new long[0], data);
    }

    private String constant(Element type, long[] dims, byte[] data) {
        String constant = fresh("const");
        rest.message(5, tensor(constant, type, dims).bytes(9, data));
        return constant;
    }

    /** A weight that lies in a file beside the model. */
    String weight(String weight, WeightFile.Place place, long... dims) {
        ProtobufWriter tensor = tensor(weight, Element.FLOAT, dims);
        entry(tensor, "location", place.file());
        entry(tensor, "offset", Long.toString(place.offset()));
        entry(tensor, "length", Long.toString(place.length()));
        rest.message(5, tensor.integer(14, LOCATION_EXTERNAL));
        return weight;
    }

    /** Adds a node with one output, whose name comes back. */
    String node(String operator, List<String> inputs, Attribute... attributes) {
        String output = fresh(operator);
        add(STANDARD, operator, inputs, List.of(output), attributes);
        return output;
    }

    /** Adds a node whose outputs are named by the caller, of an operator in {@code domain}. */
    void add(String domain, String operator, List<String> inputs, List<String> outputs, Attribute... attributes) {
        ProtobufWriter node = new ProtobufWriter();
        inputs.forEach(input -> node.text(1, input));
        outputs.forEach(output -> node.text(2, output));
        node.text(3, "node_" + outputs.getFirst()).text(4, operator);
        for (Attribute attribute : attributes) {
            node.message(5, attribute(attribute));
        }
        if (!domain.equals(STANDARD)) {
            node.text(7, domain);
        }
        nodes.message(1, node);
    }

    /** A name that nothing has yet. */
    String fresh(String stem) {
        return stem + "_" + values++;
    }

    /** The model file. */
    byte[] toByteArray() {
        ProtobufWriter graph = new ProtobufWriter();
        byte[] head = nodes.toByteArray();
        ProtobufWriter model = new ProtobufWriter().integer(1, IR_VERSION).text(2, "fun-asr-java");
        model.message(8, new ProtobufWriter().text(1, STANDARD).integer(2, OPERATOR_SET));
        model.message(8, new ProtobufWriter().text(1, MICROSOFT).integer(2, MICROSOFT_OPERATOR_SET));
        graph.append(head).text(2, name).append(rest.toByteArray());
        return model.message(7, graph).toByteArray();
    }

    private static ProtobufWriter tensor(String tensor, Element type, long... dims) {
        ProtobufWriter out = new ProtobufWriter();
        for (long dim : dims) {
            out.integer(1, dim);
        }
        return out.integer(2, type.number).text(8, tensor);
    }

    private static void entry(ProtobufWriter tensor, String key, String value) {
        tensor.message(13, new ProtobufWriter().text(1, key).text(2, value));
    }

    private static ProtobufWriter attribute(Attribute attribute) {
        ProtobufWriter out = new ProtobufWriter();
        switch (attribute) {
            case Attribute.Real(String key, float value) -> out.text(1, key).real(2, value).integer(20, ATTRIBUTE_FLOAT);
            case Attribute.Whole(String key, long value) -> out.text(1, key).integer(3, value).integer(20, ATTRIBUTE_INT);
            case Attribute.Wholes(String key, List<Long> list) -> {
                out.text(1, key);
                list.forEach(value -> out.integer(8, value));
                out.integer(20, ATTRIBUTE_INTS);
            }
        }
        return out;
    }

    private static ProtobufWriter valueInfo(String value, Element type, Object... dims) {
        ProtobufWriter shape = new ProtobufWriter();
        for (Object dim : dims) {
            ProtobufWriter one = new ProtobufWriter();
            switch (dim) {
                case Integer size -> one.integer(1, size);
                case String varying -> one.text(2, varying);
                default -> throw new IllegalArgumentException("a dimension is a number or a name, got " + dim);
            }
            shape.message(1, one);
        }
        ProtobufWriter tensor = new ProtobufWriter().integer(1, type.number).message(2, shape);
        return new ProtobufWriter().text(1, value).message(2, new ProtobufWriter().message(1, tensor));
    }
}
