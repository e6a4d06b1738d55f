package org.gristmill.notebook;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.gristmill.observe.Snapshot;

/**
 * One tile for the many runs of a comparison, a line an arm. For the thread that measures; its last
 * frame comes when it is closed.
 */
public final class ArmsTile implements AutoCloseable {
  private static final int BAR = 16; // characters

  /** What is known of an arm. */
  private static final class Arm {
    private int runs; // that have ended
    private double rate; // rows a second of the latest of them
    private String failure;
  }

  private final Map<String, Arm> arms = new LinkedHashMap<>();
  private final Panel panel;
  private final LongSupplier clock;
  private final Runnable close;
  private final long began;
  private String arm;
  private String round = "";
  private Snapshot latest; // run
  private boolean measured; // all runs have ended well
  private boolean over;

  ArmsTile(List<String> names, Panel panel, LongSupplier clock, Runnable close) {
    names.forEach(name -> arms.put(name, new Arm()));
    this.arm = names.get(0);
    this.panel = panel;
    this.clock = clock;
    this.close = close;
    this.began = clock.getAsLong();
  }

  /** The runs that come are that arm's. */
  public void turn(String arm, String round) {
    this.arm = arm;
    this.round = round;
  }

  /** All runs have ended well. */
  public void measured() {
    measured = true;
  }

  void show(Snapshot run) {
    latest = run;
    var current = arms.get(arm);
    if (run.state() == Snapshot.State.ENDED) {
      current.runs++;
      current.rate = run.stats().rowsPerSecond();
    }
    current.failure = run.state() == Snapshot.State.FAILED ? run.failure().orElse("") : null;
    panel.show(elapsed(), this::frame);
  }

  private long elapsed() {
    return clock.getAsLong() - began;
  }

  private Frame frame() {
    var about = new ArrayList<List<String>>();
    String time = Progress.time(Duration.ofNanos(elapsed()));
    String state = !over ? "running for " : measured ? "ended after " : "failed after ";
    about.add(List.of("comparison", state + time + ", " + round));
    if (!over) {
      about.add(List.of("arm", arm));
      about.add(List.of("rows", Frame.rows(latest)));
    }
    double fastest = arms.values().stream().mapToDouble(arm -> arm.rate).max().orElse(0);
    var rows = new ArrayList<List<String>>();
    arms.forEach((name, arm) -> rows.add(line(name, arm, fastest)));
    var header = List.of("arm", "runs", "latest run", over && measured ? "" : "state");
    return new Frame(List.of(new Table(List.of("", ""), about), new Table(header, rows)));
  }

  private List<String> line(String name, Arm of, double fastest) {
    double share = fastest == 0 ? 0 : of.rate / fastest;
    String rate = " " + Progress.tenths(of.rate) + " rows/s";
    boolean runs = !over && name.equals(arm);
    return List.of(
        name,
        String.valueOf(of.runs),
        of.runs == 0 ? "none yet" : Bar.of(share, BAR) + rate,
        of.failure != null
            ? "failed: " + of.failure
            : runs && latest.state() == Snapshot.State.RUNNING ? Frame.state(latest) : "");
  }

  /** The comparison is over, or has failed. */
  @Override
  public void close() {
    over = true;
    close.run();
    if (latest != null) { // somebody told of a run
      panel.showLast(elapsed(), this::frame);
    }
  }
}
