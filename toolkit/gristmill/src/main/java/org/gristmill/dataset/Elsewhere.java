package org.gristmill.dataset;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.gristmill.BatchWorker;
import org.gristmill.Cluster;
import org.gristmill.observe.Work;

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
      var results = new ArrayList<Row<?>>(rows.size());
      var underWay = new ArrayDeque<Future<List<Row<?>>>>();
      var next = rows.iterator();
      try {
        while (next.hasNext() || !underWay.isEmpty()) {
          while (next.hasNext() && underWay.size() < reads.get(0).threads()) {
            var row = List.<Row<?>>of(next.next());
            underWay.add(Readers.THREADS.submit(() -> read.apply(null, row)));
          }
          results.addAll(rest.apply(null, Work.time(Work.Part.READ, underWay.remove()::get)));
        }
      } finally {
        underWay.forEach(reading -> reading.cancel(true));
      }
      return results;
    }
  }

  /** Those of an executor's process. */
  private static final class Readers {
    static final ExecutorService THREADS =
        Executors.newCachedThreadPool(
            task -> {
              var thread = new Thread(task, "gristmill reader");
              thread.setDaemon(true);
              return thread;
            });
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
