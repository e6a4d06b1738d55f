package org.gristmill.dataset;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.gristmill.BatchWorker;
import org.gristmill.Cluster;
import org.gristmill.pool.ReadAhead;

/**
 * Batches whose worker is in another process, with the steps of single rows right before them: what
 * goes there is what these steps begin with, such as the names of files, and what comes back is
 * what the worker made. A row that a step fails on fails alone, and its batch is that much smaller.
 */
final class Elsewhere implements Job<BatchWorker<Object, Object>> {
  /**
   * What is done there.
   *
   * @param reads the steps before the others that wait more than they compute
   */
  private record Part(List<Plan.Transform> reads, List<Plan.Transform> steps, Batching batching)
      implements Cluster.Call<Object, Object, ArrayList<Row<?>>, ArrayList<Row<?>>> {
    @Override
    public ArrayList<Row<?>> with(BatchWorker<Object, Object> worker, ArrayList<Row<?>> rows)
        throws Exception {
      var rest = new RowSteps(steps, false, rows.size());
      List<Row<?>> prepared = reads.isEmpty() ? rest.apply(null, rows) : readAhead(rows, rest);
      var inputs = new ArrayList<Row<?>>(prepared);
      inputs.removeIf(Row::hasFailed);
      List<Row<?>> results = inputs.isEmpty() ? List.of() : batching.apply(worker, inputs);
      return new ArrayList<>(batching.outputs(prepared, results));
    }

    /** Reads rows while those before them are prepared. */
    private List<Row<?>> readAhead(List<Row<?>> rows, RowSteps rest) throws Exception {
      var read = new RowSteps(reads, false, 1);
      var tasks = rows.stream().map(row -> read(read, row)).iterator();
      var results = new ArrayList<Row<?>>(rows.size());
      try (var ahead = new ReadAhead<>(tasks, reads.get(0).threads())) {
        while (ahead.hasNext()) {
          results.addAll(rest.apply(null, ahead.next()));
        }
      }
      return results;
    }

    private static Callable<List<Row<?>>> read(RowSteps steps, Row<?> row) {
      return () -> steps.apply(null, List.of(row));
    }
  }

  private final Batching batching;
  private final Part part;

  Elsewhere(Plan.Batches batches) {
    batching = new Batching(batches);
    var alone = new ArrayList<Plan.Transform>();
    Plan.moved(batches).forEach(step -> alone.add(step.on(null)));
    int waiting = (int) alone.stream().takeWhile(step -> step.threads() > 0).count();
    part =
        new Part(
            new ArrayList<>(alone.subList(0, waiting)),
            new ArrayList<>(alone.subList(waiting, alone.size())),
            batching);
  }

  @Override
  public List<Row<?>> apply(BatchWorker<Object, Object> worker, List<Row<?>> rows)
      throws Exception {
    var sent = new ArrayList<Row<?>>(rows.size());
    rows.forEach(row -> sent.add(row.after(null))); // where to start again is known here
    return ((Cluster.RemoteWorker<Object, Object>) worker).call(part, sent);
  }

  @Override
  public int size() {
    return batching.size();
  }

  @Override
  public boolean isBatches() {
    return true;
  }

  @Override
  public boolean isOneToOne() {
    return batching.isOneToOne();
  }

  @Override
  public Row<?> failed(List<Row<?>> rows, Throwable why) {
    return batching.failed(rows, why);
  }
}
