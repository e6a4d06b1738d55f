package org.gristmill;

import static org.dflib.Exp.$col;
import static org.dflib.Exp.$double;
import static org.dflib.Exp.$float;
import static org.dflib.Exp.$int;
import static org.dflib.Exp.$long;
import static org.dflib.Exp.$val;
import static org.dflib.Exp.rowNum;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.dflib.DataFrame;
import org.dflib.Exp;
import org.dflib.IntSeries;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Rows become columns and rows again, and nothing is lost or changed on the way. */
@ExtendWith(NothingLeft.class)
@Timeout(60)
class FramesTest {
  record City(String name, double north, int people, List<String> rivers) {}

  record Narrow(short people) {}

  private static final List<City> CITIES =
      List.of(
          new City("Ulm", 48.4, 126_000, List.of("Donau", "Iller")),
          new City("Jena", 50.9, 111_000, List.of("Saale")),
          new City("Bonn", 50.7, 336_000, List.of("Rhein")));

  private static Image grey(int brightness, String path) {
    var samples = new byte[2 * 3];
    Arrays.fill(samples, (byte) brightness);
    return Image.of(3, 2, Image.Mode.GREY, samples, path);
  }

  @Test
  void recordsBecomeAColumnAComponentAndTheSameRecordsAgain() {
    DataFrame frame = Frames.of(CITIES);

    assertEquals(
        List.of("name", "north", "people", "rivers"), List.of(frame.getColumnsIndex().toArray()));
    assertInstanceOf(IntSeries.class, frame.<Integer>getColumn("people"));
    assertEquals(CITIES, Frames.rows(frame, City.class));
  }

  @Test
  void mapsBecomeTheUnionOfTheirKeysInTheOrderOfTheirFirstAppearance() {
    DataFrame frame = Frames.of(List.of(Map.of("b", 1L), Map.of("a", "x"), Map.of("b", 2L)));

    assertEquals(List.of("b", "a"), List.of(frame.getColumnsIndex().toArray()));
    assertEquals("[{b=1, a=null}, {b=null, a=x}, {b=2, a=null}]", Frames.rows(frame).toString());
  }

  @Test
  void keysThatAreNoTextNameColumnsByTheirText() {
    var sorted = new TreeMap<>(Map.of(1, "a", 2, "b"));

    DataFrame frame = Frames.of(List.of(sorted, Map.of("2", "c"), Map.of(Image.Mode.RGB, "d")));

    assertEquals(
        "[{1=a, 2=b, RGB=null}, {1=null, 2=c, RGB=null}, {1=null, 2=null, RGB=d}]",
        Frames.rows(frame).toString());
  }

  @Test
  void asTextAFrameIsATable() {
    assertEquals(
        List.of("name north people", "---- ----- ------", "Ulm   48.4 126000"),
        Frames.of(CITIES.subList(0, 1))
            .colsExcept("rivers")
            .select()
            .toString()
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .limit(3)
            .toList());
  }

  @Test
  void picturesKeepThemselvesBesideTheirSize() {
    Image image = grey(7, "seven.png");

    DataFrame frame = Frames.of(List.of(image));

    assertEquals(
        "{path=seven.png, width=3, height=2, channels=1, image=Image 2 x 3 x 1}",
        Frames.rows(frame).get(0).toString());
    assertSame(image, frame.get("image", 0));
  }

  @Test
  void anythingElseIsAValue() {
    assertEquals("[{value=1.5}, {value=x}]", Frames.rows(Frames.of(List.of(1.5, "x"))).toString());
  }

  @Test
  void withoutRowsThereIsNoColumn() {
    assertEquals(0, Frames.of(List.of()).width());
  }

  @Test
  void rowsOfTwoKindsAreRefusedByTheirNumber() {
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> Frames.of(List.of(CITIES.get(0), CITIES.get(1), grey(0, null))));

    assertEquals(
        "row 2 is of org.gristmill.Image, row 0 of org.gristmill.FramesTest$City: map the rows to one kind before they become a data frame",
        refused.getMessage());
    assertEquals(
        "row 1 is null: a data frame's rows are there",
        assertThrows(IllegalArgumentException.class, () -> Frames.of(Arrays.asList("x", null)))
            .getMessage());
  }

  @Test
  void aCellThatIsNoSuchNumberIsRefusedByRowAndColumn() {
    DataFrame frame = Frames.of(List.of(Map.of("people", 5L), Map.of("people", 100_000L)));

    assertEquals(
        "row 1, column \"people\": 100000 (Long) is no short",
        assertThrows(IllegalArgumentException.class, () -> Frames.rows(frame, Narrow.class))
            .getMessage());
    assertEquals(List.of(new Narrow((short) 5)), Frames.rows(frame.head(1), Narrow.class));
    assertEquals(
        "no column \"name\": there are [people]",
        assertThrows(IllegalArgumentException.class, () -> Frames.rows(frame, City.class))
            .getMessage());
  }

  @Test
  void aRunKnowsThePathsOfItsFrame(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("cities.csv"), "name,north\nUlm,48.4\n");

    DataFrame frame =
        Dataset.readCsv(file.toString())
            .map(row -> new Prediction(3, row.get("name"), 0.5f, List.of()))
            .toList()
            .toDataFrame();

    assertEquals(
        "[{path=" + file + ":2, index=3, label=Ulm, confidence=0.5}]",
        Frames.rows(frame).toString());
  }

  @Test
  void theTutorialsCellRunsInThePlaceOfABatch() {
    var rows =
        Dataset.of(List.of(grey(1, "a"), grey(2, "b"), grey(3, "c")))
            .mapBatches(
                2,
                Frames.batch(
                    df -> df.cols("image_processed", "batch_id").merge($val(true), rowNum())))
            .toList();

    assertEquals("[true, true, true]", column(rows, "image_processed"));
    assertEquals("[1, 2, 1]", column(rows, "batch_id"));
    assertEquals("[a, b, c]", column(rows, "path"));
  }

  private static String column(List<Map<String, Object>> rows, String name) {
    return rows.stream().map(row -> row.get(name)).toList().toString();
  }

  @Test
  void aStepOverFramesMayFilter() {
    var kept =
        Dataset.of(CITIES)
            .flatMapBatches(3, Frames.batch(df -> df.rows($int("people").gt(120_000)).select()))
            .toList();

    assertEquals("[Ulm, Bonn]", column(kept, "name"));
  }

  @Test
  void aStepThatFailsNamesItsRows() {
    var failing =
        Dataset.of(CITIES)
            .mapBatches(3, Frames.batch(df -> df.cols("x").merge($double("nowhere").add(1))));

    var failed = assertThrows(GristmillException.class, failing::toList);

    assertTrue(failed.getMessage().contains("nowhere"), failed.getMessage());
    assertEquals(0, failed.row().orElse(-1));
  }

  @Test
  void columnsAreComputedOnTheActorsThread() {
    Set<Thread> computing = ConcurrentHashMap.newKeySet();
    Set<Thread> calling = ConcurrentHashMap.newKeySet();

    Dataset.of(CITIES)
        .mapBatches(
            1,
            Frames.batch(
                df -> {
                  calling.add(Thread.currentThread());
                  return df.cols("name", "rivers")
                      .merge(seen(computing, "name"), seen(computing, "rivers"));
                }))
        .toList();

    assertEquals(calling, computing);
  }

  private static Exp<Object> seen(Set<Thread> threads, String column) {
    return $col(column)
        .mapVal(
            value -> {
              threads.add(Thread.currentThread());
              return value;
            });
  }

  record Numbers(double d, float f, long l, int i) {}

  /** DFLib's own arrays of doubles, floats and longs would add: see Columns. */
  @Test
  void arithmeticOverAFramesColumnsIsRight() {
    DataFrame frame =
        Frames.of(List.of(new Numbers(1, 2, 3, 4), new Numbers(5, 6, 7, 8)))
            .cols("constant", "float", "long", "int", "mean", "both")
            .merge(
                $double("d").sub(3.0).div(2.0),
                $float("f").mul(3.0f),
                $long("l").sub(1),
                $int("i").div(4),
                $double("d").sub($double("d").avg()).div($double("d").stdDev(true)),
                $double("d").mul($int("i")));
    DataFrame filtered =
        frame
            .rows($int("i").gt(4))
            .select()
            .cols("again")
            .merge($double("both").sub($double("d")).div($double("constant")));

    assertEquals(
        "[-1.0, 6.0, 2, 1, -1.0, 4.0]",
        Frames.rows(frame).get(0).values().stream().skip(4).toList().toString());
    assertEquals("[35.0]", column(Frames.rows(filtered), "again"));
  }

  @Test
  void standardisedColumnsHaveMeanZeroAndDeviationOne() {
    DataFrame frame = Frames.cpu().standardise(Frames.of(CITIES), "people", "north");

    for (String name : List.of("people", "north")) {
      double[] values =
          Frames.rows(frame).stream().mapToDouble(row -> (Double) row.get(name)).toArray();
      double mean = Arrays.stream(values).average().orElseThrow();
      double variance =
          Arrays.stream(values).map(x -> (x - mean) * (x - mean)).average().orElseThrow();
      assertEquals(0, mean, 1e-12, name);
      assertEquals(1, variance, 1e-12, name);
    }
    assertEquals("[Ulm, Jena, Bonn]", column(Frames.rows(frame), "name"));
  }

  @Test
  void meansAreOfEachGroupInTheOrderOfTheKeys() {
    var rows =
        List.of(
            Map.of("kind", "b", "x", 1.0),
            Map.of("kind", "a", "x", 5.0),
            Map.of("kind", "b", "x", 2.0));

    DataFrame means = Frames.cpu().means(Frames.of(rows), "kind", "x");

    assertEquals("[a, b]", column(Frames.rows(means), "kind"));
    assertEquals("[5.0, 1.5]", column(Frames.rows(means), "x"));
  }

  @Test
  void aColumnThatIsNotOfNumbersIsNamed() {
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> Frames.cpu().standardise(Frames.of(CITIES), "north", "name"));

    assertEquals(
        "row 0, column \"name\": Ulm is no number: leave the column out, or fill or filter it",
        refused.getMessage());
  }

  @Test
  void withoutAGpuASentenceSaysWhatDoesTheSame() {
    assumeFalse(Files.exists(Path.of("/dev/nvidiactl")), "there is an NVIDIA driver");

    var missing = assertThrows(GristmillException.class, Frames::gpu);

    assertEquals(
        "no NVIDIA GPU here: its driver, libcuda.so.1, is not installed; Frames.cpu() computes the same on the processor",
        missing.getMessage());
  }
}
