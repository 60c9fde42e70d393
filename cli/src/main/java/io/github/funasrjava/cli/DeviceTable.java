package io.github.funasrjava.cli;

import io.github.funasrjava.kernels.DeviceMeasurement;
import io.github.funasrjava.kernels.DeviceMeasurement.KernelTime;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;

/** What was measured of a GPU and of the kernels on it, as text and as JSON. */
final class DeviceTable {
    private DeviceTable() {}

    static String text(DeviceMeasurement device) {
        StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "\n%s: copy %.0f GB/s, matrix units %.1f TFLOP/s (16 bit), measured in this run\n", device.device(),
                device.copyGigabytesPerSecond(), device.matrixTeraflops()));
        text.append(String.format(Locale.ROOT, "%-16s %-36s %9s %9s %9s %7s\n", "kernel", "shape", "us", "GB/s", "TFLOP/s", "share"));
        for (KernelTime kernel : device.kernels()) {
            text.append(String.format(Locale.ROOT, "%-16s %-36s %9.2f %9.0f %9.2f %6.1f%%\n", kernel.operation(), kernel.shape(), kernel.micros(),
                    kernel.gigabytesPerSecond(), kernel.teraflops(), 100 * device.share(kernel)));
        }
        return text.toString();
    }

    /** Writes one property, {@code device}. */
    static void json(JsonGenerator json, DeviceMeasurement device) {
        json.writeObjectPropertyStart("device");
        json.writeStringProperty("name", device.device());
        json.writeNumberProperty("copyGigabytesPerSecond", device.copyGigabytesPerSecond());
        json.writeNumberProperty("matrixTeraflops", device.matrixTeraflops());
        json.writeArrayPropertyStart("kernels");
        for (KernelTime kernel : device.kernels()) {
            json.writeStartObject();
            json.writeStringProperty("kernel", kernel.operation());
            json.writeStringProperty("shape", kernel.shape());
            json.writeNumberProperty("micros", kernel.micros());
            json.writeNumberProperty("gigabytesPerSecond", kernel.gigabytesPerSecond());
            json.writeNumberProperty("teraflops", kernel.teraflops());
            json.writeNumberProperty("share", device.share(kernel));
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
