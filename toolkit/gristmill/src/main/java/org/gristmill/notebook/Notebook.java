package org.gristmill.notebook;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import org.dflib.DataFrame;
import org.gristmill.Image;
import org.gristmill.Run;
import org.gristmill.dashboard.Dashboard;

/**
 * Teaches a Java kernel to show our types as {@link Html}, and shows what changes while a cell
 * runs. JJava and IJava have the same doors under different names, and this jar must run without
 * either, so this is the one class that uses reflection. Anywhere else it does nothing, and values
 * print as text.
 */
public final class Notebook {
  /** Where a kernel's classes live, and the class and method that give the running kernel. */
  private record Door(String jupyter, String holder, String kernel) {
    String display() {
      return jupyter + ".kernel.display";
    }
  }

  private static final List<Door> DOORS =
      List.of(
          new Door(
              "org.dflib.jjava.jupyter",
              "org.dflib.jjava.jupyter.kernel.BaseKernel",
              "notebookKernel"),
          new Door(
              "io.github.spencerpark.jupyter",
              "io.github.spencerpark.ijava.IJava",
              "getKernelInstance"));

  private static final List<Class<?>> SHOWN =
      List.of(
          Run.class, Image.class, Tabular.class, Gallery.class, Dashboard.class, DataFrame.class);

  private static Object installedIn; // guarded by the class: the renderer that knows our types

  private Notebook() {}

  /** Does its work once a kernel; safe to call again. */
  public static synchronized void install() {
    try {
      for (Door door : DOORS) {
        Object kernel = kernel(door);
        Object renderer = kernel == null ? null : renderer(kernel);
        if (renderer != null && !renderer.equals(installedIn)) {
          for (Class<?> type : SHOWN) {
            register(door, renderer, type);
          }
          installedIn = renderer;
        }
      }
    } catch (ReflectiveOperationException changed) { // by another version of the kernel
      System.out.println("note: this kernel shows Gristmill's types as plain text: " + changed);
    }
  }

  /** The cell that runs now, if there is a kernel and one runs. */
  static Optional<Cell> cell() {
    try {
      for (Door door : DOORS) {
        Object kernel = kernel(door);
        Object request = kernel == null ? null : request(kernel);
        if (request != null) {
          return Optional.of(new KernelCell(door, request));
        }
      }
      return Optional.empty();
    } catch (ReflectiveOperationException | RuntimeException changed) {
      return Optional.empty(); // another version of the kernel: runs are told of in lines alone
    }
  }

  /**
   * A cell of a kernel. What is shown carries the request that the cell came with, as the kernel's
   * own output does, and so finds its cell even after the kernel has answered, as it does at once
   * when a cell is interrupted.
   */
  private record KernelCell(Door door, Object request) implements Cell {
    @Override
    public void show(String id, boolean first, String html, String text) {
      publish(door, request, id, first, html, text);
    }

    /** The request itself: of two requests that say the same, each has its cell. */
    @Override
    public boolean equals(Object other) {
      return other instanceof KernelCell cell && cell.request == request;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(request);
    }
  }

  private static void publish(
      Door door, Object request, String id, boolean first, String html, String text) {
    boolean interrupted = Thread.interrupted(); // the kernel's sockets would close
    try {
      Class<?> type = find(door.display() + ".DisplayData");
      Object data = type.getConstructor().newInstance();
      type.getMethod("putText", String.class).invoke(data, text);
      type.getMethod("putHTML", String.class).invoke(data, html);
      type.getMethod("setDisplayId", String.class).invoke(data, id);
      String message = first ? "PublishDisplayData" : "PublishUpdateDisplayData";
      Class<?> content = find(door.jupyter() + ".messages.ContentType");
      Object published =
          find(door.jupyter() + ".messages.publish." + message)
              .getConstructor(type)
              .newInstance(data);
      request.getClass().getMethod("publish", content).invoke(request, published);
    } catch (ReflectiveOperationException changed) {
      throw new IllegalStateException("this kernel shows no display: " + changed, changed);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** What the running cell came with, or null if none runs. */
  private static Object request(Object kernel) throws ReflectiveOperationException {
    Object io = kernel.getClass().getMethod("getIO").invoke(kernel);
    Object display = io.getClass().getField("display").get(io);
    Field request = display.getClass().getDeclaredField("env");
    request.setAccessible(true);
    return request.get(display);
  }

  /** The running kernel, or null: without one, JJava's classes alone throw. */
  private static Object kernel(Door door) throws ReflectiveOperationException {
    try {
      return find(door.holder()).getMethod(door.kernel()).invoke(null);
    } catch (ClassNotFoundException | InvocationTargetException notRunning) {
      return null;
    }
  }

  private static Object renderer(Object kernel) throws ReflectiveOperationException {
    return kernel.getClass().getMethod("getRenderer").invoke(kernel);
  }

  private static Class<?> find(String name) throws ClassNotFoundException {
    try {
      return Class.forName(name, false, Notebook.class.getClassLoader());
    } catch (ClassNotFoundException elsewhere) {
      return Class.forName(name, false, ClassLoader.getSystemClassLoader());
    }
  }

  private static void register(Door door, Object renderer, Class<?> type)
      throws ReflectiveOperationException {
    Class<?> function = find(door.display() + ".RenderFunction");
    Class<?> context = find(door.display() + ".RenderContext");
    Class<?> data = find(door.display() + ".DisplayData");
    Method container = context.getMethod("getOutputContainer");
    Method putHtml = data.getMethod("putHTML", String.class);
    Object render =
        Proxy.newProxyInstance(
            function.getClassLoader(),
            new Class<?>[] {function},
            (proxy, method, args) -> {
              var html = method.getName().equals("render") ? Html.of(args[0]) : null;
              if (html != null && html.isPresent()) {
                putHtml.invoke(container.invoke(args[1]), html.get());
              }
              return null;
            });
    Object registration =
        renderer.getClass().getMethod("createRegistration", Class.class).invoke(renderer, type);
    registration
        .getClass()
        .getMethod("preferring", String[].class)
        .invoke(registration, (Object) new String[] {"text/html"});
    registration.getClass().getMethod("register", function).invoke(registration, render);
  }
}
