package org.gristmill.dataset;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.gristmill.GristmillException;
import org.gristmill.RunStats;
import org.gristmill.model.FileHash;
import org.gristmill.observe.LoadedModel;
import org.gristmill.observe.RunListener;
import org.gristmill.pool.LocalHost;
import org.gristmill.sink.Checkpoint;
import org.gristmill.sink.Csv;
import org.gristmill.sink.JsonLines;
import org.gristmill.sink.Manifest;
import org.gristmill.sink.Segments;

/**
 * A run whose rows go to a folder, in segments that are committed one by one. A run that was killed
 * goes on behind the last commit; one of another plan, model or source starts from nothing.
 */
public final class Writing {
  /** How rows are written. */
  public enum Format {
    JSON_LINES("jsonl", "writeJsonLines"),
    CSV("csv", "writeCsv");

    private final String extension;
    private final String verb;

    Format(String extension, String verb) {
      this.extension = extension;
      this.verb = verb;
    }
  }

  /** What an earlier run wrote does not count: the model has changed. The message says which. */
  private static final class Superseded extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Superseded(String why) {
      super(why);
    }
  }

  private static final RunListener UNSEEN = new RunListener() {}; // what only checks
  private static final int PROGRESS = 100; // segments' worth of source rows without a segment

  private final Plan plan;
  private final Options options;
  private final Format format;
  private final int rowsPerSegment;

  private Writing(Plan plan, Options options, Format format, int rowsPerSegment) {
    this.plan = plan;
    this.options = options;
    this.format = format;
    this.rowsPerSegment = rowsPerSegment;
  }

  /** Runs a plan and writes its rows into a folder, in their order. */
  public static RunStats run(
      Plan plan,
      Options options,
      RunListener listener,
      Format format,
      Path folder,
      int rowsPerSegment) {
    if (Thread.currentThread().isInterrupted()) { // which would close the folder's lock
      throw Execution.interrupted(0, new InterruptedException());
    }
    var writing = new Writing(plan, options.inOrder(), format, rowsPerSegment);
    var identity = writing.identity();
    if (options.redriven() != null) {
      requireOwnFolder(folder, identity, options.redriven());
    }
    var segments = Segments.open(folder, format.extension, identity, rowsPerSegment);
    try {
      while (true) {
        String why;
        try {
          RunStats stats = writing.run(segments, listener);
          return stats.withNotes(segments.notes());
        } catch (Superseded changed) {
          why = changed.getMessage();
        } catch (SourceChanged changed) {
          why = "the source does not begin with the same rows any more";
        }
        segments = segments.supersede(why);
      }
    } finally {
      segments.close();
    }
  }

  /** A redrive into the folder that it completes would take the place of what is there. */
  private static void requireOwnFolder(Path folder, Map<String, String> identity, Path letters) {
    if (Manifest.read(folder).filter(found -> !found.identity().equals(identity)).isPresent()) {
      throw new GristmillException(
          "%s holds the rows of another run: write the rows of %s, which are redriven, to a folder of their own"
              .formatted(folder, letters));
    }
  }

  /** What must be the same for rows to count that were written before. */
  private Map<String, String> identity() {
    var identity = new LinkedHashMap<String, String>();
    identity.put("source", Plan.source(plan).name());
    identity.put("plan", Plan.identity(plan));
    identity.put("format", format + ", " + rowsPerSegment + " rows a segment");
    return identity;
  }

  private RunStats run(Segments segments, RunListener listener) {
    if (segments.isComplete()) {
      check(segments);
    }
    if (segments.isComplete()) { // nothing is left to do
      return run(Plan.limit(plan, 0), null, row -> {}, listener);
    }
    var at = at(segments);
    long kept = at.letters().getOrDefault(lettersFile(), 0L);
    try (var deadLetters = DeadLetters.open(options, kept)) {
      var output = new Output(segments, deadLetters, at.letters());
      output.latest = position(at);
      output.committed = at.next();
      var stats = run(written(), output.latest, output, listener);
      segments.complete(output.checkpoint());
      return stats;
    }
  }

  private RunStats run(Plan plan, Position from, Execution.Output output, RunListener listener) {
    return Execution.run(plan, options, from, output, new LocalHost(), listener);
  }

  private static Checkpoint at(Segments segments) {
    var start = new Checkpoint(0, Position.START.digest(), List.of(), Map.of());
    return segments.checkpoint().orElse(start);
  }

  private static Position position(Checkpoint at) {
    return new Position(at.next(), at.digest(), at.counters());
  }

  /**
   * Whether what is complete still counts: the source has the same rows, and workers load the same
   * models. Where the source has more rows, and the plan lets them through, it is complete no more.
   */
  private void check(Segments segments) {
    Position end = position(at(segments));
    var source = new SourceCheck(end);
    Plan listed = Plan.limit(Plan.source(plan), end.next() + 1);
    Execution.run(listed, Options.standard(), Position.START, source, new LocalHost(), UNSEEN);
    source.requireSame();
    if (segments.hasModels()) {
      Plan nothing =
          Plan.withSource(plan, some -> new Plan.Source("nothing", () -> () -> null, false));
      run(nothing, null, new Output(segments, null, Map.of()), UNSEEN);
    }
    if (source.hasMore() && !Plan.isReached(plan, end.counters())) {
      segments.reopen();
    }
  }

  /** Compares the first rows of a source with those that a run has seen. */
  private static final class SourceCheck implements Execution.Output {
    private final Position end;
    private boolean same;
    private boolean more;

    SourceCheck(Position end) {
      this.end = end;
      this.same = end.next() == 0;
    }

    @Override
    public void row(Row<?> row) {}

    @Override
    public void reached(Position position, Set<LoadedModel> models) {
      same |= position.next() == end.next() && position.digest() == end.digest();
      more |= position.next() > end.next();
    }

    void requireSame() {
      if (!same) {
        throw new SourceChanged();
      }
    }

    boolean hasMore() {
      return more;
    }
  }

  private String lettersFile() {
    return options.onError().deadLetters().map(file -> file.toAbsolutePath().toString()).orElse("");
  }

  /** Lines of JSON are made by the threads for single rows; CSV needs the columns of the first. */
  private Plan written() {
    if (format == Format.CSV) {
      return plan;
    }
    Plan.RowFunction encode = row -> row.with(JsonLines.encode(row.value(), row.path()));
    return new Plan.Transform(plan, format.verb, encode, true, 0);
  }

  /** Takes the rows of one run. Owned by the driving thread. */
  private final class Output implements Execution.Output {
    private final Segments segments;
    private final DeadLetters deadLetters;
    private final Map<String, Long> letters; // lengths of dead-letter files
    private final Set<LoadedModel> known = new HashSet<>(); // models that were looked at
    private List<String> columns; // of CSV: those of the first row that was ever written
    private Position latest;
    private long committed; // rows of the source that are done

    Output(Segments segments, DeadLetters deadLetters, Map<String, Long> letters) {
      this.segments = segments;
      this.deadLetters = deadLetters;
      this.letters = new HashMap<>(letters);
      columns = segments.header().map(Csv::cells).orElse(null);
    }

    @Override
    public void row(Row<?> row) {
      segments.add(format == Format.CSV ? csv(row) : (String) row.value());
    }

    private String csv(Row<?> row) {
      try {
        List<String> own = Csv.columns(row.value(), row.path());
        if (columns == null) {
          columns = own;
          segments.header(Csv.line(own));
        }
        return Csv.line(Csv.cells(row.value(), row.path(), columns));
      } catch (IllegalArgumentException refused) {
        throw new Execution.Refused(format.verb, refused);
      }
    }

    @Override
    public void setAside(Row<?> row) {
      deadLetters.add(row);
    }

    @Override
    public void reached(Position position, Set<LoadedModel> models) {
      latest = position;
      check(models);
      boolean faraway = position.next() - committed > PROGRESS * (long) rowsPerSegment;
      if (segments.isFull() || faraway) { // few rows come out, but much is done
        segments.commit(checkpoint());
      }
    }

    @Override
    public void ended(Set<LoadedModel> models) {
      check(models);
    }

    private void check(Set<LoadedModel> models) {
      for (LoadedModel model : models) {
        if (known.add(model)) {
          String name = model.file().getFileName().toString();
          check(name, FileHash.of(model.file()));
          check(name + "'s preprocessing and labels", FileHash.of(model.settings()));
        }
      }
    }

    private void check(String name, String sha256) {
      segments
          .model(name, sha256)
          .ifPresent(
              why -> {
                throw new Superseded(why);
              });
    }

    Checkpoint checkpoint() {
      if (options.setsAside()) {
        letters.put(lettersFile(), deadLetters.force());
      }
      committed = latest.next();
      return new Checkpoint(latest.next(), latest.digest(), latest.counters(), letters);
    }
  }
}
