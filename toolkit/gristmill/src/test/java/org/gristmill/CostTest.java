package org.gristmill;

import static org.gristmill.VerdictTest.after;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.gristmill.Cost.Basis;
import org.gristmill.ExecutionPlan.Actor;
import org.gristmill.ExecutionPlan.Waste;
import org.gristmill.Ledger.Item;
import org.gristmill.Timeline.Kind;
import org.gristmill.Timeline.Lane;
import org.gristmill.Timeline.Span;
import org.gristmill.chart.Look;
import org.gristmill.observe.Work;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(NothingLeft.class)
class CostTest {
  private static final String CPU = Device.cpu().withThreads(1).toString();

  /** 0.36 EUR/hour are 0.0001 EUR a second. */
  private static final Prices HERE = Prices.of("EUR").machine("here", 2, 0.36);

  private static Duration seconds(double seconds) {
    return Duration.ofMillis(Math.round(1000 * seconds));
  }

  private static Span span(int actor, Kind kind, double from, double to, double loading, int rows) {
    return new Span(
        1,
        actor,
        kind,
        seconds(from).toNanos(),
        seconds(to).toNanos(),
        rows / 10,
        rows,
        seconds(to - from).toNanos(),
        seconds(loading).toNanos(),
        0);
  }

  /**
   * A run of 100 s in which 900 rows came out of two workers. Each was made in 10 s, which was
   * loading its model, and then worked for 65 s, 15 of which it loaded that again. Of the rest 5 s
   * each were for batches that failed.
   *
   * @param device of both workers
   */
  private static RunStats run(String device, Waste waste, double forward) {
    var none = Duration.ZERO;
    var source =
        new ExecutionPlan.Measured(
            false,
            0,
            0,
            900,
            0,
            0,
            0,
            none,
            none,
            none,
            none,
            none,
            none,
            new ExecutionPlan.Percentiles(none, none, none),
            new TreeMap<>(),
            0,
            0,
            none,
            Waste.NONE,
            List.of());
    var actors = new ArrayList<Actor>();
    var lanes = new ArrayList<Lane>();
    var spans = new ArrayList<Span>();
    for (int actor = 0; actor < 2; actor++) {
      actors.add(new Actor(actor, device, 45, 450, seconds(75), seconds(forward)));
      lanes.add(new Lane(1, actor, device));
      spans.add(span(actor, Kind.MAKING, 0, 10, 10, 0));
      spans.add(span(actor, Kind.TASKS, 12, 77, 15, 450));
    }
    var batches =
        new ExecutionPlan.Measured(
            true,
            2,
            900,
            900,
            0,
            90,
            0,
            seconds(90),
            seconds(150),
            seconds(150),
            none,
            none,
            none,
            new ExecutionPlan.Percentiles(seconds(1), seconds(1), seconds(1)),
            new TreeMap<>(Map.of(10, 90)),
            32,
            30,
            seconds(50),
            waste,
            actors);
    var stages =
        List.of(
            new ExecutionPlan.Stage("of(900 rows)", "the caller's", Optional.of(source)),
            new ExecutionPlan.Stage("mapBatches(10, 2 workers)", "2", Optional.of(batches)));
    return new RunStats(
        "of(900 rows) > mapBatches(10, 2 workers)",
        900,
        0,
        seconds(100),
        seconds(12),
        2,
        seconds(150),
        new TreeMap<>(Map.of(10, 90)),
        32,
        Map.of(),
        none,
        seconds(170), // of a processor, by the whole process
        0.85,
        new RunStats.Memory(0, 1_000_000, 0, 0, 0, -1),
        new ExecutionPlan(stages, ""),
        new Timeline(List.of("of(900 rows)", "mapBatches(10, 2 workers)"), lanes, spans, List.of()),
        List.of(),
        List.of());
  }

  private static RunStats run() {
    var waste = new Waste(30, seconds(30), Duration.ZERO, seconds(10), 20, 0);
    return run(CPU, waste, 0);
  }

  private static double sum(Ledger ledger) {
    return ledger.shares().values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /**
   * By hand: 100 s less 10 s of start are 90 s for 900 rows, 10 rows/s. So a million takes 10 s +
   * 100,000 s, at 0.0001 EUR each: 10.001 EUR.
   */
  @Test
  void aMillionRowsCostAStartAndThenSoMuchARow() {
    var cost = run().cost(HERE);

    assertEquals(seconds(10), cost.rate("here").start());
    assertEquals(10, cost.rowsPerSecond(), 1e-9);
    assertEquals(10.001, cost.perMillion("here"), 1e-9);
    assertEquals(Basis.MEASURED, cost.rate("here").basis());
    assertEquals("processors", cost.rate("here").bound(), "85 % of them were used");
    assertEquals(0.01, cost.price(), 1e-12, "100 s");
    assertTrue(
        cost.table().rows().get(0).containsAll(List.of("10.0", "27.78", "measured")), "" + cost);
  }

  /**
   * By hand: 100 s of 2 processors are 200 s. Of these 2 x 10 s were the workers' start, 30 s loads
   * of what they had, 10 s batches that failed; what is left of the 150 s that workers computed are
   * 90 s. The process took 170 s, so 20 s were its own; 30 s nothing was done.
   */
  @Test
  void thePriceIsDividedAmongAllThatWasDone() {
    var ledger = run().cost(HERE).ledger();

    assertEquals(0.10, ledger.share(Item.START), 1e-9);
    assertEquals(0.15, ledger.share(Item.LOADS_AGAIN), 1e-9);
    assertEquals(0.05, ledger.share(Item.FAILED), 1e-9);
    assertEquals(0.45, ledger.share(Item.WORK), 1e-9);
    assertEquals(0.10, ledger.share(Item.RUNTIME), 1e-9);
    assertEquals(0.15, ledger.share(Item.IDLE), 1e-9);
    assertEquals(1, sum(ledger), 1e-9);
    assertEquals(0.0015, ledger.price(Item.LOADS_AGAIN), 1e-12, "15 % of 0.01 EUR");
    assertTrue(
        ledger.table().rows().contains(List.of("repeated loads", "15.0 %", "0.00150", "1.67")),
        ledger.toString());
  }

  /**
   * By hand: 4 times the processors have 8 workers, which do 40 rows/s: 0.025 s a row. Its 0.17 s
   * of processor time (85 % of 2 x 0.1 s) on 95 % of 8 processors are 0.0224 s, which is less.
   */
  @Test
  void moreProcessorsHaveAsManyMoreWorkers() {
    var cost = run().cost(HERE.machine("large", 8, 1.08).machine("fast", 8, 1.08).speed("fast", 2));

    var rate = cost.rate("large");
    assertEquals(Basis.PREDICTED, rate.basis());
    assertEquals(8, rate.workers());
    assertEquals(40, rate.rowsPerSecond(), 0.4);
    assertEquals(seconds(10), rate.start());
    assertEquals(80, cost.rate("fast").rowsPerSecond(), 0.8);
    assertEquals(seconds(5), cost.rate("fast").start());
    assertTrue(cost.toString().contains("predicted, with processors 2 times as fast"), "" + cost);
  }

  /**
   * By hand: one machine does 216,000 rows in 10 s + 21,600 s. In 7,260 s one does 72,500, so it
   * takes 3, of 72,000 rows and 7,210 s each: 3 x 7,210 x 0.0001 EUR. A large one does 40 rows/s:
   * 10 s + 5,400 s, at 0.0003 EUR.
   */
  @Test
  void aDeadlineIsMetByTheFewestMachinesOfTheCheapestType() {
    var small = run().cost(HERE).cheapest(216_000, seconds(7_260)).best().orElseThrow();
    assertEquals(3, small.machines());
    assertEquals(seconds(7_210), small.time());
    assertEquals(2.163, small.price(), 1e-9);

    var alone = run().cost(HERE).cheapest(216_000, seconds(21_610)).best().orElseThrow();
    assertEquals(1, alone.machines());
    assertEquals(2.161, alone.price(), 1e-9);

    var fleets = run().cost(HERE.machine("large", 8, 1.08)).cheapest(216_000, seconds(7_260));
    assertEquals(2, fleets.fleets().size());
    var best = fleets.best().orElseThrow();
    assertEquals("large", best.rate().machine().name());
    assertEquals(1, best.machines());
    assertEquals(1.623, best.price(), 0.017);
    assertTrue(
        fleets.summary().startsWith("Cheapest for 216,000 rows within 2 h 01 min: 1 x large, 1 h "),
        fleets.summary());
  }

  @Test
  void noNumberOfRowsAndNoDeadlineIsTooLarge() {
    var cost = run().cost(HERE.machine("slow", 1, 0.1).rowsPerSecond("slow", 1e-9));
    for (var deadline : List.of(Duration.ofSeconds(20), Duration.ofSeconds(Long.MAX_VALUE))) {
      for (var fleet : cost.cheapest(Long.MAX_VALUE, deadline).fleets()) {
        assertTrue(fleet.machines() >= 1 && fleet.price() > 0, fleet.toString());
      }
    }
    assertEquals(1, cost.cheapest(1000, Duration.ofDays(300_000)).best().orElseThrow().machines());
    assertTrue(cost.toString().contains("slow"), "a million of its rows take a billion years");
  }

  @Test
  void aDeadlineThatAStartAloneMissesIsMetByNone() {
    var fleets = run().cost(HERE).cheapest(1_000_000, seconds(10));

    assertEquals(Optional.empty(), fleets.best());
    assertEquals(
        "No machines do 1,000,000 rows within 10.00 s, however many: each needs its start and at"
            + " least a row. The fastest alone is here: 27 h 46 min, of which 10.00 s to start.",
        fleets.summary());
    assertTrue(fleets.toString().contains(fleets.summary()));
    assertThrows(IllegalArgumentException.class, () -> run().cost(HERE).cheapest(0, seconds(10)));
    assertThrows(IllegalArgumentException.class, () -> run().cost(HERE).cheapest(1, Duration.ZERO));
  }

  /** By hand, of the given one: 10 s + 1,000,000 / 500 s, at 0.72 / 3600 EUR. */
  @Test
  void nothingIsPredictedOfAGpuUnlessItWasMeasuredThere() {
    var cost =
        run()
            .cost(
                HERE.machine("gpu", 4, 1, 0.72)
                    .machine("measured gpu", 4, 1, 0.72)
                    .rowsPerSecond("measured gpu", 500));

    assertEquals(0.402, cost.perMillion("measured gpu"), 1e-9);
    assertEquals(Basis.GIVEN, cost.rate("measured gpu").basis());
    var thrown = assertThrows(GristmillException.class, () -> cost.perMillion("gpu"));
    assertEquals(
        "nothing is known of a million rows on gpu: measure it there: a run on processors tells nothing of a GPU",
        thrown.getMessage());
    assertEquals(2, cost.cheapest(1000, Duration.ofHours(1)).fleets().size());
  }

  /**
   * By hand: 100 s of one GPU. Two workers share it, so their 2 x 10 s of start take half as long
   * of it, and their loads 15 s. It computed 2 x 15 s, a sixth of it padding; nothing failed. So 45
   * s it waited, and for 70 s no pass ran.
   */
  @Test
  void aGpuWaitsWhileNoForwardPassRuns() {
    var waste = new Waste(30, seconds(30), seconds(5), Duration.ZERO, 0, 0);
    var stats = run("gpu:0", waste, 15);
    var prices = Prices.of("EUR").machine("here", 2, 1, 0.36).machine("other", 4, 0.1);
    var cost = stats.cost(prices);
    var ledger = cost.ledger();

    assertEquals(Map.of("gpu:0", 0.7), cost.gpuIdle());
    assertEquals(0.10, ledger.share(Item.START), 1e-9);
    assertEquals(0.15, ledger.share(Item.LOADS_AGAIN), 1e-9);
    assertEquals(0.05, ledger.share(Item.PADDING), 1e-9);
    assertEquals(0.25, ledger.share(Item.WORK), 1e-9);
    assertEquals(0.45, ledger.share(Item.IDLE), 1e-9);
    assertEquals(1, sum(ledger), 1e-9);
    assertTrue(cost.toString().contains("No forward pass ran on gpu:0 for 70 % of the time."));
    assertEquals(Basis.UNKNOWN, cost.rate("other").basis(), "a processor is no GPU");

    var ofTwo = stats.cost(Prices.of("EUR").machine("here", 2, 2, 0.36)).ledger();
    assertEquals(0.725, ofTwo.share(Item.IDLE), 1e-9, "half of 0.45, and all of the other one");
  }

  @Test
  void processorsThatOthersTookAreNotInTheLedger() {
    var quiet = run();
    var busy =
        new RunStats(
            quiet.steps(),
            quiet.rows(),
            quiet.setAside(),
            quiet.wall(),
            quiet.firstRow(),
            quiet.workers(),
            quiet.busy(),
            quiet.batchSizes(),
            quiet.modelLoads(),
            quiet.time(),
            quiet.output(),
            seconds(85), // half as much as the threads of workers took
            0.925,
            quiet.memory(),
            quiet.plan(),
            quiet.timeline(),
            quiet.failures(),
            quiet.notes());

    var cost = busy.cost(HERE);

    // 200 s less the 50 % of others are 100 s, of which 85 were used
    assertEquals(0.15, cost.ledger().share(Item.IDLE), 1e-9);
    assertEquals(0.85 * 30 / 150, cost.ledger().share(Item.LOADS_AGAIN), 1e-9);
    assertEquals(1, sum(cost.ledger()), 1e-9);
    assertTrue(cost.toString().contains("Other processes took 50 % of the processors"), "" + cost);
  }

  private static <T> T computed(int millis, T value) {
    long until = System.nanoTime() + millis * 1_000_000L;
    while (System.nanoTime() < until) {
      Thread.onSpinWait();
    }
    return value;
  }

  private static <T> T loaded(int millis, T value) {
    try {
      return Work.time(Work.Part.LOAD, () -> computed(millis, value));
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static Dataset<Integer> rows(int count) {
    return Dataset.of(IntStream.range(0, count).boxed().toList());
  }

  private static Waste waste(RunStats stats, int stage) {
    return stats.plan().stages().get(stage).measured().orElseThrow().waste();
  }

  @Test
  void onlyLoadsAfterAWorkersFirstAreRepeated() {
    var naive = rows(40).mapBatches(4, 2, batch -> computed(2, loaded(20, batch))).toList();
    var pool =
        rows(40)
            .mapBatches(
                4,
                ActorPool.of(
                    2,
                    device ->
                        loaded(20, (BatchWorker<Integer, Integer>) batch -> computed(2, batch))))
            .toList();

    int workers = naive.plan().stages().get(1).measured().orElseThrow().actors().size();
    assertEquals(10 - workers, waste(naive.stats(), 1).loadsAgain());
    assertEquals(Waste.NONE, waste(pool.stats(), 1));
    var both = CostComparison.of("naive", naive.cost(HERE)).and("pool", pool.cost(HERE));
    assertTrue(both.cost("naive").ledger().share(Item.LOADS_AGAIN) > 0, "" + both);
    assertEquals(0, both.cost("pool").ledger().share(Item.LOADS_AGAIN));
    assertTrue(both.cost("pool").ledger().share(Item.START) > 0, "" + both);
    assertTrue(both.timesAsMuch("pool") < 1, "" + both);
    assertTrue(both.summary().startsWith("naive: repeated loads cost "), both.summary());
    for (String name : both.names()) {
      assertEquals(1, sum(both.cost(name).ledger()), 1e-9, name);
    }
  }

  @Test
  void rowsThatFailAndBatchesThatAreTriedAgainArePaidFor(@TempDir Path folder) {
    var stats =
        rows(32)
            .map(row -> computed(1, row))
            .mapBatches(
                8,
                2,
                batch -> {
                  computed(2, batch);
                  if (batch.contains(13)) {
                    throw new IllegalStateException("13");
                  }
                  return batch;
                })
            .onError(OnError.setAside(folder.resolve("bad.jsonl").toString()))
            .toList()
            .stats();

    // 13 fails in a batch of 8, halves of 4, 2 and then alone
    assertEquals(8 + 4 + 2, waste(stats, 2).rowsAgain());
    assertEquals(1, waste(stats, 2).rowsGone());
    assertTrue(waste(stats, 2).failed().toMillis() >= 4 * 2, waste(stats, 2).toString());
    var ledger = stats.cost(HERE).ledger();
    assertTrue(ledger.share(Item.FAILED) > 0, ledger.toString());
    assertTrue(ledger.share(Item.WORK) > ledger.share(Item.FAILED), ledger.toString());
    assertEquals(1, sum(ledger), 1e-9);
  }

  @Test
  void aRunAllOfWhoseRowsFailedWasPaidForInVain(@TempDir Path folder) {
    var stats =
        rows(8)
            .map(row -> computed(2, row))
            .<Integer>map(
                row -> {
                  throw new IllegalStateException("bad");
                })
            .onError(OnError.setAside(folder.resolve("bad.jsonl").toString()))
            .toList()
            .stats();
    var cost = stats.cost(HERE.machine("large", 8, 1.08));

    assertEquals(0, cost.ledger().share(Item.WORK));
    assertTrue(cost.ledger().share(Item.FAILED) > 0, cost.toString());
    assertEquals(1, sum(cost.ledger()), 1e-9);
    var thrown = assertThrows(GristmillException.class, () -> cost.perMillion("here"));
    assertEquals(
        "nothing is known of a million rows on here: no rows came out of this run",
        thrown.getMessage());
    assertEquals(
        "No machines are known to do 10 rows within 1 h 00 min: no rows came out of this run."
            + " Nothing is known of here, large.",
        cost.cheapest(10, Duration.ofHours(1)).summary());
  }

  @Test
  void everyRunHasACost() {
    var none = rows(0).mapBatches(4, 2, batch -> batch).toList().cost(HERE);
    assertEquals(1, sum(none.ledger()), 1e-9);
    assertFalse(none.rate("here").isKnown());

    var withoutActors = rows(50).toList().cost(HERE.machine("large", 8, 1.08));
    assertEquals(1, sum(withoutActors.ledger()), 1e-9);
    assertTrue(withoutActors.perMillion("large") > 0);
    assertEquals(0, withoutActors.rate("large").workers());
    assertFalse(withoutActors.toString().isBlank());
  }

  /** Work is a sleep, so that processors which this machine has not got do not matter. */
  @Test
  void whatIsPredictedWithTwiceTheWorkersIsAboutWhatTheyDo() {
    var one = rows(200).mapBatches(4, ActorPool.of(2, device -> b -> after(20, b))).toList();
    var two = rows(200).mapBatches(4, ActorPool.of(4, device -> b -> after(20, b))).toList();

    var rate = one.cost(HERE.machine("twice", 4, 0.72)).rate("twice");

    assertEquals(4, rate.workers());
    assertEquals("mapBatches(4, 2 workers)", rate.bound());
    double measured = two.cost(HERE).rowsPerSecond();
    assertEquals(measured, rate.rowsPerSecond(), 0.25 * measured);
  }

  @Test
  void rowsThatFillUpABatchTakeTheirShareOfItsForwardPass() throws Exception {
    var work = new Work(Device.gpu(0), 0);
    work.task(
        () ->
            Work.time(
                Work.Part.FORWARD,
                () -> {
                  Work.current().orElseThrow().computed(16, 4);
                  return after(20, 0);
                }));

    assertEquals(work.nanos().get(Work.Part.FORWARD) / 4, work.padding());
    assertEquals(0, new Work(Device.gpu(0), 0).padding());
  }

  private static Run<Prediction> classified(int loads) {
    var prediction = new Prediction(0, "class", 1, List.of());
    return rows(16)
        .mapBatches(
            4,
            1,
            batch -> {
              for (int i = 0; i < loads; i++) {
                loaded(5, 0);
              }
              return batch.stream().map(row -> computed(1, prediction)).toList();
            })
        .toList();
  }

  @Test
  void waysOfDoingAJobCompareByWhatTheyCost() {
    var costs =
        Comparison.of("naive", () -> classified(2))
            .and("without loads", () -> classified(0))
            .measure(1)
            .cost(HERE);

    assertEquals(List.of("naive", "without loads"), costs.names());
    assertTrue(costs.timesAsMuch("without loads") < 1, costs.toString());
    var header = costs.table().header();
    assertTrue(header.contains(Item.LOADS_AGAIN.title()), costs.toString());
    assertFalse(header.contains(Item.PADDING.title()), "nobody has any");
    assertTrue(costs.summary().contains("\nwithout loads costs 0."), costs.summary());
    var other = classified(0).cost(HERE.machine("large", 8, 1));
    assertThrows(IllegalArgumentException.class, () -> costs.and("other", other));
    assertThrows(IllegalArgumentException.class, () -> costs.and("naive", costs.cost("naive")));
    assertThrows(IllegalArgumentException.class, () -> costs.cost("none"));
  }

  @Test
  void theChartHasWhatThePriceWentTo() {
    var waste = new Waste(30, seconds(30), Duration.ZERO, seconds(10), 20, 0);
    var chart = CostComparison.of("naive", run(CPU, waste, 0).cost(HERE)).chart();

    long work = pixels(chart, Look.BLUE); // 45 %
    assertEquals(15.0 / 45, (double) pixels(chart, Look.RED) / work, 0.08, "repeated loads");
    assertEquals(5.0 / 45, (double) pixels(chart, Look.ORANGE) / work, 0.08, "failed work");
  }

  private static long pixels(BufferedImage image, Color colour) {
    return IntStream.range(0, image.getWidth() * image.getHeight())
        .map(i -> image.getRGB(i % image.getWidth(), i / image.getWidth()))
        .filter(rgb -> rgb == colour.getRGB())
        .count();
  }

  private static String refused(Path file, String text) throws IOException {
    Files.writeString(file, text);
    return assertThrows(GristmillException.class, () -> Prices.read("EUR", file.toString()))
        .getMessage();
  }

  @Test
  void aPriceListIsAFileThatItsUserEdits(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("prices.csv");
    Files.writeString(
        file,
        """
        name,processors,gpus,price_per_hour,speed,rows_per_second
        here,,0,0.10,,
        c7i.4xlarge,16,,0.71,1.3,

        g6.xlarge,4,1,0.80,,850
        """);

    assertEquals(
        Prices.of("EUR")
            .machine("here", Runtime.getRuntime().availableProcessors(), 0.10)
            .machine("c7i.4xlarge", 16, 0.71)
            .speed("c7i.4xlarge", 1.3)
            .machine("g6.xlarge", 4, 1, 0.80)
            .rowsPerSecond("g6.xlarge", 850),
        Prices.read("EUR", file.toString()));
    Files.writeString(file, "price_per_hour,name,processors\n0.10,here,\n");
    assertEquals("here", Prices.read("EUR", file.toString()).machines().get(0).name());
  }

  @Test
  void whatIsWrongInAPriceListIsSaidWithItsLine(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("prices.csv");
    String header = "name,processors,price_per_hour,speed\n";
    String form =
        ". A line is name,processors,gpus,price_per_hour,speed,rows_per_second, such as:"
            + " c7i.4xlarge,16,0,0.71,,";

    assertEquals(
        file + ":3: processors is a number such as 16 or 0.71, not many" + form,
        refused(file, header + "here,2,0.1,\nlarge,many,0.7,\n"));
    assertEquals(
        file + ":2: processors is a whole number, not 1.5" + form,
        refused(file, header + "large,1.5,0.7,\n"));
    assertEquals(
        file + ":2: large: a price is above 0, not 0.0" + form,
        refused(file, header + "large,16,,\n"));
    assertEquals(
        file + ":2: large has 1 to 4096 processors, not 0" + form,
        refused(file, header + "large,,0.7,\n"));
    assertEquals(
        file + ":3: there are two machines named large" + form,
        refused(file, header + "large,2,0.7,\nlarge,2,0.8,\n"));
    assertEquals(
        file
            + ":2: what the machine here does is measured: leave out its speed and its rows/s"
            + form,
        refused(file, header + "here,2,0.7,2\n"));
    assertEquals(
        file + ":2: the column price_per_hour is missing" + form,
        refused(file, "name,processors\nlarge,2\n"));
    assertEquals(
        file
            + ":2: 3 fields where the header has 4 columns [name, processors, price_per_hour, speed]"
            + form,
        refused(file, header + "large,2,0.7\n"));
    assertTrue(
        refused(file, header).startsWith(file + " lists no machine: below the line name,"),
        refused(file, header));
  }

  @Test
  void aListWithoutTheMachineHereIsRefused() {
    var thrown =
        assertThrows(
            IllegalArgumentException.class,
            () -> run().cost(Prices.of("EUR").machine("large", 8, 1.08)));
    assertEquals(
        "no machine of the list is named here, there are [large]: say what an hour of this one"
            + " costs, with here(price) or a line here,,,price,,",
        thrown.getMessage());
  }
}
