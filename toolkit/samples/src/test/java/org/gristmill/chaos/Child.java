package org.gristmill.chaos;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process that is watched line by line, and killed at the latest when this is closed. Its lines
 * are guarded by this; everything else is for one thread.
 */
final class Child implements AutoCloseable {
  private static final int MOST_LINES = 30; // of what is told of a child

  private final Process process;
  private final Thread reader;
  private final List<String> lines = new ArrayList<>();

  private Child(Process process) {
    this.process = process;
    reader = new Thread(this::read, "output of " + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  static Child of(ProcessBuilder builder) throws IOException {
    return new Child(builder.redirectErrorStream(true).start());
  }

  /** A JVM on our class path. */
  static Child java(Path folder, List<String> options, Class<?> main, Object... arguments)
      throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Djava.awt.headless=true", "-XX:TieredStopAtLevel=1"));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    var builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("OPT_OUT_TRACKING", "true");
    return of(builder);
  }

  private void read() {
    try (var in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        synchronized (this) {
          lines.add(line);
          notifyAll();
        }
      }
    } catch (IOException killed) {
      // its stream is closed
    } finally {
      synchronized (this) {
        notifyAll();
      }
    }
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** How many lines begin like that so far. */
  synchronized int count(String begin) {
    return (int) lines.stream().filter(line -> line.startsWith(begin)).count();
  }

  /** The last line that begins like that; empty if there is none. */
  synchronized String last(String begin) {
    return lines.stream().filter(l -> l.contains(begin)).reduce("", (before, line) -> line);
  }

  /** The end of what it printed, for messages. */
  synchronized String text() {
    return String.join("\n", lines.subList(Math.max(0, lines.size() - MOST_LINES), lines.size()));
  }

  /** Waits until that many lines begin like that, or the process has ended. */
  synchronized void await(String begin, int count, int seconds) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (count(begin) < count && reader.isAlive()) {
      long left = deadline - System.nanoTime();
      Campaign.require(left > 0, "no \"%s\" within %d s: %s", begin, seconds, text());
      wait(Math.min(100, Math.max(1, left / 1_000_000)));
    }
  }

  /** Lets some time pass, less if it ends. */
  void pass(long micros) throws InterruptedException {
    process.waitFor(micros, TimeUnit.MICROSECONDS);
  }

  /** Sends it a byte. */
  void poke() {
    try {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  /** SIGKILL; all that it had printed has been read then. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
    reader.join(10_000);
  }

  /** Waits for its end and gives its exit status. */
  int end(int seconds) throws InterruptedException {
    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
      String text = text();
      kill();
      throw new AssertionError("not done within " + seconds + " s: " + text);
    }
    reader.join(10_000);
    return process.exitValue();
  }

  /** Waits for its end, which must be a good one, and gives what it measured. */
  String result(int seconds) throws InterruptedException {
    int status = end(seconds);
    Campaign.require(status == 0, "status %d: %s", status, text());
    return last("measured: ").replaceFirst("measured: ", "");
  }

  /** Resident memory in KiB; 0 if it has ended. */
  long rss() {
    return rss(Path.of("/proc/" + pid() + "/status"));
  }

  static long rss(Path status) {
    try {
      return Files.readAllLines(status).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException ended) {
      return 0;
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
