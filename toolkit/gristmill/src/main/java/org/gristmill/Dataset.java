package org.gristmill;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.gristmill.dataset.Decoding;
import org.gristmill.dataset.Elements;
import org.gristmill.dataset.Execution;
import org.gristmill.dataset.Explain;
import org.gristmill.dataset.Options;
import org.gristmill.dataset.Plan;
import org.gristmill.dataset.Redrive;
import org.gristmill.dataset.Row;
import org.gristmill.dataset.Writing;
import org.gristmill.image.Decode;
import org.gristmill.observe.Work;
import org.gristmill.source.Bytes;
import org.gristmill.source.Source;
import org.gristmill.source.TextRows;

/**
 * Rows that are not there yet: a plan of where they come from and what is done to them. Immutable
 * and safe to share. Verbs that return a dataset only add to the plan; every other verb runs it
 * from the start. Rows keep their order unless {@link #unordered} is asked for.
 *
 * @param <T> what a row is
 */
public final class Dataset<T> {
  private static final int ROWS_PER_SEGMENT = 1000;

  private final Plan plan;
  private final Options options;

  private Dataset(Plan plan, Options options) {
    this.plan = plan;
    this.options = options;
  }

  private static <T> Dataset<T> of(Plan.Source source) {
    return new Dataset<>(source, Options.standard());
  }

  private <R> Dataset<R> then(Plan next) {
    return new Dataset<>(next, options);
  }

  /**
   * The pictures in a folder and the folders below it, in the order of their names, or a single
   * file; as RGB. Files are listed and read as rows are asked for. A file is a picture if its name
   * or its first bytes say so; other files are skipped, and counted in the run's stats.
   *
   * <p>JPEG, PNG, GIF (the first frame), BMP, TIFF (the first page) and WebP are read, turned
   * upright as EXIF says, over white where they are transparent, in 8 bits. A file that is cut off,
   * corrupt, or too large to decode (more than 100 megapixels, or more than a quarter of the JVM's
   * largest heap) is a failed row.
   *
   * <p>From S3 come the objects whose keys begin with a prefix and end as pictures do, in S3's
   * order. Credentials are those of the system properties, the environment, the profile or the
   * container; without any, access is anonymous. An endpoint that AWS's settings name is used.
   *
   * @param uri a path, a {@code file:} URI, or {@code s3://bucket/prefix}
   * @throws GristmillException if there is no such file or folder
   */
  public static Dataset<Image> readImages(String uri) {
    return readImages(uri, Image.Mode.RGB);
  }

  /** The same with the channels that every picture is to have. */
  public static Dataset<Image> readImages(String uri, Image.Mode mode) {
    return images(uri, mode, Decode.FULL_SIZE);
  }

  /**
   * The same with pictures that need not be larger than a model wants them: a JPEG is decoded at a
   * half, a quarter or an eighth of its size as long as its short side keeps at least shortSide
   * pixels. That takes less time and memory (only the smaller size counts as too large), and
   * changes samples a little: each is the mean of those that it stands for, as Pillow's {@code
   * draft} gives it. A progressive JPEG, any other format, and every picture where OpenCV's natives
   * are missing ({@link Session#resources} tells) is decoded as large as it is.
   *
   * @param shortSide pixels, for a model at least those of its {@link Preprocessing#shortSide}:
   *     with fewer it sees an enlarged picture, and answers differently
   */
  public static Dataset<Image> readImages(String uri, Image.Mode mode, int shortSide) {
    if (shortSide < 1) {
      throw new IllegalArgumentException("a short side has 1 or more pixels, not " + shortSide);
    }
    return images(uri, mode, shortSide);
  }

  private static Dataset<Image> images(String uri, Image.Mode mode, int shortSide) {
    var source = Source.of(uri);
    var listed = new Plan.Source("readImages(" + uri + ")", source.rows(), true);
    Plan.RowFunction read = row -> row.with(Work.time(Work.Part.READ, ((Bytes) row.value())::read));
    var all = new Plan.Transform(listed, "read", read, true, source.readers());
    return new Dataset<>(new Decoding(mode, shortSide).step(all), Options.standard());
  }

  /**
   * The rows of JSON Lines: an object a line, as a Map from names to Strings, Longs, Doubles,
   * Booleans, null, Lists and Maps. A row's path is {@code FILE:LINE}; a malformed line is a failed
   * row.
   *
   * @param path a file, a folder that {@link #writeJsonLines} wrote, whose files are compared with
   *     the hashes that it recorded, or any folder of {@code .jsonl} files
   * @throws GristmillException if it is not there
   */
  public static Dataset<Map<String, Object>> readJsonLines(String path) {
    var source = new Plan.Source("readJsonLines(" + path + ")", TextRows.jsonLines(path), true);
    return Dataset.<String>of(source)
        .step("parse", true, row -> row.with(TextRows.parse((String) row.value())));
  }

  /**
   * The rows of CSV files whose first record names the columns, as a Map from these to the cells;
   * an empty cell is an empty string. The rest is as with {@link #readJsonLines}.
   */
  public static Dataset<Map<String, String>> readCsv(String path) {
    var source = new Plan.Source("readCsv(" + path + ")", TextRows.csv(path), true);
    return Dataset.<TextRows.CsvRow>of(source)
        .step("parse", true, row -> row.with(TextRows.parse((TextRows.CsvRow) row.value())));
  }

  /** The elements of a list. */
  public static <T> Dataset<T> of(List<T> elements) {
    List<T> copy = List.copyOf(elements);
    String name = "of(" + copy.size() + " rows)";
    return of(
        new Plan.Source(
            name, () -> new Elements(copy.iterator(), OptionalLong.of(copy.size())), false));
  }

  /**
   * The elements that an iterator gives, however many: they are asked for as they are needed, on a
   * thread of the run, and an iterator that never ends or blocks is fine. Each run takes a new
   * iterator, and closes it if it can be closed.
   *
   * @param elements none may be null
   */
  public static <T> Dataset<T> from(Iterable<? extends T> elements) {
    return from("from(iterable)", elements);
  }

  /**
   * The same with a name, which plans show. A run that is written goes on where an earlier one
   * ended if its source has the same name: it should tell what the elements are, and of which
   * version.
   */
  public static <T> Dataset<T> from(String name, Iterable<? extends T> elements) {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(elements, "elements");
    return of(
        new Plan.Source(name, () -> new Elements(elements.iterator(), OptionalLong.empty()), true));
  }

  private <R> Dataset<R> step(String name, boolean keepsEveryRow, Plan.RowFunction function) {
    return then(new Plan.Transform(plan, name, function, keepsEveryRow, 0));
  }

  @SuppressWarnings("unchecked") // a plan's rows are what the dataset that holds it says
  private static <T> Row<T> typed(Row<?> row) {
    return (Row<T>) row;
  }

  /**
   * The first n rows. Steps before it do no more than these need. Rows that are set aside count
   * among them, because the limit moves towards the source.
   */
  public Dataset<T> limit(long n) {
    if (n < 0) {
      throw new IllegalArgumentException("limit takes 0 or more rows, not " + n);
    }
    return then(Plan.limit(plan, n));
  }

  /**
   * Each row turned into another. Several threads call the function at once; rows keep their order.
   * Right before batches whose actors run on a {@link Cluster} it is called over there.
   *
   * @param function {@link Transform}, or any that does not return null: use {@link #filter} to
   *     drop rows
   */
  public <R> Dataset<R> map(RowFunction<? super T, ? extends R> function) {
    Objects.requireNonNull(function, "function");
    String name = function instanceof Transform ? function.toString() : "map";
    return step(name, true, row -> row.with(function.apply(Dataset.<T>typed(row).value())));
  }

  /**
   * Each row turned into any number of rows: those of its list, which may be empty. Several threads
   * call the function at once; rows keep their order, and the number of the row that they were made
   * of. A list's elements are taken one by one, each when those before it have gone through the
   * steps of single rows that follow.
   *
   * @param function {@link Tiles}, or any that returns neither null nor a list with nulls
   */
  public <R> Dataset<R> flatMap(Function<? super T, ? extends List<? extends R>> function) {
    Objects.requireNonNull(function, "function");
    Plan.RowsFunction rows = row -> function.apply(Dataset.<T>typed(row).value());
    String name = function instanceof Tiles ? function.toString() : "flatMap";
    return then(new Plan.Transform(plan, name, rows, false, 0));
  }

  /** The rows for which the test holds. Several threads call it at once; rows keep their order. */
  public Dataset<T> filter(Predicate<? super T> test) {
    Objects.requireNonNull(test, "test");
    return step("filter", false, row -> test.test(Dataset.<T>typed(row).value()) ? row : null);
  }

  /**
   * Batches of rows turned into one result a row by a function without state, called by as many
   * threads as there are processors.
   *
   * @param batchSize rows a batch; only the last one may have fewer
   */
  public <R> Dataset<R> mapBatches(int batchSize, BatchFunction<T, R> function) {
    return mapBatches(batchSize, Runtime.getRuntime().availableProcessors(), function);
  }

  /**
   * The same with the number of threads.
   *
   * @param concurrency how many batches are worked on at once
   */
  public <R> Dataset<R> mapBatches(int batchSize, int concurrency, BatchFunction<T, R> function) {
    return mapBatches(batchSize, stateless(concurrency, function));
  }

  /**
   * Batches of rows turned into one result a row by actors, each of which makes its worker once.
   *
   * @param batchSize rows a batch; only the last one may have fewer
   */
  public <R> Dataset<R> mapBatches(int batchSize, ActorPool<T, R> pool) {
    return batches(batchSize, true, pool);
  }

  /** Batches of rows turned into any number of rows by a function without state. */
  public <R> Dataset<R> flatMapBatches(int batchSize, BatchFunction<T, R> function) {
    int processors = Runtime.getRuntime().availableProcessors();
    return flatMapBatches(batchSize, stateless(processors, function));
  }

  /** Batches of rows turned into any number of rows by actors. */
  public <R> Dataset<R> flatMapBatches(int batchSize, ActorPool<T, R> pool) {
    return batches(batchSize, false, pool);
  }

  /** A function without state is a worker that holds nothing. */
  private static <T, R> ActorPool<T, R> stateless(int concurrency, BatchFunction<T, R> function) {
    Objects.requireNonNull(function, "function");
    return ActorPool.of(concurrency, device -> function::apply);
  }

  private <R> Dataset<R> batches(int batchSize, boolean oneToOne, ActorPool<T, R> pool) {
    Objects.requireNonNull(pool, "pool");
    if (batchSize < 1) {
      throw new IllegalArgumentException("a batch needs at least 1 row, not " + batchSize);
    }
    return then(new Plan.Batches(plan, batchSize, oneToOne, pool));
  }

  /**
   * The same rows, handed out as they are ready. A row that takes long then holds up nobody; which
   * row comes when is different each time.
   */
  public Dataset<T> unordered() {
    return new Dataset<>(plan, options.unordered());
  }

  /** The same rows, with what a run does with those that fail; the default is to fail. */
  public Dataset<T> onError(OnError onError) {
    return new Dataset<>(plan, options.onError(Objects.requireNonNull(onError, "onError")));
  }

  /**
   * The same rows, with the memory that they may hold on their way through a run: pictures that are
   * decoded and wait for a batch, batches that wait for an actor, results that wait for an earlier
   * one. Pictures, arrays, text, buffers and collections of these are counted; what objects of
   * other classes hold cannot be seen. The default is a quarter of the JVM's largest heap. A single
   * row or batch that takes more goes through all the same, alone.
   */
  public Dataset<T> memory(long bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException("rows need some memory, not " + bytes + " bytes");
    }
    return new Dataset<>(plan, options.memory(bytes));
  }

  /**
   * The same rows, with the number of threads that decode pictures and carry out {@link #map} and
   * {@link #filter}. The default is one a processor; files are read by them as well, S3 is not.
   */
  public Dataset<T> threads(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("a step needs at least 1 thread, not " + threads);
    }
    return new Dataset<>(plan, options.threads(threads));
  }

  /**
   * The same rows, with stages that take turns: while pictures are decoded no batch is worked on,
   * and the other way round. To see what working at the same time brings, and for debugging.
   */
  public Dataset<T> withoutOverlap() {
    return new Dataset<>(plan, options.withoutOverlap());
  }

  /**
   * Only the rows that a dead-letter file names, to run these again once what they failed for is
   * mended. They are found by their path, or without one by their number in the source; where
   * {@link #flatMap} made several rows of one of the source, all of them are run again.
   *
   * @param deadLetters what {@link OnError#setAside} left; read now
   *     <p>They are written to a folder of their own: in the first one they would take the place of
   *     what is there.
   * @throws GristmillException if it cannot be read, or names rows behind {@link #flatMapBatches};
   *     when it is run, if it names rows that are not of the source
   */
  public Dataset<T> redrive(String deadLetters) {
    Path file = Path.of(deadLetters);
    return new Dataset<>(Redrive.of(plan, file), options.redriving(file));
  }

  /** The stages that would carry this out. Nothing is run. */
  public ExecutionPlan explain() {
    return Explain.of(plan, options);
  }

  /**
   * The first n rows, or fewer if there are fewer. Steps before it do no more than these rows need.
   *
   * @throws GristmillException naming the row and the step, if one failed
   */
  public Run<T> take(int n) {
    return limit(n).toList();
  }

  /**
   * The first n rows to look at; the source is touched only for these.
   *
   * @throws GristmillException if there are none
   */
  public Run<T> takeBatch(int n) {
    var run = take(n);
    if (run.isEmpty() && n > 0) {
      throw new GristmillException(
          "no rows in %s %s".formatted(Plan.describe(plan), run.stats().notes()));
    }
    return run;
  }

  /** All rows. They must fit into memory: see {@link #forEach}. */
  public Run<T> toList() {
    var rows = new ArrayList<Row<T>>();
    var stats = Execution.run(plan, options, Session.listeners(), row -> rows.add(typed(row)));
    return new Run<>(rows, stats);
  }

  /**
   * Gives each row to the action on the calling thread; in order, unless {@link #unordered} is
   * asked for.
   */
  public RunStats forEach(Consumer<? super T> action) {
    return Execution.run(
        plan, options, Session.listeners(), row -> action.accept(Dataset.<T>typed(row).value()));
  }

  /** The same until a row is the last that is wanted; no more than these are worked on. */
  RunStats forEachUntil(Predicate<? super T> isLast) {
    return Execution.runUntil(
        plan, options, Session.listeners(), row -> isLast.test(Dataset.<T>typed(row).value()));
  }

  /**
   * Finds the batch size, the number of actors and their threads that give the most rows a second,
   * by running the first rows for about 15 s: see {@link Tuner}, which can do more.
   */
  public <R> Tuning<T, R> tune(ActorPool<T, R> pool) {
    return Tuner.of("pool", pool).tune(this);
  }

  /** A run that is only to show how fast it is: no row is kept, and the session forgets it. */
  RunStats trial() {
    return Execution.run(plan, options, Session.progress(), row -> {});
  }

  /** The same rows; those that are set aside go to another file. */
  Dataset<T> settingAsideIn(Path file) {
    return options.onError().deadLetters().isEmpty()
        ? this
        : new Dataset<>(plan, options.onError(OnError.setAside(file.toString())));
  }

  /**
   * Writes the rows into a folder as JSON Lines, 1,000 a file: see {@link #writeJsonLines(String,
   * int)}.
   */
  public RunStats writeJsonLines(String folder) {
    return writeJsonLines(folder, ROWS_PER_SEGMENT);
  }

  /**
   * Writes the rows into a folder as JSON Lines: a JSON object each, with the row's path as its
   * member {@code path} if it has one. A record or a Map becomes its members, anything else the
   * member {@code value}.
   *
   * <p>Files appear whole. When the process is killed, at any instant, or the run fails or is
   * interrupted, running the same again goes on behind the last file that is whole: no row is lost
   * or there twice, and with batches of a fixed size the files are the same, byte for byte, as if
   * nothing had happened. When all is written, running it again compares the source and the models,
   * and then does nothing, or goes on with rows that the source has got since. A source is the same
   * if the rows that are done are, with the size and date of their files: one that is mended, added
   * or removed among them starts the job anew. What an earlier run wrote is moved aside, with a
   * note that says why, if the source, the steps and their parameters, or a model that {@link
   * ImageClassifier} loaded is another one; what a function or another worker does cannot be seen:
   * see {@link ActorPool#version}. How errors are treated may change, so a run that a row has ended
   * goes on with {@link OnError#setAside}. Rows are written in order, also if they are {@link
   * #unordered}. {@link #readJsonLines} reads them.
   *
   * @param rowsPerFile rows after which a file ends, with the batch that they end in; behind
   *     several steps of batches, where the ends of their batches meet
   * @return what this run did; its notes say what an earlier one had done
   * @throws GristmillException before anything runs, if the folder cannot be written, holds
   *     something else, or another run writes it; naming the row, if a step failed
   */
  public RunStats writeJsonLines(String folder, int rowsPerFile) {
    return write(Writing.Format.JSON_LINES, folder, rowsPerFile);
  }

  /** Writes the rows into a folder as CSV, 1,000 a file: see {@link #writeCsv(String, int)}. */
  public RunStats writeCsv(String folder) {
    return writeCsv(folder, ROWS_PER_SEGMENT);
  }

  /**
   * The same as {@link #writeJsonLines(String, int)}, as CSV (RFC 4180, UTF-8): each file begins
   * with the names of the columns, which are the members of the first row; what is nested is JSON
   * in its cell. A row with other columns is a failed row.
   */
  public RunStats writeCsv(String folder, int rowsPerFile) {
    return write(Writing.Format.CSV, folder, rowsPerFile);
  }

  private RunStats write(Writing.Format format, String folder, int rowsPerFile) {
    return Writing.run(plan, options, Session.listeners(), format, Path.of(folder), rowsPerFile);
  }

  /**
   * The number of rows. Steps that keep every row are not run: pictures are listed, not read. Rows
   * that fail in those that are run are not counted where they would be set aside.
   */
  public long count() {
    return Execution.count(plan, options, Session.listeners());
  }

  /** The plan in one line. */
  @Override
  public String toString() {
    return Plan.describe(plan);
  }
}
