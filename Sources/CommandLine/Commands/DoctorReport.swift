import Daemon
import JSONBytes
import Tasks

/// The report of `terrarium doctor` as one JSON document.
enum DoctorReport {
    /// The report on a sandbox from which a worker tried to escape.
    static func json(_ doctor: SandboxDoctor) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("all_stopped")
        writer.boolean(doctor.allStopped)
        self.write(doctor.features, into: &writer)
        writer.key("sandbox")
        writer.string(doctor.sandbox.name)
        writer.key("layers")
        writer.beginArray()
        for layer in doctor.layers {
            writer.beginObject()
            writer.write(layer.name, for: "name")
            writer.key("active")
            writer.boolean(layer.isActive)
            writer.write(layer.detail, for: "detail")
            writer.endObject()
        }
        writer.endArray()
        writer.key("attempts")
        writer.beginArray()
        for attempt in doctor.attempts {
            writer.beginObject()
            writer.write(attempt.name, for: "name")
            writer.write(attempt.description, for: "description")
            writer.key("stopped")
            writer.boolean(attempt.isStopped)
            writer.write(attempt.detail, for: "detail")
            writer.key("layers")
            writer.beginArray()
            for layer in attempt.layers { writer.string(layer) }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.key("warnings")
        writer.beginArray()
        for fault in doctor.packageFaults { writer.string(fault) }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }

    /// The report on a machine on which no worker could be started.
    static func json(features: [SandboxDoctor.KernelFeature], error: String) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("all_stopped")
        writer.boolean(false)
        writer.write(error, for: "error")
        self.write(features, into: &writer)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }

    private static func write(_ features: [SandboxDoctor.KernelFeature], into writer: inout JSONWriter) {
        writer.key("machine")
        writer.beginArray()
        for feature in features {
            writer.beginObject()
            writer.write(feature.layer, for: "layer")
            writer.key("offered")
            writer.boolean(feature.isOffered)
            writer.write(feature.finding, for: "finding")
            writer.write(feature.remedy, for: "remedy")
            writer.endObject()
        }
        writer.endArray()
    }
}
