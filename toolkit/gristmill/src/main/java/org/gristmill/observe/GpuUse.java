package org.gristmill.observe;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * How busy and how full the GPUs are, as {@code nvidia-smi} tells: a child process that prints a
 * line a GPU twice a second, and is read by the thread that drives the run, whenever it looks and
 * without ever waiting. Where there is no such program, or it fails, nothing is known and nothing
 * is said. Tested with a program that prints what nvidia-smi documents.
 */
final class GpuUse implements AutoCloseable {
  private static final List<String> ARGUMENTS =
      List.of(
          "--query-gpu=index,utilization.gpu,memory.used",
          "--format=csv,noheader,nounits",
          "-lms",
          "500");
  private static final int MOST_BYTES = 1 << 16; // read at once
  private static final int LONGEST_LINE = 1000; // more than that is none of ours
  private static final long MIB = 1 << 20;
  private static final long PATIENCE_MILLIS = 1000; // for the end of a process that was killed

  /** The latest of one GPU; -1 is not known. */
  private record Reading(double use, long memory) {}

  private final Optional<Process> process;
  private final Map<Integer, Reading> readings = new TreeMap<>(); // by the GPU's number
  private final StringBuilder line = new StringBuilder(); // that has not ended

  private GpuUse(Optional<Process> process) {
    this.process = process;
  }

  /**
   * Begins to watch.
   *
   * @param path folders in which the program may be, as in the environment's PATH; or null
   */
  static GpuUse start(String path) {
    return new GpuUse(program(path).flatMap(GpuUse::process));
  }

  private static Optional<Path> program(String path) {
    for (String folder : path == null ? new String[0] : path.split(File.pathSeparator)) {
      for (String name : List.of("nvidia-smi", "nvidia-smi.exe")) {
        try {
          Path program = Path.of(folder, name);
          if (Files.isRegularFile(program) && Files.isExecutable(program)) {
            return Optional.of(program);
          }
        } catch (InvalidPathException noFolder) {
          // nothing is there
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<Process> process(Path program) {
    var builder = new ProcessBuilder(program.toString());
    builder.command().addAll(ARGUMENTS);
    try {
      var process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
      process.getOutputStream().close();
      return Optional.of(process);
    } catch (IOException cannotStart) {
      return Optional.empty();
    }
  }

  /** Takes in what it has told since; never waits. */
  void read() {
    process.ifPresent(this::read);
  }

  private void read(Process running) {
    try {
      boolean ended = !running.isAlive();
      InputStream output = running.getInputStream();
      byte[] bytes = output.readNBytes(Math.min(output.available(), MOST_BYTES));
      new String(bytes, StandardCharsets.ISO_8859_1).chars().forEach(this::read);
      if (ended && bytes.length == 0) {
        readings.clear(); // nobody knows any more
      }
    } catch (IOException ending) {
      // its streams are just being closed
    }
  }

  private void read(int character) {
    if (character == '\n') {
      readLine(line.toString().split(",", -1));
      line.setLength(0);
    } else if (line.length() < LONGEST_LINE) {
      line.append((char) character);
    }
  }

  private void readLine(String[] cells) {
    if (cells.length != 3) {
      return; // a message
    }
    long gpu = number(cells[0]);
    long percent = number(cells[1]);
    long mebibytes = number(cells[2]);
    if (gpu >= 0) {
      readings.put(
          (int) gpu,
          new Reading(
              percent < 0 ? -1 : Math.min(1, percent / 100.0),
              mebibytes < 0 ? -1 : mebibytes * MIB));
    }
  }

  /** A number; -1 for what stands where a GPU does not tell, such as {@code [N/A]}. */
  private static long number(String cell) {
    String text = cell.strip();
    return text.matches("\\d{1,9}") ? Long.parseLong(text) : -1;
  }

  /** The share of time, 0..1, in which the busiest GPU had work; -1 if that is not known. */
  double busiest() {
    return readings.values().stream().mapToDouble(Reading::use).max().orElse(-1);
  }

  /** Bytes that are taken of all GPUs, by anybody; -1 if that is not known. */
  long memory() {
    var known = readings.values().stream().mapToLong(Reading::memory).filter(it -> it >= 0);
    return known.reduce(Long::sum).orElse(-1);
  }

  /** Ends the program. */
  @Override
  public void close() {
    process.ifPresent(GpuUse::end);
  }

  private static void end(Process process) {
    process.destroyForcibly();
    try {
      process.getInputStream().close();
      process.waitFor(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (IOException closedAlready) {
      // as it should be
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt(); // it ends without us
    }
  }
}
