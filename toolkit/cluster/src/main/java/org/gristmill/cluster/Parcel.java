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
import org.gristmill.GristmillException;

/** Objects on their way between processes, by Java's serialization. */
final class Parcel {
  private Parcel() {}

  /** Tells of the classes of cells that the object needs. */
  private static final class Out extends ObjectOutputStream {
    private final CellCode code;

    Out(OutputStream out, CellCode code) throws IOException {
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

  /**
   * @param what the object is, for the message
   * @param code is told of the classes of cells that the object needs
   * @throws GristmillException if it cannot be sent
   */
  static byte[] of(Object object, String what, CellCode code) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new Out(bytes, code)) {
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

  /** The object, whose classes the loader has. */
  static Object open(byte[] bytes, ClassLoader loader) throws IOException, ClassNotFoundException {
    try (var in =
        new ObjectInputStream(new ByteArrayInputStream(bytes)) {
          @Override
          protected Class<?> resolveClass(ObjectStreamClass type)
              throws IOException, ClassNotFoundException {
            try {
              return Class.forName(type.getName(), false, loader);
            } catch (ClassNotFoundException primitive) {
              return super.resolveClass(type);
            }
          }
        }) {
      return in.readObject();
    }
  }
}
