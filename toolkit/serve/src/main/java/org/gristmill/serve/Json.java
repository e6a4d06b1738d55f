package org.gristmill.serve;

import com.google.gson.stream.JsonWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** JSON as bytes. */
final class Json {
  /** Writes something. */
  interface Content {
    void to(JsonWriter json) throws IOException;
  }

  private Json() {}

  static byte[] write(Content content) {
    var bytes = new ByteArrayOutputStream();
    try (var json = new JsonWriter(new OutputStreamWriter(bytes, StandardCharsets.UTF_8))) {
      content.to(json);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible); // it writes to memory
    }
    return bytes.toByteArray();
  }

  /** As the protocol tells of errors. */
  static byte[] error(String message) {
    return write(json -> json.beginObject().name("error").value(message).endObject());
  }
}
