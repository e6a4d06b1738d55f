package org.gristmill;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.gristmill.Ledger.Item;
import org.gristmill.chart.CostChart;
import org.gristmill.notebook.Table;
import org.gristmill.notebook.Tabular;

/**
 * What several ways of doing the same job cost on this machine, and what their price went to.
 * Immutable.
 *
 * <pre>{@code
 * CostComparison.of("naive", naive.cost(prices)).and("pool", pooled.cost(prices))
 * }</pre>
 */
public final class CostComparison implements Tabular {
  private final Map<String, Cost> costs;

  private CostComparison(Map<String, Cost> costs) {
    this.costs = costs;
  }

  /** Begins with the way that the others are compared with. */
  public static CostComparison of(String name, Cost cost) {
    return new CostComparison(Map.of()).and(name, cost);
  }

  /** The same with one more way, of the same price list. */
  public CostComparison and(String name, Cost cost) {
    var more = new LinkedHashMap<>(costs);
    if (more.put(name, cost) != null) {
      throw new IllegalArgumentException("there are two ways named " + name);
    }
    var prices = more.values().stream().map(Cost::prices).distinct().toList();
    if (prices.size() > 1) {
      throw new IllegalArgumentException(
          "costs by two price lists do not compare: give both runs the same");
    }
    return new CostComparison(more);
  }

  /** The names of the ways, the first one first. */
  public List<String> names() {
    return List.copyOf(costs.keySet());
  }

  /** What one of them costs. */
  public Cost cost(String name) {
    var cost = costs.get(name);
    if (cost == null) {
      throw new IllegalArgumentException("no way is named " + name + ", there are " + names());
    }
    return cost;
  }

  /** The currency of their price list. */
  public String currency() {
    return costs.values().iterator().next().prices().currency();
  }

  /** How many times as much as the first way a million rows cost. */
  public double timesAsMuch(String name) {
    return cost(name).perMillion(Prices.HERE) / cost(names().get(0)).perMillion(Prices.HERE);
  }

  private boolean isKnown(String name) {
    return cost(name).rate(Prices.HERE).isKnown();
  }

  /** A way a row: what a million rows cost, and what the price of its run went to. */
  @Override
  public Table table() {
    var items =
        List.of(Item.values()).stream()
            .filter(item -> costs.values().stream().anyMatch(cost -> cost.ledger().share(item) > 0))
            .toList();
    var header =
        new ArrayList<>(List.of("", "rows", "rows/s", currency() + " a million", "times as much"));
    items.forEach(item -> header.add(item.title()));
    var rows = new ArrayList<List<String>>();
    costs.forEach(
        (name, cost) -> {
          boolean known = isKnown(name);
          var row = new ArrayList<>(List.of(name, String.valueOf(cost.stats().rows())));
          row.add(known ? format("%.1f", cost.rowsPerSecond()) : "-");
          row.add(known ? Cost.money(cost.perMillion(Prices.HERE)) : "-");
          row.add(known && isKnown(names().get(0)) ? format("%.2f", timesAsMuch(name)) : "-");
          items.forEach(item -> row.add(format("%.0f %%", 100 * cost.ledger().share(item))));
          rows.add(row);
        });
    return new Table(header, rows, summary());
  }

  /** What the figures say, in sentences made from them. */
  public String summary() {
    var lines = new ArrayList<String>();
    String first = names().get(0);
    costs.forEach(
        (name, cost) -> {
          double again = cost.ledger().share(Item.LOADS_AGAIN);
          if (again > 0) {
            lines.add(format("%s: repeated loads cost %.1f %% of its price.", name, 100 * again));
          }
          if (!name.equals(first) && isKnown(name) && isKnown(first)) {
            lines.add(format("%s costs %.2f times as much as %s.", name, timesAsMuch(name), first));
          }
        });
    lines.add(
        "A million rows: in one run. Shares: of the price of the runs that were made, short as they are.");
    return String.join("\n", lines);
  }

  /** What the price of the runs went to, by a million of their rows: a bar a way. */
  public BufferedImage chart() {
    return CostChart.of(this);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  @Override
  public String toString() {
    return table().toString();
  }
}
