package org.gristmill.agent;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A Java agent that keeps the bytes of the classes that JShell makes of a notebook's cells, as they
 * are defined: not every kernel's class loader gives them away. It changes nothing. Thread-safe.
 */
public final class CellClasses implements ClassFileTransformer {
  private static final String PACKAGE = "REPL/"; // JShell's

  private static final Map<String, byte[]> BYTES = new ConcurrentHashMap<>();

  private CellClasses() {}

  /** Called by the JVM, for {@code -javaagent}. */
  public static void premain(String arguments, Instrumentation instrumentation) {
    instrumentation.addTransformer(new CellClasses());
  }

  /**
   * The bytes of a cell's class, if it was defined while the agent looked on.
   *
   * @param name with slashes
   */
  public static Optional<byte[]> bytes(String name) {
    return Optional.ofNullable(BYTES.get(name));
  }

  @Override
  public byte[] transform(
      ClassLoader loader,
      String name,
      Class<?> redefined,
      ProtectionDomain domain,
      byte[] classfile) {
    if (name != null && name.startsWith(PACKAGE)) {
      BYTES.put(name, classfile.clone());
    }
    return null; // as it is
  }
}
