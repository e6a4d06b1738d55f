package org.gristmill.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import org.gristmill.ActorPool;
import org.gristmill.GristmillException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Classes, lambdas and values of a notebook's cells on executors, by JShell as kernels use it: in
 * their own process. The kernels themselves run notebook 08.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public class NotebookCodeTest {
  private static SparkCluster spark;
  private static JShell shell;
  private static final ByteArrayOutputStream OUTPUT = new ByteArrayOutputStream();

  /** The cluster of this test, for cells. */
  public static SparkCluster spark() {
    return spark;
  }

  @BeforeAll
  static void start() {
    spark = SparkCluster.start("local-cluster[2,1,512]");
    var out = new PrintStream(OUTPUT, true, StandardCharsets.UTF_8);
    shell = JShell.builder().executionEngine("local").out(out).err(out).build();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      shell.addToClasspath(entry);
    }
    cell("import java.util.*;");
    cell("import java.util.stream.*;");
    cell("import org.gristmill.*;");
    cell(
        "var spark = (Cluster) Class.forName(\""
            + NotebookCodeTest.class.getName()
            + "\")"
            + ".getMethod(\"spark\").invoke(null);");
    cell("Dataset<Integer> rows() { return Dataset.of(List.of(1, 2, 3, 4, 5)); }");
  }

  @AfterAll
  static void stop() {
    shell.close();
    spark.close();
  }

  /** The value of the last snippet, or the message of what it threw. */
  private static String cell(String source) {
    String value = null;
    for (String rest = source; !rest.isBlank(); ) {
      var next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
      for (SnippetEvent event : shell.eval(next.source())) {
        var problems = shell.diagnostics(event.snippet()).map(it -> it.getMessage(null)).toList();
        boolean good =
            event.status() == Snippet.Status.VALID || event.status() == Snippet.Status.OVERWRITTEN;
        assertTrue(good, () -> source + problems);
        value =
            event.exception() == null
                ? event.value()
                : String.valueOf(event.exception().getMessage());
      }
      rest = next.remaining();
    }
    return value;
  }

  @Test
  void aWorkerThatACellDefines() {
    cell(
        """
        class Tripling implements BatchWorker<Integer, Integer> {
          private final int by = 3;
          Tripling(Device device) {}
          public List<Integer> apply(List<Integer> batch) {
            return batch.stream().map(n -> by * n).toList();
          }
        }
        """);
    assertEquals(
        "[3, 6, 9, 12, 15]",
        cell(
            "new ArrayList<>(rows().mapBatches(2, ActorPool.of(2, Tripling::new).on(spark)).toList())"));
  }

  @Test
  void aCellThatIsRunAgainCounts() {
    String worker =
        """
        class Adding implements BatchWorker<Integer, Integer> {
          Adding(Device device) {}
          public List<Integer> apply(List<Integer> batch) {
            return batch.stream().map(n -> n + %d).toList();
          }
        }
        """;
    String run =
        "new ArrayList<>(rows().mapBatches(2, ActorPool.of(1, Adding::new).on(spark)).toList())";
    cell(worker.formatted(1));
    assertEquals("[2, 3, 4, 5, 6]", cell(run));
    cell(worker.formatted(10));
    assertEquals("[11, 12, 13, 14, 15]", cell(run));
  }

  @Test
  void anExecutorsJavaThatIsTooOldForACellIsTold() throws Exception {
    byte[] newer;
    try (InputStream in = CellLoader.class.getResourceAsStream("CellLoader.class")) {
      newer = in.readAllBytes();
    }
    newer[6] = 1; // its major version: 256 and more
    String name = CellLoader.class.getName();
    var loader = new CellLoader(ClassLoader.getPlatformClassLoader());
    loader.add(Map.of(name.replace('.', '/'), newer));
    var failure = assertThrows(GristmillException.class, () -> loader.loadClass(name));
    assertTrue(
        failure.getMessage().contains("newer than Java " + Runtime.version().feature()),
        failure::getMessage);
  }

  /** Workers of the toolkit's, whose loader knows no cells. */
  public static ActorPool<Integer, Integer> adding() {
    return ActorPool.<Integer, Integer>of(1, device -> batch -> batch).on(spark);
  }

  @Test
  void anExceptionOfACellComesBackFromAStep() {
    cell("class Odd extends RuntimeException { Odd(String what) { super(what); } }");
    cell("int even(int n) { if (n % 2 == 1) { throw new Odd(n + \" is odd\"); } return n; }");
    String adding = NotebookCodeTest.class.getName() + ".adding()";
    String told = cell("rows().map(n -> even(n)).mapBatches(2, %s).toList()".formatted(adding));
    assertTrue(told.contains("map failed on row 0: Odd: 1 is odd"), told);
  }

  @Test
  void recordsOfCellsTravel() {
    cell("record Pair(int a, int b) implements java.io.Serializable {}");
    cell(
        """
        ActorPool<Pair, Pair> swapping() {
          return ActorPool.<Pair, Pair>of(1, device -> batch ->
              batch.stream().map(p -> new Pair(p.b(), p.a())).toList()).on(spark);
        }
        """);
    assertEquals(
        "[Pair[a=2, b=1]]",
        cell(
            "new ArrayList<>(Dataset.of(List.of(new Pair(1, 2))).mapBatches(2, swapping()).toList())"));
  }

  @Test
  void stepsAndMethodsOfCellsTravel() {
    cell("int square(int n) { return n * n; }");
    cell(
        "ActorPool<Integer, Integer> same() { return ActorPool.<Integer, Integer>of(1, device -> batch -> batch).on(spark); }");
    assertEquals(
        "[1, 4, 9, 16, 25]",
        cell("new ArrayList<>(rows().map(n -> square(n)).mapBatches(2, same()).toList())"));
  }

  @Test
  void capturedValuesTravel() {
    cell("int factor = 7;");
    cell(
        """
        ActorPool<Integer, Integer> times(int by) {
          return ActorPool.<Integer, Integer>of(1, device -> batch ->
              batch.stream().map(n -> by * n).toList()).on(spark);
        }
        """);
    assertEquals(
        "[7, 14, 21, 28, 35]",
        cell("new ArrayList<>(rows().mapBatches(2, times(factor)).toList())"));
  }

  @Test
  void aVariableOfAnotherCellIsRefused() {
    cell("int threshold = 3;");
    cell("boolean isHigh(int n) { return n > threshold; }");
    String said =
        cell(
            """
            rows().mapBatches(2, ActorPool.<Integer, Integer>of(1, device -> batch ->
                batch.stream().map(n -> isHigh(n) ? 1 : 0).toList()).on(spark)).toList()
            """);
    assertTrue(said.contains("uses threshold, a variable of a cell"), said);
    assertTrue(said.contains("pool(int threshold)"), said);
  }

  @Test
  void aVariableThatAWorkerOfACellReadsIsRefused() {
    cell("var weights = new double[] {1, 2};");
    cell(
        """
        class Weighing implements BatchWorker<Integer, Double> {
          Weighing(Device device) {}
          public List<Double> apply(List<Integer> batch) {
            return batch.stream().map(n -> weights[0] * n).toList();
          }
        }
        """);
    String said = cell("rows().mapBatches(2, ActorPool.of(1, Weighing::new).on(spark)).toList()");
    assertTrue(said.contains("uses weights, a variable of a cell"), said);
    assertTrue(said.contains("double[] weights"), said);
  }

  @Test
  void aConstantOfACellsClassIsNoVariable() {
    cell(
        """
        class Raising implements BatchWorker<Integer, Integer> {
          enum By { ONE, TWO }
          static final List<Integer> BY = List.of(1, 2);
          Raising(Device device) {}
          public List<Integer> apply(List<Integer> batch) {
            return batch.stream().map(n -> n + BY.get(By.TWO.ordinal())).toList();
          }
        }
        """);
    assertEquals(
        "[3, 4, 5, 6, 7]",
        cell(
            "new ArrayList<>(rows().mapBatches(2, ActorPool.of(1, Raising::new).on(spark)).toList())"));
  }

  @Test
  void whatCannotBeSerializedIsNamed() {
    cell("class Handle { int n = 1; }");
    cell(
        """
        ActorPool<Integer, Integer> holding(Handle handle) {
          return ActorPool.<Integer, Integer>of(1, device -> batch ->
              batch.stream().map(n -> n + handle.n).toList()).on(spark);
        }
        """);
    String said = cell("rows().mapBatches(2, holding(new Handle())).toList()");
    assertTrue(said.contains("Handle is not serializable"), said);
    assertTrue(said.contains("implement java.io.Serializable"), said);
  }
}
