package org.gristmill.frame;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.stream.Stream;

/**
 * A record class taken apart and put together. A record has no other door than reflection; DFLib's
 * own way through it sorts the components by name, does not enter classes that are not public, and
 * turns a null into 0.
 */
final class Components {
  private final Class<?> type;
  private final RecordComponent[] components;

  private Components(Class<?> type) {
    this.type = type;
    components = type.getRecordComponents();
  }

  static Components of(Class<?> type) {
    return new Components(type);
  }

  List<String> names() {
    return Stream.of(components).map(RecordComponent::getName).toList();
  }

  Class<?> type(int component) {
    return components[component].getType();
  }

  /** A record's cells, in the order of its components. */
  Object[] cells(Object row) {
    var cells = new Object[components.length];
    for (int i = 0; i < cells.length; i++) {
      try {
        var accessor = components[i].getAccessor();
        accessor.setAccessible(true);
        cells[i] = accessor.invoke(row);
      } catch (InvocationTargetException thrown) {
        throw new IllegalArgumentException(
            "%s.%s() failed: %s"
                .formatted(type.getName(), components[i].getName(), thrown.getCause()),
            thrown.getCause());
      } catch (ReflectiveOperationException closed) {
        throw closed(closed);
      }
    }
    return cells;
  }

  /**
   * A record of these cells.
   *
   * @throws IllegalArgumentException if its constructor throws
   */
  Object record(Object[] cells) {
    try {
      Constructor<?> constructor =
          type.getDeclaredConstructor(
              Stream.of(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
      constructor.setAccessible(true);
      return constructor.newInstance(cells);
    } catch (InvocationTargetException thrown) {
      throw new IllegalArgumentException(
          type.getName() + " refuses it: " + thrown.getCause(), thrown.getCause());
    } catch (ReflectiveOperationException closed) {
      throw closed(closed);
    }
  }

  private IllegalArgumentException closed(ReflectiveOperationException why) {
    return new IllegalArgumentException(
        "the record class %s cannot be used (%s): make it public".formatted(type.getName(), why),
        why);
  }
}
