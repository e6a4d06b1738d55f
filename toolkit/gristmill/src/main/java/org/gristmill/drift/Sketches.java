package org.gristmill.drift;

import org.apache.datasketches.kll.KllFloatsSketch;

/**
 * What rows were like, seen one by one: Karnin, Lang and Liberty's sketches of quantiles, and
 * counts. Some 60 kB at most, however many rows there are. Owned by one thread at a time.
 */
public final class Sketches {
  private static final int K = 400; // ranks within 0.7 % of the rows, with 99 %

  private final KllFloatsSketch[] numbers = new KllFloatsSketch[Feature.COUNT];
  private final long[] classes = new long[Classes.MOST];
  private final long[] rows = new long[Confidences.BINS];
  private final long[] labelled = new long[Confidences.BINS];
  private final long[] right = new long[Confidences.BINS];
  private long count;

  public Sketches() {
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = KllFloatsSketch.newHeapInstance(K);
    }
  }

  /** One more row. */
  public void add(Seen row) {
    for (int i = 0; i < numbers.length; i++) {
      numbers[i].update(row.values()[i]);
    }
    classes[Math.floorMod(row.index(), classes.length)]++;
    int bin = Confidences.bin(row.value(Feature.CONFIDENCE));
    rows[bin]++;
    if (row.label() >= 0) {
      labelled[bin]++;
      right[bin] += row.index() == row.label() ? 1 : 0;
    }
    count++;
  }

  /** All rows of others, too. */
  public void add(Sketches others) {
    for (int i = 0; i < numbers.length; i++) {
      if (!others.numbers[i].isEmpty()) {
        numbers[i].merge(others.numbers[i]);
      }
    }
    add(classes, others.classes);
    add(rows, others.rows);
    add(labelled, others.labelled);
    add(right, others.right);
    count += others.count;
  }

  private static void add(long[] to, long[] more) {
    for (int i = 0; i < to.length; i++) {
      to[i] += more[i];
    }
  }

  public long count() {
    return count;
  }

  /** In short. */
  public Summary summary() {
    var quantiles = new Quantiles[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      quantiles[i] = Quantiles.of(numbers[i]);
    }
    return new Summary(
        quantiles,
        Classes.of(classes),
        new Confidences(rows.clone(), labelled.clone(), right.clone()));
  }
}
