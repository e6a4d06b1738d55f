package org.gristmill.chart;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import org.gristmill.CostComparison;
import org.gristmill.Ledger.Item;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.style.Styler.LegendPosition;

/** What money went to. */
public final class CostChart {
  private static final Map<Item, Color> COLOURS =
      Map.of(
          Item.WORK, Look.BLUE,
          Item.START, Look.SKY,
          Item.LOADS_AGAIN, Look.RED,
          Item.PADDING, Look.PURPLE,
          Item.FAILED, Look.ORANGE,
          Item.RUNTIME, Look.GREEN,
          Item.IDLE, Look.FAINT);

  private CostChart() {}

  /** A bar each way, of what the price of its run went to. */
  public static BufferedImage of(CostComparison costs) {
    String title = "What the price of these runs went to";
    var names = costs.names();
    if (names.stream().allMatch(name -> costs.cost(name).stats().rows() == 0)) {
      return Look.empty(title, "No rows came out.");
    }
    CategoryChart chart = Look.bars(title, costs.currency() + " a million rows", names);
    chart.getStyler().setStacked(true).setLegendPosition(LegendPosition.OutsideE);
    for (Item item : Item.values()) {
      List<Double> prices =
          names.stream().map(name -> costs.cost(name).ledger().perMillion(item)).toList();
      if (prices.stream().anyMatch(price -> price > 0)) {
        chart.addSeries(item.title(), names, prices).setFillColor(COLOURS.get(item));
      }
    }
    return BitmapEncoder.getBufferedImage(chart);
  }
}
