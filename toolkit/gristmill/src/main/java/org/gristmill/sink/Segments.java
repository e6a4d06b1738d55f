package org.gristmill.sink;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gristmill.GristmillException;

/**
 * A folder that a run writes rows of text into, committed in segments: whenever the run is killed,
 * the next one goes on behind the last commit, and no row is lost or there twice. A segment is
 * written under a temporary name and renamed when it is whole; it counts from when a line of the
 * manifest names it. After a {@link GristmillException} only {@link #close} may be called. Owned by
 * one thread.
 */
public final class Segments implements AutoCloseable {
  /** Where and how rows are written; the lock goes along when a state is superseded. */
  private record Place(
      Path folder,
      String extension,
      Map<String, String> identity,
      int rowsPerSegment,
      FolderLock lock) {}

  private final Place place;
  private final Journal journal;
  private final History history;
  private final Manifest earlier; // as it was found

  // All below is owned by the thread that writes.
  private final Map<String, String> models;
  private final List<JsonObject> pending = new ArrayList<>(); // written with the next commit
  private Optional<String> header;
  private Optional<Checkpoint> checkpoint;
  private boolean complete;
  private int segments;
  private long rows;
  private OpenSegment open;
  private boolean closed;

  private Segments(Place place, Journal journal, Manifest earlier, History history) {
    this.place = place;
    this.journal = journal;
    this.history = history;
    this.earlier = earlier;
    models = new HashMap<>(earlier.models());
    header = earlier.header();
    checkpoint = earlier.checkpoint();
    complete = earlier.isComplete();
    segments = earlier.segments().size();
    rows = earlier.rows();
  }

  /**
   * Opens a folder for writing, and makes it if need be. What an earlier run of the same identity
   * committed is kept; that of another identity is moved aside.
   *
   * @param extension of the files: jsonl or csv
   * @param identity what must be the same for an earlier run's rows to count, by what to call it,
   *     such as "plan"; in the order in which differences are told
   * @param rowsPerSegment when a segment is full
   * @throws GristmillException if the folder holds files of someone else, another run is writing
   *     it, something that was committed is missing, or it cannot be written
   */
  public static Segments open(
      Path folder, String extension, Map<String, String> identity, int rowsPerSegment) {
    if (rowsPerSegment < 1) {
      throw new IllegalArgumentException("a segment has at least 1 row, not " + rowsPerSegment);
    }
    Contents.claim(folder);
    var lock = FolderLock.take(folder);
    try {
      var ordered = Collections.unmodifiableMap(new LinkedHashMap<>(identity));
      return open(new Place(folder, extension, ordered, rowsPerSegment, lock));
    } catch (RuntimeException | Error failed) {
      lock.close();
      throw failed;
    }
  }

  private static Segments open(Place place) {
    Path folder = place.folder;
    var history = new History(folder);
    var earlier = Manifest.read(folder);
    if (earlier.isEmpty()) {
      Superseded.finish(folder).ifPresent(history::finished);
      Contents.refuseOthers(folder);
      Contents.clean(folder, List.of());
      return start(place, history);
    }
    Manifest manifest = earlier.get();
    Contents.clean(folder, manifest.segments());
    if (!manifest.identity().equals(place.identity)) {
      String why = History.difference(manifest.identity(), place.identity);
      return startOver(place, history, manifest.segments().size(), manifest.rows(), why);
    }
    if (manifest.checkpoint().isEmpty()) {
      // A kill in the first commit may have left the line of a header or a model.
      return start(place, history);
    }
    Contents.check(folder, manifest.segments());
    return new Segments(place, Journal.resume(folder, manifest), manifest, history);
  }

  private static Segments start(Place place, History history) {
    var journal = Journal.create(place.folder, place.identity);
    return new Segments(place, journal, Manifest.read(place.folder).orElseThrow(), history);
  }

  private static Segments startOver(
      Place place, History history, int segments, long rows, String why) {
    if (segments > 0) { // else there is nothing to keep
      history.superseded(segments, rows, why, Superseded.move(place.folder));
    }
    return start(place, history);
  }

  /** Sentences for the run's stats: what was found, and what became of it. */
  public List<String> notes() {
    return history.notes(
        complete && earlier.isComplete() && rows == earlier.rows(),
        earlier.checkpoint().isPresent(),
        earlier.rows());
  }

  /** More is to come after all: the source has grown. */
  public void reopen() {
    complete = false;
  }

  /** Whether models were recorded. */
  public boolean hasModels() {
    return !models.isEmpty();
  }

  /** Whether all rows are there; then nothing may be added. */
  public boolean isComplete() {
    return complete;
  }

  /** Where the last commit ended; nothing before the first one. */
  public Optional<Checkpoint> checkpoint() {
    return checkpoint;
  }

  /** Rows in committed segments, of earlier runs too. */
  public long rows() {
    return rows;
  }

  /**
   * The line that every segment begins with, given before the first row.
   *
   * @throws GristmillException if it is another one than before
   */
  public void header(String line) {
    if (header.isPresent() && !header.get().equals(line)) {
      throw new GristmillException(
          "the files in %s begin with \"%s\", and the rows of this run would need \"%s\": write to another folder, or delete this one"
              .formatted(place.folder, header.get(), line));
    }
    if (header.isEmpty()) {
      if (segments > 0 || open != null) {
        throw new IllegalStateException("the header comes before the first row");
      }
      header = Optional.of(line);
      var first = new JsonObject();
      first.addProperty("header", line);
      pending.add(first);
    }
  }

  /** The header that was given, to this run or to an earlier one. */
  public Optional<String> header() {
    return header;
  }

  /** One row, without a newline at its end. */
  public void add(String line) {
    requireWritable();
    try {
      if (open == null) {
        String name = "segment-%06d.%s".formatted(segments, place.extension);
        open = new OpenSegment(place.folder.resolve(name), header);
      }
      open.add(line);
    } catch (IOException failed) {
      throw Disk.failure("write a row to", place.folder, failed);
    }
  }

  /** Whether the rows since the last commit fill a segment. */
  public boolean isFull() {
    return open != null && open.rows() >= place.rowsPerSegment;
  }

  /** Commits the rows since the last commit; where there are none, only how far the run is. */
  public void commit(Checkpoint at) {
    requireWritable();
    var lines = commitOpen(at);
    if (lines.stream().noneMatch(line -> line.has("segment"))) {
      var progress = new JsonObject();
      progress.add("checkpoint", at.json());
      lines.add(progress);
    }
    journal.append(lines);
    checkpoint = Optional.of(at);
  }

  /** Commits the rows since the last commit, if any, and marks the folder complete. */
  public void complete(Checkpoint at) {
    requireWritable();
    var lines = commitOpen(at);
    var end = new JsonObject();
    end.addProperty("complete", true);
    end.addProperty("rows", rows);
    end.add("checkpoint", at.json());
    lines.add(end);
    journal.append(lines);
    checkpoint = Optional.of(at);
    complete = true;
  }

  /** Gives the open segment its name, and returns the lines that make it count. */
  private List<JsonObject> commitOpen(Checkpoint at) {
    var lines = new ArrayList<JsonObject>(pending);
    pending.clear();
    if (open != null) {
      try {
        var segment = open.commit();
        lines.add(segment.json(at));
        segments++;
        rows += segment.rows();
        open = null;
      } catch (IOException failed) {
        throw Disk.failure("write", open.partial(), failed);
      }
    }
    return lines;
  }

  /**
   * Notes what a model's content is; the next commit records it.
   *
   * @param sha256 in hexadecimal
   * @return a sentence without its full stop, if what is committed was made with another content or
   *     with other models; then nothing is noted
   */
  public Optional<String> model(String name, String sha256) {
    String own = name; // a run may use several models of one name, from several folders
    for (int more = 2; models.containsKey(own); more++) {
      if (models.get(own).equals(sha256)) {
        return Optional.empty();
      }
      own = name + " (" + more + ")";
    }
    if (earlier.checkpoint().isPresent()) {
      String was = earlier.models().get(name);
      return Optional.of(
          was == null
              ? History.otherModels(name, earlier.models().keySet())
              : History.otherContent(name, was, sha256));
    }
    models.put(own, sha256);
    var line = new JsonObject();
    line.addProperty("model", own);
    line.addProperty("sha256", sha256);
    pending.add(line);
    return Optional.empty();
  }

  /**
   * Starts from nothing: what is committed no longer counts and is moved to a folder within this
   * one, what is not committed is dropped.
   *
   * @param why a sentence without its full stop, such as that of {@link #model}
   * @return what to write to from now on; this object is closed
   */
  public Segments supersede(String why) {
    if (closed) {
      throw new IllegalStateException(place.folder + " is closed");
    }
    discardOpen();
    var fresh = startOver(place, history, segments, rows, ", but " + why);
    closed = true; // the lock is the other's now
    return fresh;
  }

  /** Drops what is not committed, and lets others write the folder. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      discardOpen();
      place.lock.close();
    }
  }

  private void discardOpen() {
    if (open != null) {
      open.discard();
      open = null;
    }
  }

  private void requireWritable() {
    if (closed || complete) {
      throw new IllegalStateException(place.folder + " is " + (closed ? "closed" : "complete"));
    }
  }
}
