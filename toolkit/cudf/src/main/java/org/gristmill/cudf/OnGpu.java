package org.gristmill.cudf;

import ai.rapids.cudf.ColumnVector;
import ai.rapids.cudf.DType;
import ai.rapids.cudf.GroupByAggregation;
import ai.rapids.cudf.GroupByAggregationOnColumn;
import ai.rapids.cudf.OrderByArg;
import ai.rapids.cudf.ReductionAggregation;
import java.util.ArrayList;
import java.util.List;
import org.dflib.DataFrame;
import org.dflib.Series;
import org.gristmill.frame.Columns;
import org.gristmill.frame.FrameEngine;

/**
 * A frame's columns computed by cuDF: copied to the GPU, computed there, and copied back. The
 * process's first GPU, whose memory must hold the columns that are computed with. Compiled, and
 * never run on a GPU.
 */
public final class OnGpu implements FrameEngine {
  private static final int POPULATION = 0; // degrees of freedom that are taken from n

  @Override
  public String name() {
    return "cuDF on an NVIDIA GPU";
  }

  @Override
  public DataFrame standardise(DataFrame frame, String... columns) {
    var standardised = new Series<?>[columns.length];
    for (int i = 0; i < columns.length; i++) {
      double[] numbers = Columns.doubles(frame, columns[i]);
      standardised[i] = numbers.length == 0 ? Series.of() : standardised(numbers);
    }
    return frame.cols(columns).merge(standardised);
  }

  private static Series<?> standardised(double[] numbers) {
    try (var column = ColumnVector.fromDoubles(numbers);
        var mean = column.mean(DType.FLOAT64);
        var deviation =
            column.reduce(ReductionAggregation.standardDeviation(POPULATION), DType.FLOAT64);
        var centred = column.sub(mean);
        var scaled = centred.div(deviation)) {
      return GpuTable.series(scaled);
    }
  }

  @Override
  public DataFrame means(DataFrame frame, String by, String... columns) {
    Columns.cells(frame, by);
    var means = new ArrayList<GroupByAggregationOnColumn>();
    var names = new ArrayList<>(List.of(by));
    DataFrame used = frame.cols(by).select();
    for (int i = 0; i < columns.length; i++) {
      names.add(columns[i]);
      used = used.cols(columns[i]).merge(Columns.of(Columns.doubles(frame, columns[i])));
      means.add(GroupByAggregation.mean().onColumn(i + 1));
    }
    try (var table = GpuTable.of(used);
        var grouped = table.groupBy(0).aggregate(means.toArray(GroupByAggregationOnColumn[]::new));
        var ordered = grouped.orderBy(OrderByArg.asc(0))) {
      return GpuTable.frame(ordered, names);
    }
  }
}
