package org.gristmill.cluster;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.gristmill.GristmillException;

/** Gives the classes of a notebook's cells in a process that was sent them. Thread-safe. */
final class CellLoader extends ClassLoader {
  private final Map<String, byte[]> classes = new ConcurrentHashMap<>(); // by name with slashes

  CellLoader(ClassLoader parent) {
    super(parent);
  }

  /** More classes; a cell that was run again has classes of another name. */
  void add(Map<String, byte[]> more) {
    classes.putAll(more);
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    byte[] bytes = classes.get(name.replace('.', '/'));
    if (bytes == null) {
      throw new ClassNotFoundException(name);
    }
    try {
      return defineClass(name, bytes, 0, bytes.length);
    } catch (UnsupportedClassVersionError older) {
      throw new GristmillException(
          "cells are compiled for the Java of the notebook, which is newer than Java %d of this executor: give executors the same one, as by spark.executorEnv.JAVA_HOME"
              .formatted(Runtime.version().feature()),
          older);
    }
  }
}
