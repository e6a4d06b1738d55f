package org.gristmill.cluster;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.gristmill.observe.Work;

/**
 * What driver and executor tell each other: frames of a kind (1 byte), a length (4 bytes) and as
 * many bytes.
 */
final class Frames {
  static final int HEADER = 5;
  static final int HEARTBEAT_SECONDS = 5;

  enum Kind {
    /** An executor has time to tell that it is there. */
    HEARTBEAT,
    /** Make a worker, or do something with it: a {@link Request}. */
    REQUEST,
    /** Nobody waits for what was asked for last any more. */
    INTERRUPT,
    /** Close the worker. */
    CLOSE,
    /** How a request, or closing, ended: a {@link Reply}. */
    REPLY;

    private static final List<Kind> ALL = List.of(values());

    /** The kind that the first byte of a frame names. */
    static Kind of(int code) {
      return ALL.get(code);
    }

    private byte code() {
      return (byte) ALL.indexOf(this);
    }
  }

  /**
   * @param classes of cells, by name with slashes, that were not sent before
   * @param function what is to be called, or the worker's factory; null where it is that of the
   *     request before
   * @param argument null for the factory
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  record Request(Map<String, byte[]> classes, byte[] function, byte[] argument)
      implements Serializable {}

  /**
   * @param work what was done, told even if it failed
   * @param value what came out, or null
   * @param failure why nothing did, or null
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Reply(Work.Elsewhere work, byte[] value, byte[] failure) implements Serializable {}

  private Frames() {}

  /** A whole frame, whose message is made of the JDK's classes and those above. */
  static byte[] frame(Kind kind, Serializable message) throws IOException {
    var bytes = new ByteArrayOutputStream();
    bytes.write(new byte[HEADER]);
    if (message != null) {
      try (var out = new ObjectOutputStream(bytes)) {
        out.writeObject(message);
      }
    }
    byte[] frame = bytes.toByteArray();
    ByteBuffer.wrap(frame).put(kind.code()).putInt(frame.length - HEADER);
    return frame;
  }

  static Object message(byte[] bytes) throws IOException, ClassNotFoundException {
    try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      return in.readObject();
    }
  }
}
