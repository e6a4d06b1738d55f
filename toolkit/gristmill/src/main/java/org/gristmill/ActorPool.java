package org.gristmill;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.gristmill.model.Engines;

/**
 * How many actors to run, and how each makes its worker. A recipe: building one starts nothing, and
 * the same pool may be used by many runs. Each run makes every actor's worker once, before its
 * first batch, and closes it at the end. Immutable.
 *
 * @param <T> the rows that a worker takes
 * @param <R> the results that it gives
 */
public final class ActorPool<T, R> {
  private final int size;
  private final BatchWorker.Factory<T, R> factory;
  private final double gpusPerActor;
  private final boolean strict;
  private final AtomicBoolean told = new AtomicBoolean(); // whether a shortage was printed

  private ActorPool(
      int size, BatchWorker.Factory<T, R> factory, double gpusPerActor, boolean strict) {
    this.size = size;
    this.factory = factory;
    this.gpusPerActor = gpusPerActor;
    this.strict = strict;
  }

  /** A pool of that many actors on the CPU, which share its processors evenly. */
  public static <T, R> ActorPool<T, R> of(int size, BatchWorker.Factory<T, R> factory) {
    if (size < 1) {
      throw new IllegalArgumentException("a pool needs at least 1 worker, not " + size);
    }
    return new ActorPool<>(size, Objects.requireNonNull(factory, "factory"), 0, false);
  }

  /**
   * The same pool, each actor on a GPU. Where a run finds too few GPUs it says so before it starts
   * and goes on: actors share what there is, or run on the CPU. It never waits for a GPU. See
   * {@link #strictGpus}.
   *
   * @param gpus the share of one GPU, above 0 and at most 1: with 0.5 two actors share a GPU. A
   *     worker is told one device, so more than 1 is refused. 0 means the CPU.
   */
  public ActorPool<T, R> gpusPerActor(double gpus) {
    if (!(gpus >= 0 && gpus <= 1)) {
      throw new IllegalArgumentException(
          "gpusPerActor takes 0 (the CPU) to 1 (a GPU each), not " + gpus);
    }
    return new ActorPool<>(size, factory, gpus, strict);
  }

  /** The same pool, failing before the run starts where the machine has too few GPUs. */
  public ActorPool<T, R> strictGpus() {
    return new ActorPool<>(size, factory, gpusPerActor, true);
  }

  /** The number of actors. */
  public int size() {
    return size;
  }

  /** How an actor makes its worker. */
  public BatchWorker.Factory<T, R> factory() {
    return factory;
  }

  /**
   * The device of each actor on this machine, decided without waiting for anything. Where the
   * actors cannot have the GPUs that were asked for, the sentence that says so is printed, once a
   * pool, and goes into the run's notes.
   *
   * @throws GristmillException if they cannot and {@link #strictGpus} was asked for
   */
  public List<Device> devices(Consumer<String> notes) {
    // Whole actors fit on a GPU: with 0.6 each it is one, with 0.5 two.
    int wanted = gpusPerActor == 0 ? 0 : (int) Math.ceil(size / Math.floor(1 / gpusPerActor));
    int present = wanted == 0 ? 0 : Engines.gpuCount();
    if (present < wanted) {
      String note = shortage(wanted, present);
      notes.accept(note);
      if (!told.getAndSet(true)) {
        System.out.println("note: " + note);
      }
    }
    var devices = new ArrayList<Device>();
    int gpus = Math.min(wanted, present);
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / size);
    for (int actor = 0; actor < size; actor++) {
      // Actors are dealt to GPUs in turn, so that a shortage and fractions load each GPU alike.
      devices.add(gpus == 0 ? Device.cpu().withThreads(threads) : Device.gpu(actor % gpus));
    }
    return devices;
  }

  private String shortage(int wanted, int present) {
    String asked =
        "asked for %d GPU%s (%d actors, %s each), this machine has %s"
            .formatted(
                wanted,
                wanted == 1 ? "" : "s",
                size,
                number(gpusPerActor),
                present == 0 ? "none that PyTorch can use" : present);
    if (strict) {
      String advice =
          present == 0
              ? ": use gpusPerActor(0), or leave out strictGpus() to go on on the CPU."
              : ": use fewer actors or a smaller share, or leave out strictGpus() to share GPUs.";
      throw new GristmillException(asked + advice);
    }
    return asked + (present == 0 ? "; the actors run on the CPU." : "; the actors share GPUs.");
  }

  private static String number(double value) {
    return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
  }

  @Override
  public String toString() {
    return size + (size == 1 ? " worker" : " workers");
  }
}
