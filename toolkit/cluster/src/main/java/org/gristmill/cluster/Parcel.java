package org.gristmill.cluster;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.NotSerializableException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.lang.invoke.SerializedLambda;
import java.util.List;
import org.gristmill.GristmillException;

/** Objects on their way between processes, by Java's serialization. */
final class Parcel {
  private Parcel() {}

  /** Tells of the classes of cells that the object needs. */
  private static final class There extends ObjectOutputStream {
    private final CellCode code;

    There(OutputStream out, CellCode code) throws IOException {
      super(out);
      this.code = code;
      enableReplaceObject(true);
    }

    @Override
    protected void annotateClass(Class<?> type) {
      code.add(type);
    }

    @Override
    protected Object replaceObject(Object object) {
      if (object instanceof SerializedLambda lambda) {
        code.add(lambda);
      }
      return object;
    }
  }

  /** What made a row fail goes back with it as text, where it cannot as it is. */
  private static final class Back extends ObjectOutputStream {
    Back(OutputStream out) throws IOException {
      super(out);
      enableReplaceObject(true);
    }

    @Override
    protected Object replaceObject(Object object) {
      return object instanceof GristmillException failure && failure.getCause() != null
          ? withCause(failure, RemoteFailure.unlessItTravels(failure.getCause()))
          : object;
    }

    private static GristmillException withCause(GristmillException failure, Throwable cause) {
      if (cause == failure.getCause()) {
        return failure;
      }
      var same =
          new GristmillException(
              failure.getMessage(),
              failure.stage().orElse(null),
              failure.row().orElse(-1),
              failure.path().orElse(null),
              cause);
      same.setStackTrace(failure.getStackTrace());
      return same;
    }
  }

  @FunctionalInterface
  private interface Stream {
    ObjectOutputStream to(OutputStream bytes) throws IOException;
  }

  /**
   * For an executor.
   *
   * @param what the object is, for the message
   * @param code is told of the classes of cells that the object needs
   * @throws GristmillException if it cannot be sent
   */
  static byte[] of(Object object, String what, CellCode code) {
    return write(object, what, bytes -> new There(bytes, code));
  }

  /**
   * For the driver, which has the classes.
   *
   * @throws GristmillException if it cannot be sent
   */
  static byte[] back(Object object, String what) {
    return write(object, what, Back::new);
  }

  private static byte[] write(Object object, String what, Stream stream) {
    var bytes = new ByteArrayOutputStream();
    try (var out = stream.to(bytes)) {
      out.writeObject(object);
    } catch (NotSerializableException | InvalidClassException cannot) {
      throw new GristmillException(
          "%s cannot be sent to another process: %s is not serializable. Let it implement java.io.Serializable, or make it there, in the worker's constructor"
              .formatted(what, cannot.getMessage()),
          cannot);
    } catch (IOException failed) {
      throw new GristmillException(
          "%s cannot be sent to another process: %s"
              .formatted(what, GristmillException.reason(failed)),
          failed);
    }
    return bytes.toByteArray();
  }

  /** That one, and the calling thread's: a kernel's, whose cells the first may not know. */
  static List<ClassLoader> loaders(ClassLoader first) {
    var context = Thread.currentThread().getContextClassLoader();
    return context == null ? List.of(first) : List.of(first, context);
  }

  /** The object, whose classes the loader has, or that of the calling thread. */
  static Object open(byte[] bytes, ClassLoader loader) throws IOException, ClassNotFoundException {
    try (var in =
        new ObjectInputStream(new ByteArrayInputStream(bytes)) {
          @Override
          protected Class<?> resolveClass(ObjectStreamClass type)
              throws IOException, ClassNotFoundException {
            for (var each : loaders(loader)) {
              try {
                return Class.forName(type.getName(), false, each);
              } catch (ClassNotFoundException elsewhere) {
                // or a primitive type
              }
            }
            return super.resolveClass(type);
          }
        }) {
      return in.readObject();
    }
  }
}
