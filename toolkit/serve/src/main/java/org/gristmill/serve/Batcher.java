package org.gristmill.serve;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.gristmill.ActorPool;
import org.gristmill.BatchWorker;
import org.gristmill.Device;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.RunStats;
import org.gristmill.image.Decode;
import org.gristmill.image.Pack;
import org.gristmill.observe.Listeners;
import org.gristmill.observe.Meter;
import org.gristmill.observe.RunListener;
import org.gristmill.observe.Snapshot;
import org.gristmill.observe.StageMeter;
import org.gristmill.observe.Work;
import org.gristmill.pool.Closing;
import org.gristmill.pool.Crew;
import org.gristmill.pool.Elastic;
import org.gristmill.pool.LocalHost;
import org.gristmill.pool.OutOfMemory;
import org.gristmill.pool.Outcome;
import org.gristmill.pool.Retrying;

/**
 * Makes batches for a pool's actors of rows that come when they come. An actor that has nothing to
 * do gets what is there, up to the largest batch: while all are busy rows gather, so batches grow
 * with the load by themselves; a request of more rows than a batch is split. A batch that fails is
 * halved until only the guilty row is left, so no request suffers for another one's picture.
 *
 * <p>One thread drives it, which is the only one to touch what is here. {@link #submit}, {@link
 * #cancel} and what is asked before a request is read may be called by any thread. For those who
 * look on a service is a run: one of two stages, that ends when the service is closed.
 */
final class Batcher<R> implements Meter.Engine {
  private static final long LONGEST_SLEEP = 50_000_000; // nanoseconds
  private static final int TELLING = 16; // batches, before which nobody is refused for their time
  private static final double FORGETTING = 1.05; // what a row takes, from one batch to the next
  private static final int LONGEST_WAIT = 60; // seconds that a client is told to wait
  private static final int DECODED_BATCHES = 2; // an actor, that wait for it
  private static final int DECODES_PER_THREAD = 2;

  /** Whether requests are taken. */
  enum State {
    READY,
    DRAINING,
    /** Workers cannot be made, or died too often. */
    BROKEN,
    CLOSED
  }

  /**
   * A row of a request.
   *
   * @param image null until it is decoded
   * @param since when it came to where it waits
   */
  private record Row<R>(Call<R> call, int index, Image image, long since) {}

  /**
   * Rows that an actor gets at once.
   *
   * @param isRetry whether some of them were in one that failed
   */
  private record Batch<R>(List<Row<R>> rows, boolean isRetry) {}

  private final ServeOptions options;
  private final LocalHost host = new LocalHost();
  private final Meter meter;
  private final StageMeter modelMeter;
  private final StageMeter decodeMeter;
  private final Retrying retrying;
  private final Pack pack; // null where pictures go to the workers as they are
  private final int shortSide; // of pictures that may be decoded smaller
  private final int decodeThreads = Runtime.getRuntime().availableProcessors();
  private final Crew<AutoCloseable> decoders;
  private final Crew<BatchWorker<Image, R>> actors;
  private final Elastic elastic;
  private final Thread thread;

  private final Set<Call<R>> calls = new LinkedHashSet<>(); // under way, in the order they came
  private final ArrayDeque<Row<R>> arrived = new ArrayDeque<>(); // to be decoded
  private final ArrayDeque<Row<R>> decoded = new ArrayDeque<>();
  private final ArrayDeque<Batch<R>> retries = new ArrayDeque<>();
  private int decoding; // rows
  private int busy; // batches that are worked on
  private long held; // bytes of decoded pictures
  private long mostHeld;
  private long ticked;
  private long numbered; // rows that failed, for those who look on
  private long drainUntil;
  private volatile double rowNanos; // that a row takes of an actor at best, written by the thread

  private volatile GristmillException broken; // why, null as long as it is not; by the thread
  private volatile State state = State.READY; // written by the thread
  private volatile int waiting; // rows, written by the thread
  private volatile int size; // actors, written by the thread
  private volatile RunStats stats; // written by the thread
  private boolean ended; // written guarded by this; nothing more may be posted

  Batcher(ActorPool<Image, R> pool, ServeOptions options, RunListener listener) {
    this.options = options;
    String name = options.address().name();
    var listeners = new Listeners();
    listeners.add(listener);
    listeners.add(
        new RunListener() {
          @Override
          public void progressed(Snapshot run) {
            stats = run.stats();
          }
        });
    meter = new Meter("serve " + name, "a service", listeners);
    modelMeter =
        meter.stage("%s(at most %d, %s)".formatted(name, options.batches().most(), pool), true);
    decodeMeter = meter.stage("decode", false);
    retrying = new Retrying(modelMeter.name(), meter::note);
    pack = pool.input().map(Pack::new).orElse(null);
    shortSide = pool.scalesInput() ? pool.input().orElseThrow().shortSide() : Decode.FULL_SIZE;
    actors = pool.crew(name, host, meter::note);
    var devices = Collections.nCopies(decodeThreads, Device.cpu().withThreads(1));
    decoders = host.start("decode", devices, decodeThreads, device -> () -> {}, 0);
    elastic = Elastic.of(pool.min(), pool.max(), pool.timeLimit());
    decodeMeter.workers(decodeThreads);
    size = actors.size();
    modelMeter.workers(size);
    thread = new Thread(this::drive, "gristmill serve " + name);
    thread.setDaemon(true);
    stats = meter.stats(this);
  }

  /** Starts its thread and its actors. */
  void start() {
    ticked = host.nanoTime();
    decoders.lend(new Listening(null));
    actors.lend(new Listening(modelMeter));
    thread.start();
  }

  /** What actors tell, told on the thread that drives. */
  private final class Listening implements Crew.Listener {
    private final StageMeter stage; // null where nobody wants to know

    private Listening(StageMeter stage) {
      this.stage = stage;
    }

    @Override
    public void made(Work work) {
      if (stage != null) {
        host.post(() -> stage.made(work));
      }
    }

    @Override
    public void broken(GristmillException why) {
      host.post(() -> breaks(why));
    }

    @Override
    public void left(Supplier<Optional<String>> settle) {
      host.post(() -> settle.get().ifPresent(meter::note));
    }
  }

  // For any thread.

  State state() {
    return state;
  }

  /** Why it is broken, if it is. */
  Optional<String> fault() {
    return Optional.ofNullable(broken).map(Throwable::getMessage);
  }

  /** Rows that wait. */
  int waiting() {
    return waiting;
  }

  int actors() {
    return size;
  }

  /** Takes a request; its answer is completed on the thread that drives. */
  void submit(Call<R> call) {
    post(() -> admit(call), () -> call.fail(closed()));
  }

  /** Nobody waits for it any more: what was not begun is dropped. */
  void cancel(Call<R> call) {
    post(() -> end(call, Refusal.of(499, "the client has left")), () -> {});
  }

  private void post(Runnable event, Runnable otherwise) {
    synchronized (this) {
      if (!ended) {
        host.post(event);
        return;
      }
    }
    otherwise.run();
  }

  /** What it did so far, as of a fraction of a second ago. */
  RunStats stats() {
    return stats;
  }

  /** Takes no more requests, waits for those that it has, and ends its actors. */
  void close() {
    close(options.limits().drain());
  }

  /**
   * The same.
   *
   * @param drain that they have at most
   */
  void close(Duration drain) {
    post(
        () -> {
          state = state == State.BROKEN ? state : State.DRAINING;
          drainUntil = host.nanoTime() + drain.toNanos();
        },
        () -> {});
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException now) { // what is left is given up
        interrupted = true;
        thread.interrupt();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  // What follows happens on the thread that drives.

  private void drive() {
    Throwable failure = null;
    try {
      while (drainUntil == 0 || (!calls.isEmpty() && host.nanoTime() < drainUntil)) {
        host.await(tick());
        decodeMore();
        sendMore();
      }
    } catch (InterruptedException stopped) {
      // by close(): what is left is given up
    } catch (Throwable thrown) {
      failure = thrown;
    }
    end(failure);
  }

  private void end(Throwable failure) {
    synchronized (this) {
      ended = true;
    }
    if (failure != null) {
      broken = new GristmillException(GristmillException.reason(failure), failure);
    }
    Throwable why = broken;
    state = why == null ? State.CLOSED : State.BROKEN;
    try {
      Closing.all(
          List.of(
              host::runEvents,
              () -> List.copyOf(calls).forEach(call -> end(call, closed())),
              decoders::cancel,
              actors::cancel,
              host::runEvents)); // what actors told while they ended
    } catch (RuntimeException alsoFailed) {
      why = why == null ? alsoFailed : why;
    }
    actors.leftBehind().forEach(left -> meter.note("left behind, as it does not end: " + left));
    stats = meter.end(this, why);
  }

  private static Refusal closed() {
    return Refusal.later(503, "the service is being shut down", 1);
  }

  private void breaks(GristmillException why) {
    if (broken == null) {
      broken = why;
      state = State.BROKEN;
      meter.note(why.getMessage());
      List.copyOf(calls).forEach(call -> end(call, unavailable()));
    }
  }

  private Refusal unavailable() {
    return Refusal.of(503, "no worker can be made any more: " + broken.getMessage());
  }

  private void admit(Call<R> call) {
    if (call.isOver()) {
      return;
    }
    if (broken != null) {
      call.fail(unavailable());
    } else if (state == State.DRAINING || state == State.CLOSED) {
      call.fail(closed());
    } else if (call.rows() > options.limits().queue()) {
      call.fail(
          Refusal.of(
              413,
              "%d rows in one request, and a queue has room for %d: send fewer at once"
                  .formatted(call.rows(), options.limits().queue())));
    } else {
      refuses(call.rows(), call.deadline()).ifPresentOrElse(call::fail, () -> add(call));
    }
  }

  private void add(Call<R> call) {
    calls.add(call);
    for (int row = 0; row < call.rows(); row++) {
      arrived.add(new Row<>(call, row, null, host.nanoTime()));
    }
    count();
  }

  /** Why a request with so many rows is better sent again later, if it is. For any thread. */
  Optional<Refusal> refuses(int rows, long deadline) {
    int ahead = waiting;
    if (ahead + rows > options.limits().queue()) {
      return Optional.of(later(ahead + " rows wait already, as many as may"));
    }
    boolean inTime = nanosFor(ahead + rows) <= deadline - host.nanoTime();
    return ahead == 0 || inTime
        ? Optional.empty()
        : Optional.of(
            later("%d rows wait already, and this would not be done in time".formatted(ahead)));
  }

  /** To come again when half of what waits has been worked on. */
  private Refusal later(String why) {
    double seconds = Math.ceil(nanosFor(waiting) / 2e9);
    return Refusal.later(429, why, (int) Math.max(1, Math.min(LONGEST_WAIT, seconds)));
  }

  /** By the best of late, so that nobody is refused who might be answered in time. */
  private long nanosFor(int rows) {
    return (long) (rows * rowNanos / Math.max(1, size));
  }

  private void count() {
    waiting = arrived.size() + decoding + decoded.size();
  }

  /** A request is over without a result. */
  private void end(Call<R> call, Refusal why) {
    call.fail(why);
    if (calls.remove(call)) {
      arrived.removeIf(row -> row.call == call);
      decoded.removeIf(
          row -> {
            boolean dropped = row.call == call;
            held -= dropped ? bytes(row.image) : 0;
            return dropped;
          });
      count();
    }
  }

  private void decodeMore() {
    int window = DECODED_BATCHES * options.batches().most() * Math.max(1, actors.size());
    while (!arrived.isEmpty()
        && decoding < DECODES_PER_THREAD * decodeThreads
        && decoding + decoded.size() < window
        && (held < budget() || decoded.isEmpty())) {
      Row<R> row = arrived.remove();
      decoding++;
      decoders.submit(worker -> decode(row), outcome -> host.post(() -> decoded(row, outcome)));
    }
  }

  /** On a thread of the decoders. */
  private Image decode(Row<R> row) throws Exception {
    if (row.call.isOver()) {
      return null;
    }
    try {
      Image image =
          Work.time(Work.Part.DECODE, () -> row.call.picture(row.index).decode(shortSide));
      return pack == null ? image : Work.time(Work.Part.PREPARE, () -> pack.prepared(image));
    } catch (StackOverflowError | LinkageError fault) { // not that of the thread
      throw new ExecutionException(fault);
    }
  }

  private void decoded(Row<R> row, Outcome<Image> outcome) {
    decoding--;
    decodeMeter.task(1);
    decodeMeter.spent(outcome.work(), 1, 1, outcome.failure() != null);
    if (outcome.failure() != null) {
      String reason = reason(outcome.failure());
      failed(row, new GristmillException(reason, "decode", numbered, null, outcome.failure()));
      end(row.call, refusal(row, outcome.failure(), reason));
    } else if (!row.call.isOver()) {
      decodeMeter.collected(1);
      decodeMeter.out(bytes(outcome.value()));
      held += bytes(outcome.value());
      mostHeld = Math.max(mostHeld, held);
      decoded.add(new Row<>(row.call, row.index, outcome.value(), host.nanoTime()));
    }
    count();
  }

  /** What is at fault: the picture, the moment, or the service. */
  private static Refusal refusal(Row<?> row, Throwable failure, String reason) {
    String what = named(row) + ": " + reason;
    if (OutOfMemory.is(failure)) {
      return Refusal.later(503, "no memory was left for " + what, 1);
    }
    boolean ofPicture =
        failure instanceof IOException || failure instanceof IllegalArgumentException;
    return ofPicture ? Refusal.malformed(what) : Refusal.of(500, "decoding failed for " + what);
  }

  /** A decoder says what is wrong in words for people. */
  private static String reason(Throwable failure) {
    return failure instanceof IOException && failure.getMessage() != null
        ? failure.getMessage()
        : GristmillException.reason(failure);
  }

  private static String named(Row<?> row) {
    return row.call.rows() == 1 ? "the picture" : "picture " + row.index;
  }

  private void failed(Row<R> row, GristmillException why) {
    meter.failed(numbered++, named(row), why);
    meter.setAside();
  }

  private static long bytes(Image image) {
    return (long) image.width() * image.height() * image.mode().channels();
  }

  private void sendMore() {
    while (hasFreeActor()) {
      retries.removeIf(batch -> batch.rows.stream().allMatch(row -> row.call.isOver()));
      if (!retries.isEmpty()) {
        send(retries.remove());
        continue;
      }
      int most = Math.min(options.batches().most(), retrying.safeSize());
      int size = Math.min(decoded.size(), most);
      if (size == 0 || (size < most && untilDelayed() > 0)) {
        return;
      }
      var rows = new ArrayList<Row<R>>(size);
      for (int i = 0; i < size; i++) {
        Row<R> row = decoded.remove();
        held -= bytes(row.image);
        rows.add(row);
      }
      count();
      send(new Batch<>(rows, false));
    }
  }

  private boolean hasFreeActor() {
    return busy < Math.max(1, actors.size() - actors.making());
  }

  /** Nanoseconds that the first row may still wait for others. */
  private long untilDelayed() {
    long delay = options.batches().delay().toNanos();
    return decoded.isEmpty() || state == State.DRAINING
        ? 0
        : Math.max(0, decoded.element().since + delay - host.nanoTime());
  }

  private void send(Batch<R> batch) {
    busy++;
    Crew.Call<BatchWorker<Image, R>, List<R>> call = worker -> work(worker, batch);
    if (batch.isRetry) {
      actors.submitAgain(call, outcome -> host.post(() -> worked(batch, outcome)));
    } else {
      actors.submit(call, outcome -> host.post(() -> worked(batch, outcome)));
    }
  }

  /** On an actor's thread. */
  private List<R> work(BatchWorker<Image, R> worker, Batch<R> batch) throws Exception {
    var images = batch.rows.stream().map(Row::image).toList();
    List<R> given = worker.apply(images);
    List<R> results = given == null ? List.of() : new ArrayList<>(given);
    if (results.size() != images.size() || results.contains(null)) {
      throw new GristmillException(
          "the worker gave %d results for %d rows, or nulls: it has to give one a row"
              .formatted(results.size(), images.size()));
    }
    return results;
  }

  private void worked(Batch<R> batch, Outcome<List<R>> outcome) {
    busy--;
    int size = batch.rows.size();
    modelMeter.task(size);
    modelMeter.spent(outcome.work(), 1, size, outcome.failure() != null);
    if (outcome.failure() != null) {
      retryOrFail(batch, outcome);
      return;
    }
    modelMeter.collected(size);
    double ofThese = (double) outcome.work().busy() / size;
    if (modelMeter.tasks() > TELLING) { // the first ones wait for compilers and caches
      rowNanos = rowNanos == 0 ? ofThese : Math.min(ofThese, FORGETTING * rowNanos);
    }
    for (int i = 0; i < size; i++) {
      Row<R> row = batch.rows.get(i);
      modelMeter.out(0);
      if (!row.call.isOver()) {
        meter.cameOut();
        meter.row();
        if (row.call.done(row.index, outcome.value().get(i))) {
          calls.remove(row.call);
        }
      }
    }
  }

  private void retryOrFail(Batch<R> batch, Outcome<List<R>> outcome) {
    var again = retrying.again(batch.rows, batch.isRetry, outcome, true);
    again.forEach(rows -> retries.add(new Batch<>(rows, true)));
    if (again.isEmpty()) {
      Row<R> row = batch.rows.get(0);
      String reason = GristmillException.reason(outcome.failure());
      failed(
          row,
          new GristmillException(reason, modelMeter.name(), numbered, null, outcome.failure()));
      end(row.call, Refusal.of(500, "the model failed on " + named(row) + ": " + reason));
    }
  }

  /** Nanoseconds until there is something to look at. */
  private long tick() {
    long now = host.nanoTime();
    long elapsed = now - ticked;
    ticked = now;
    modelMeter.waitedForInput(elapsed * Math.max(0, actors.size() - busy));
    decodeMeter.waitedForInput(elapsed * Math.max(0, decodeThreads - decoding));
    elastic.tick(now, actors, modelMeter); // wants to look again in as long as we sleep at most
    size = actors.size();
    modelMeter.workers(size);
    meter.look(this);
    expire(now);
    long soonest =
        calls.stream().mapToLong(call -> call.deadline() - now).min().orElse(LONGEST_SLEEP);
    long delayed = decoded.isEmpty() || !hasFreeActor() ? LONGEST_SLEEP : untilDelayed();
    return Math.max(0, Math.min(LONGEST_SLEEP, Math.min(soonest, delayed)));
  }

  /** Ends what is too late. */
  private void expire(long now) {
    var late = calls.stream().filter(call -> call.deadline() - now <= 0).toList();
    late.forEach(
        call -> end(call, Refusal.of(504, "the request was not done in the time that it has")));
  }

  // What those who look on are shown.

  @Override
  public List<Snapshot.StageNow> stages() {
    return List.of(
        new Snapshot.StageNow(arrived.size() + decoding, decoding, ended),
        new Snapshot.StageNow(decoded.size(), busy, ended));
  }

  @Override
  public OptionalLong total() {
    return OptionalLong.empty();
  }

  @Override
  public boolean totalIsEstimate() {
    return false;
  }

  @Override
  public long held() {
    return held;
  }

  @Override
  public long mostHeld() {
    return mostHeld;
  }

  /** Bytes of decoded pictures from which on no more are decoded. */
  @Override
  public long budget() {
    return Runtime.getRuntime().maxMemory() / 8;
  }
}
