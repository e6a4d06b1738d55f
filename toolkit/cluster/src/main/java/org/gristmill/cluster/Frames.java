package org.gristmill.cluster;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
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
    REPLY
  }

  /**
   * @param classes of cells, by name with slashes, that were not sent before
   * @param call its number; 0 makes the worker
   * @param function what is to be called, or the worker's factory; null where it was sent before
   * @param argument null for the factory
   */
  record Request(Map<String, byte[]> classes, int call, byte[] function, byte[] argument)
      implements Serializable {}

  /**
   * @param work what was done, told even if it failed
   * @param value what came out, or null
   * @param failure why nothing did, or null
   */
  record Reply(Work.Elsewhere work, byte[] value, byte[] failure) implements Serializable {}

  private Frames() {}

  /** A whole frame, whose message is made of the JDK's classes and those above. */
  static ByteBuffer frame(Kind kind, Serializable message) throws IOException {
    var bytes = new ByteArrayOutputStream();
    bytes.write(new byte[HEADER]);
    if (message != null) {
      try (var out = new ObjectOutputStream(bytes)) {
        out.writeObject(message);
      }
    }
    var frame = ByteBuffer.wrap(bytes.toByteArray());
    frame.put(0, (byte) kind.ordinal()).putInt(1, frame.capacity() - HEADER);
    return frame;
  }

  static Object message(byte[] bytes) throws IOException, ClassNotFoundException {
    try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      return in.readObject();
    }
  }
}
