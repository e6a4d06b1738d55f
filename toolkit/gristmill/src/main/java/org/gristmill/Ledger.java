package org.gristmill;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;

/**
 * What the price of a run went to. A machine is paid for as long as the run takes, whatever it
 * does: on a machine without a GPU all of its processors, and each item has the processor time that
 * was used for it; where actors have GPUs these, and each item has the time in which it took one.
 * The rest waited. So the shares add up to 1. Immutable.
 *
 * <p>A stage's processor time is divided as the time of its threads was. What other processes took
 * of the processors meanwhile is left out: the price is divided among the rest. Where several
 * actors share a GPU, their forward passes are taken not to overlap: it waited at least as long as
 * it says.
 *
 * @param shares of the price, 0..1, by what they were for
 * @param price of the run
 * @param rows that came out
 * @param of what was paid for, in words
 */
public record Ledger(Map<Item, Double> shares, double price, long rows, String currency, String of)
    implements Tabular {
  /** What a machine's time is used for. */
  public enum Item {
    /** Reading, decoding and forward passes of the rows that came out. */
    WORK("rows that came out"),
    /** Making workers, and the first load of each model by each of them. */
    START("starting workers, first loads"),
    /** Loads of a model by an actor that had loaded it before. */
    LOADS_AGAIN("repeated loads"),
    /** Forward passes of rows that only filled up a batch's shape. */
    PADDING("padding of batches"),
    /** Batches that failed, rows that did, and what had been done for them before. */
    FAILED("failed work"),
    /**
     * What the process used besides: compiling, collecting garbage, handing rows on, and threads of
     * an engine's own.
     */
    RUNTIME("the JVM, threads of engines"),
    /** Nothing. */
    IDLE("waiting");

    private final String title;

    Item(String title) {
      this.title = title;
    }

    public String title() {
      return title;
    }
  }

  public Ledger {
    var all = new EnumMap<Item, Double>(Item.class);
    for (Item item : Item.values()) {
      all.put(item, shares.getOrDefault(item, 0.0));
    }
    shares = Collections.unmodifiableMap(all);
  }

  /** The share of the price, 0..1, that went to it. */
  public double share(Item item) {
    return shares.get(item);
  }

  /** The part of the price that went to it. */
  public double price(Item item) {
    return price * share(item);
  }

  /** What went to it for each million of rows like these; 0 if none came out. */
  public double perMillion(Item item) {
    return perMillion(share(item));
  }

  private double perMillion(double share) {
    return rows == 0 ? 0 : 1e6 * price * share / rows;
  }

  /** An item a row, and what they add up to. */
  @Override
  public Table table() {
    var rows = new ArrayList<List<String>>();
    shares.forEach((item, share) -> rows.add(row(item.title(), share)));
    rows.add(row("all", shares.values().stream().mapToDouble(Double::doubleValue).sum()));
    return new Table(
        List.of("the price went to", "share", currency, currency + " a million such rows"),
        rows,
        "of " + of);
  }

  private List<String> row(String title, double share) {
    return List.of(
        title,
        String.format(Locale.ROOT, "%.1f %%", 100 * share),
        Cost.money(price * share),
        rows == 0 ? "-" : Cost.money(perMillion(share)));
  }

  @Override
  public String toString() {
    return table().toString();
  }
}
