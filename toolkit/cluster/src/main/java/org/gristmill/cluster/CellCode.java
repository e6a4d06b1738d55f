package org.gristmill.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.SerializedLambda;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.xbean.asm9.ClassReader;
import org.apache.xbean.asm9.ClassVisitor;
import org.apache.xbean.asm9.Handle;
import org.apache.xbean.asm9.MethodVisitor;
import org.apache.xbean.asm9.Opcodes;
import org.gristmill.GristmillException;
import org.gristmill.agent.CellClasses;

/**
 * The classes of a notebook's cells that an object needs in another process.
 *
 * <p>A variable of a cell is a static field of the class that JShell makes of it. In another
 * process that class is a new one, in which the field is null or 0, without an error; so code that
 * would read or write one there is refused. What is looked at is all that the object's code may
 * call, as it is compiled: chapter 6 of the Java Virtual Machine Specification.
 */
final class CellCode {
  private static final Pattern CELL = Pattern.compile("REPL/\\$JShell\\$\\d+[A-Z]*");
  private static final Pattern CLASS = Pattern.compile("REPL/[\\w$]+"); // with JShell's own

  /** A method, or all of a class where it has no name. */
  private record Code(String owner, String name, String descriptor) {
    static Code of(String owner) {
      return new Code(owner, "", "");
    }

    boolean covers(String method, String methodDescriptor) {
      return name.isEmpty() || (name.equals(method) && descriptor.equals(methodDescriptor));
    }
  }

  private final ClassLoader loader;
  private final Map<String, byte[]> classes = new LinkedHashMap<>();
  private final ArrayDeque<Code> unseen = new ArrayDeque<>();
  private final Set<Code> seen = new HashSet<>();

  /**
   * @param loader which may give the bytes of cells' classes
   */
  CellCode(ClassLoader loader) {
    this.loader = loader;
  }

  static boolean isCell(String name) {
    return CLASS.matcher(name.replace('.', '/')).matches();
  }

  /** An object of this class travels, or, where it is that of a cell itself, a lambda of it. */
  void add(Class<?> type) {
    String name = type.getName().replace('.', '/');
    if (CELL.matcher(name).matches()) {
      need(name);
    } else if (isCell(name)) {
      unseen.add(Code.of(name));
    }
  }

  /** A lambda or a method reference travels. */
  void add(SerializedLambda lambda) {
    call(lambda.getImplClass(), lambda.getImplMethodName(), lambda.getImplMethodSignature());
  }

  private void call(String owner, String name, String descriptor) {
    if (isCell(owner)) {
      // Whoever makes an object may call all that it can.
      unseen.add(name.equals("<init>") ? Code.of(owner) : new Code(owner, name, descriptor));
    }
  }

  /**
   * The bytes of these classes and of all that they name, by name with slashes.
   *
   * @throws GristmillException if they cannot be had, or read or write a cell's variable
   */
  Map<String, byte[]> classes() {
    while (!unseen.isEmpty()) {
      Code code = unseen.remove();
      if (seen.add(code)) {
        need(code.owner());
        look(code);
      }
    }
    return classes;
  }

  /** With all classes of cells that its constants name. */
  private void need(String name) {
    if (classes.containsKey(name)) {
      return;
    }
    byte[] bytes = bytes(name).orElseThrow(() -> unknown(name));
    classes.put(name, bytes);
    // Names stand in the constants as they are, and within descriptors.
    var named = CLASS.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
    while (named.find()) {
      if (bytes(named.group()).isPresent()) { // not one that was renamed since
        need(named.group());
      }
    }
  }

  private Optional<byte[]> bytes(String name) {
    return CellClasses.bytes(name).or(() -> fromLoader(name));
  }

  private Optional<byte[]> fromLoader(String name) {
    for (var each : Parcel.loaders(loader)) {
      try (InputStream in = each.getResourceAsStream(name + ".class")) {
        if (in != null) {
          return Optional.of(in.readAllBytes());
        }
      } catch (IOException impossible) {
        // these are bytes in memory
      }
    }
    return Optional.empty();
  }

  private static GristmillException unknown(String name) {
    String type = name.replaceFirst(CELL.pattern() + "\\$?", "");
    return new GristmillException(
        (type.isEmpty() ? "a lambda" : "the class " + type)
            + " of a cell cannot be sent to executors, because this kernel does not give away its"
            + " bytes: use the kernel that kernel/install --cluster makes, or start yours with"
            + " -javaagent:…/agent.jar");
  }

  private void look(Code code) {
    new ClassReader(classes.get(code.owner()))
        .accept(new Looking(code), ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
  }

  /** Follows what the methods of some code call. */
  private final class Looking extends ClassVisitor {
    private final Code code;
    private boolean found;
    private String superclass;

    Looking(Code code) {
      super(Opcodes.ASM9);
      this.code = code;
    }

    @Override
    public void visit(
        int version,
        int access,
        String name,
        String signature,
        String superName,
        String[] interfaces) {
      superclass = superName;
      if (code.name().isEmpty()) {
        add(superName);
        for (String type : interfaces) { // whose default methods may be called
          add(type);
        }
      }
    }

    private void add(String type) {
      if (isCell(type)) {
        unseen.add(Code.of(type));
      }
    }

    @Override
    public MethodVisitor visitMethod(
        int access, String name, String descriptor, String signature, String[] exceptions) {
      if (!code.covers(name, descriptor)) {
        return null;
      }
      found = true;
      return new Method();
    }

    @Override
    public void visitEnd() {
      if (!found && !code.name().isEmpty() && superclass != null) {
        call(superclass, code.name(), code.descriptor()); // it is inherited
      }
    }
  }

  private final class Method extends MethodVisitor {
    Method() {
      super(Opcodes.ASM9);
    }

    @Override
    public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
      boolean isStatic = opcode == Opcodes.GETSTATIC || opcode == Opcodes.PUTSTATIC;
      if (isStatic && CELL.matcher(owner).matches()) {
        throw new GristmillException(
            ("what is to run on executors uses %1$s, a variable of a cell, which would be null or 0"
                    + " there. Copy it where the lambda or object is made, so that it travels: in a"
                    + " method, `ActorPool<…> pool(%2$s %1$s) { return ActorPool.of(2, device -> …"
                    + " %1$s …); }`, called as `pool(%1$s)`; or as a parameter of the constructor")
                .formatted(name, type(descriptor)));
      }
      if (isStatic && isCell(owner)) {
        unseen.add(Code.of(owner)); // its class is initialized
      }
    }

    private static String type(String descriptor) {
      String name = org.apache.xbean.asm9.Type.getType(descriptor).getClassName();
      return name.substring(Math.max(name.lastIndexOf('.'), name.lastIndexOf('$')) + 1);
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String name, String descriptor, boolean isInterface) {
      call(owner, name, descriptor);
    }

    @Override
    public void visitInvokeDynamicInsn(
        String name, String descriptor, Handle bootstrap, Object... arguments) {
      for (Object argument : arguments) {
        if (argument instanceof Handle handle) {
          call(handle.getOwner(), handle.getName(), handle.getDesc());
        }
      }
    }
  }
}
