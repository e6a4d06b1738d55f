package org.gristmill.tune;

import java.util.ArrayList;
import java.util.List;

/**
 * How many actors a pool has, and what each of them gets.
 *
 * @param threads for a single operation on the CPU
 * @param gpus the share of a GPU; 0 for the CPU
 */
public record Shape(int actors, int threads, double gpus) {

  /**
   * What is worth trying on CPUs: an actor a processor, half as many with twice the threads, and so
   * on down to one with all of them, so that the processors are used but not oversubscribed; and
   * half as many with one thread each, which leaves the other half to reading and decoding.
   */
  public static List<Shape> ofProcessors(int processors) {
    var shapes = new ArrayList<Shape>();
    for (int actors = processors; actors >= 1; actors /= 2) {
      shapes.add(new Shape(actors, processors / actors, 0));
    }
    if (processors > 1) {
      shapes.add(new Shape(processors / 2, 1, 0));
    }
    return List.copyOf(shapes);
  }

  /** What is worth trying on GPUs: an actor each, and two, of which one copies or packs. */
  public static List<Shape> ofGpus(int gpus) {
    return List.of(new Shape(gpus, 1, 1), new Shape(2 * gpus, 1, 0.5));
  }

  @Override
  public String toString() {
    String each =
        gpus > 0 ? "%s of a GPU".formatted(gpus == 1 ? "1" : "1/2") : threads + " threads";
    return actors + " x " + (gpus == 0 && threads == 1 ? "1 thread" : each);
  }
}
