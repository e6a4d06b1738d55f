package org.gristmill.notebook;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.gristmill.ExecutionPlan;
import org.gristmill.observe.RunListener;
import org.gristmill.observe.Snapshot;

/**
 * Tells in plain lines how long runs stand, for a terminal or a log: one now and then, and one at
 * the end. Runs that are over soon say nothing. Thread-safe.
 */
public final class ProgressLines implements RunListener {
  private static final long FIRST = 2_000_000_000; // nanoseconds after a run has begun
  private static final long INTERVAL = 10_000_000_000L;
  private static final int LONGEST_STAGE = 40;

  private final PrintStream out;
  private final LongSupplier clock;
  private final Map<Long, Long> latest = new ConcurrentHashMap<>(); // line of a run that goes on

  /**
   * To the process's standard error, which a kernel leaves alone: what it runs gets another one.
   */
  public ProgressLines() {
    this(
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.US_ASCII),
        System::nanoTime);
  }

  ProgressLines(PrintStream out, LongSupplier clock) {
    this.out = out;
    this.clock = clock;
  }

  @Override
  public void progressed(Snapshot run) {
    Long line = latest.get(run.id());
    long now = clock.getAsLong();
    boolean due = line == null ? run.stats().wall().toNanos() >= FIRST : now - line >= INTERVAL;
    if (due) {
      latest.put(run.id(), now);
      String left = Progress.left(run).map(range -> ", " + range + " left").orElse("");
      print(run, left);
    }
  }

  @Override
  public void ended(Snapshot run) {
    if (latest.remove(run.id()) != null) {
      print(run, ", " + Frame.state(run));
    }
  }

  private void print(Snapshot run, String end) {
    long aside = run.stats().setAside();
    out.println(
        "gristmill: %s: %s rows, %s%s%s"
            .formatted(
                stage(run),
                Progress.rows(run),
                Progress.rate(run),
                end,
                aside == 0 ? "" : ", " + aside + " set aside")
            .replace("…", "...")
            .replace('\n', ' '));
  }

  /** The stage that the run is about: the last one with batches, or else the last one. */
  private static String stage(Snapshot run) {
    var stages = run.stats().plan().stages();
    String name = stages.isEmpty() ? "run" : stages.get(stages.size() - 1).name();
    for (ExecutionPlan.Stage stage : stages) {
      if (stage.measured().filter(ExecutionPlan.Measured::batches).isPresent()) {
        name = stage.name();
      }
    }
    return Progress.shortened(name, LONGEST_STAGE);
  }
}
