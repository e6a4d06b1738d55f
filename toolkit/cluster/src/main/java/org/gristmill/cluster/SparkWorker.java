package org.gristmill.cluster;

import java.io.IOException;
import java.io.Serializable;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.gristmill.Cluster;
import org.gristmill.observe.Work;

/** What stands in the driver for a worker on an executor. For the thread of its actor. */
final class SparkWorker<T, R> implements Cluster.RemoteWorker<T, R> {
  private final Line line;
  private final SparkCluster.Actor actor;
  private final ClassLoader loader; // of what comes back
  private final SparkCluster cluster;
  private final Set<String> classes = new HashSet<>(); // of cells, that were sent
  private Object known; // the call that was sent last
  private boolean lost;

  SparkWorker(Line line, SparkCluster.Actor actor, ClassLoader loader, SparkCluster cluster) {
    this.line = line;
    this.actor = actor;
    this.loader = loader;
    this.cluster = cluster;
  }

  /** Has the worker made over there, by a factory with its code. */
  void make(CellCode code, byte[] factory) throws Exception {
    request(code, factory, null);
  }

  private static final Cluster.Call<Object, Object, ArrayList<Object>, ArrayList<Object>> APPLY =
      (worker, batch) -> new ArrayList<>(worker.apply(batch));

  @SuppressWarnings({"unchecked", "rawtypes"}) // what goes in and comes out is what a worker takes
  @Override
  public List<R> apply(List<T> batch) throws Exception {
    return (List<R>) call((Cluster.Call) APPLY, new ArrayList<>(batch));
  }

  @SuppressWarnings("unchecked") // what comes back is what the call gives
  @Override
  public <A, B> B call(Cluster.Call<T, R, A, B> call, A argument) throws Exception {
    var code = new CellCode(loader);
    boolean isNew = call != known;
    byte[] sent = isNew ? Parcel.of(call, "a step right before the batches", code) : null;
    byte[] with = Parcel.of(argument, "a row", code);
    known = null; // it may not come so far
    var value = request(code, sent, with);
    known = call;
    return (B) value;
  }

  private Object request(CellCode code, byte[] function, byte[] argument) throws Exception {
    Map<String, byte[]> fresh = new LinkedHashMap<>(code.classes());
    fresh.keySet().removeAll(classes);
    var value = ask(Frames.Kind.REQUEST, new Frames.Request(fresh, function, argument));
    classes.addAll(fresh.keySet());
    return value;
  }

  private Object ask(Frames.Kind kind, Serializable message) throws Exception {
    if (lost) {
      throw new Cluster.Lost(actor + " is lost", null);
    }
    Frames.Reply reply;
    actor.begin();
    lost = true; // whatever comes between a request and its reply
    try {
      reply = line.ask(kind, message);
      lost = false;
    } catch (IOException gone) {
      if (gone instanceof SocketTimeoutException) {
        cluster.replace(actor); // Spark itself would wait for it for minutes
      }
      throw new Cluster.Lost(actor + " is lost: " + gone.getMessage(), gone);
    } finally {
      actor.end();
    }
    Work.current().ifPresent(work -> work.add(reply.work()));
    if (reply.failure() != null) {
      rethrow(Parcel.open(reply.failure(), loader));
    }
    return reply.value() == null ? null : Parcel.open(reply.value(), loader);
  }

  private static void rethrow(Object failure) throws Exception {
    if (failure instanceof Error error) {
      throw error;
    }
    throw (Exception) failure;
  }

  /** It could not be made: nobody will ask it for anything. */
  void abandon() {
    line.close();
    cluster.forget(this);
  }

  @Override
  public void close() throws Exception {
    try {
      if (!lost) {
        ask(Frames.Kind.CLOSE, null);
      }
    } catch (Cluster.Lost gone) {
      if (gone.getCause() instanceof Line.Unresponsive) {
        throw gone;
      } // else nothing is left of the worker
    } finally {
      abandon();
    }
  }
}
