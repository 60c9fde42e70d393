package io.github.funasrjava.weights;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes a model.pt: storages, and tensors that look at them, in any of the published wrappings. */
final class TorchBytes {
    /** What is around the state dict. */
    enum Wrapping {
        FLAT,
        STATE_DICT,
        MODEL_STATE_DICT,
        MODEL,
        NESTED_WITH_OTHER_ENTRIES,
        MODULE_PREFIX,
        ORDERED_DICT_WITH_METADATA
    }

    private record View(ElementType type, String key, long offset, List<Long> shape, List<Long> strides, boolean parameter) {}

    private final Map<String, byte[]> storages = new LinkedHashMap<>();
    private final Map<String, ElementType> types = new LinkedHashMap<>();
    private final Map<String, View> views = new LinkedHashMap<>();
    private Wrapping wrapping = Wrapping.FLAT;
    private String top = "archive";

    TorchBytes wrapping(Wrapping value) {
        wrapping = value;
        return this;
    }

    TorchBytes top(String value) {
        top = value;
        return this;
    }

    TorchBytes storage(String key, ElementType type, byte[] bytes) {
        storages.put(key, bytes);
        types.put(key, type);
        return this;
    }

    /** A contiguous tensor with a storage of its own. */
    TorchBytes tensor(String name, ElementType type, List<Long> shape, byte[] bytes) {
        String key = Integer.toString(storages.size());
        return storage(key, type, bytes).view(name, key, 0, shape, strides(shape));
    }

    TorchBytes view(String name, String key, long offset, List<Long> shape, List<Long> strides) {
        views.put(name, new View(types.get(key), key, offset, shape, strides, false));
        return this;
    }

    TorchBytes parameter(String name, String key, long offset, List<Long> shape, List<Long> strides) {
        views.put(name, new View(types.get(key), key, offset, shape, strides, true));
        return this;
    }

    static List<Long> strides(List<Long> shape) {
        List<Long> strides = new ArrayList<>();
        long step = 1;
        for (int i = shape.size() - 1; i >= 0; i--) {
            strides.addFirst(step);
            step *= shape.get(i);
        }
        return strides;
    }

    ZipBytes zip() {
        ZipBytes zip = new ZipBytes().add(top + "/data.pkl", pickle());
        zip.add(top + "/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
        storages.forEach((key, bytes) -> zip.add(top + "/data/" + key, bytes));
        return zip.add(top + "/version", "3\n".getBytes(StandardCharsets.US_ASCII));
    }

    byte[] build() {
        return zip().build();
    }

    private byte[] pickle() {
        PickleBytes pickle = new PickleBytes();
        switch (wrapping) {
            case FLAT, MODULE_PREFIX -> dict(pickle, wrapping == Wrapping.MODULE_PREFIX ? "module." : "");
            case STATE_DICT -> wrapped(pickle, "state_dict");
            case MODEL_STATE_DICT -> wrapped(pickle, "model_state_dict");
            case MODEL -> wrapped(pickle, "model");
            case NESTED_WITH_OTHER_ENTRIES -> {
                pickle.op('}').op('(').text("epoch").number(3).text("lr").op('G').bytes(new byte[8]).text("model").op('}').op('(');
                pickle.text("state_dict");
                dict(pickle, "");
                pickle.op('u').text("best").op('N').text("done").op(0x88).op('u');
            }
            case ORDERED_DICT_WITH_METADATA -> {
                pickle.global("collections", "OrderedDict").op(')').op('R').op('(');
                items(pickle, "");
                pickle.op('u').op('}').text("_metadata").op('}').op('s').op('b');
            }
        }
        return pickle.build();
    }

    private void wrapped(PickleBytes pickle, String key) {
        pickle.op('}').text(key);
        dict(pickle, "");
        pickle.op('s');
    }

    private void dict(PickleBytes pickle, String prefix) {
        pickle.op('}').op('(');
        items(pickle, prefix);
        pickle.op('u');
    }

    private void items(PickleBytes pickle, String prefix) {
        views.forEach((name, view) -> {
            pickle.text(prefix + name);
            if (view.parameter) {
                pickle.global("torch._utils", "_rebuild_parameter").op('(');
            }
            pickle.tensor(view.type.torchStorage(), view.key, storages.get(view.key).length / view.type.bytes(),
                    view.offset, view.shape, view.strides);
            if (view.parameter) {
                pickle.op(0x88).global("collections", "OrderedDict").op(')').op('R').op('t').op('R');
            }
        });
    }
}
