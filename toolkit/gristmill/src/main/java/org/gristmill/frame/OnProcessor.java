package org.gristmill.frame;

import static org.dflib.Exp.$col;
import static org.dflib.Exp.$double;

import java.util.stream.Stream;
import org.dflib.DataFrame;
import org.dflib.Exp;
import org.dflib.Series;

/** A frame's columns computed by DFLib's expressions. */
public final class OnProcessor implements FrameEngine {
  @Override
  public String name() {
    return "DFLib on the processor";
  }

  @Override
  public DataFrame standardise(DataFrame frame, String... columns) {
    Exp<?>[] standardised =
        Stream.of(columns)
            .map(c -> $double(c).sub($double(c).avg()).div($double(c).stdDev(true)))
            .toArray(Exp<?>[]::new);
    return doubles(frame, columns).cols(columns).merge(standardised);
  }

  @Override
  public DataFrame means(DataFrame frame, String by, String... columns) {
    Columns.cells(frame, by);
    Stream<Exp<?>> means = Stream.of(columns).map(c -> $double(c).avg().as(c));
    Exp<?>[] all = Stream.concat(Stream.of($col(by).first().as(by)), means).toArray(Exp<?>[]::new);
    return doubles(frame, columns).group(by).agg(all).sort(by, true);
  }

  private static DataFrame doubles(DataFrame frame, String... columns) {
    var doubles =
        Stream.of(columns)
            .map(column -> Columns.of(Columns.doubles(frame, column)))
            .toArray(Series<?>[]::new);
    return frame.cols(columns).merge(doubles);
  }
}
