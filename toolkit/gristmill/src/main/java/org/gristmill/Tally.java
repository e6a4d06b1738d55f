package org.gristmill;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.gristmill.compare.Interval.Ratios;
import org.gristmill.compare.Judgement;
import org.gristmill.compare.Paired;
import org.gristmill.compare.Trials;
import org.gristmill.notebook.Gallery;

/** Counts what the models of an A/B test say, row by row. Owned by the thread that runs it. */
final class Tally {
  private final List<String> names; // the champion's first
  private final ABTest.Settings settings;
  private final List<Trials> right;
  private final List<Trials> same;
  private final List<Paired> pairs; // of each challenger
  private final long[] nanos;
  private final List<Ratios> ratios;
  private final List<Gallery.Picture> pictures = new ArrayList<>();
  private List<Judgement> judgements;
  private long rows;
  private long timed; // rows of the batches whose time is known
  private long differing;
  private boolean stopped;

  Tally(List<String> names, ABTest.Settings settings) {
    this.names = names;
    this.settings = settings;
    this.right = each(Trials.NONE, 0);
    this.same = each(Trials.NONE, 0);
    this.pairs = each(Paired.NONE, 1);
    this.ratios = each(Ratios.NONE, 0);
    this.judgements = each(Judgement.NONE, 1);
    this.nanos = new long[names.size()];
  }

  private <T> List<T> each(T none, int from) {
    return new ArrayList<>(Collections.nCopies(names.size() - from, none));
  }

  /** One more row; whether no more are wanted. */
  boolean add(SideBySide.Answers row) {
    rows++;
    row.batch().ifPresent(this::add);
    var said = row.predictions();
    int champion = said.get(0).index();
    for (int i = 0; i < names.size(); i++) {
      int index = said.get(i).index();
      same.set(i, same.get(i).and(index == champion));
      if (row.label() >= 0) {
        right.set(i, right.get(i).and(index == row.label()));
        if (i > 0) {
          pairs.set(i - 1, pairs.get(i - 1).and(champion == row.label(), index == row.label()));
        }
      }
    }
    if (row.differ()) {
      differing++;
      if (row.picture().isPresent() && pictures.size() < SideBySide.MOST_PICTURES) {
        pictures.add(picture(row));
      }
    }
    if (settings.untilDecided() && rows % settings.batch() == 0) {
      judgements = Judgement.again(judgements, pairs, settings.margin());
      stopped = judgements.stream().allMatch(of -> of.isSettled(settings.margin()));
    }
    return stopped;
  }

  private void add(SideBySide.BatchTime batch) {
    timed += batch.rows();
    double champion = batch.nanos().get(0);
    for (int i = 0; i < nanos.length; i++) {
      nanos[i] += batch.nanos().get(i);
      ratios.set(i, ratios.get(i).and(batch.nanos().get(i) / champion));
    }
  }

  private Gallery.Picture picture(SideBySide.Answers row) {
    var lines = new ArrayList<String>();
    String label = "class " + row.label();
    for (int i = 0; i < names.size(); i++) {
      var said = row.predictions().get(i);
      lines.add(names.get(i) + ": " + said + (said.index() == row.label() ? ", right" : ""));
      for (var score : said.top()) {
        label = score.index() == row.label() ? score.label() : label;
      }
    }
    if (row.label() >= 0) {
      lines.add("label: " + label + " (" + row.label() + ")");
    }
    String path = row.path() == null ? "row " + (rows - 1) : row.path();
    return new Gallery.Picture(
        row.picture().orElseThrow(), path.substring(path.lastIndexOf('/') + 1), lines);
  }

  long rows() {
    return rows;
  }

  /** Whether rows were left because all was decided. */
  boolean hasStopped() {
    return stopped;
  }

  List<ABTest.Model> models() {
    var models = new ArrayList<ABTest.Model>();
    for (int i = 0; i < names.size(); i++) {
      double millis = nanos[i] / 1e6 / timed;
      models.add(
          new ABTest.Model(
              names.get(i), right.get(i), same.get(i), millis, ratios.get(i).interval()));
    }
    return List.copyOf(models);
  }

  /** Of each challenger. */
  List<Judgement> judgements() {
    return settings.untilDecided()
        ? Judgement.again(judgements, pairs, settings.margin())
        : Judgement.once(pairs, settings.margin());
  }

  /** The pictures that were kept, and of how many rows they are. */
  Gallery disagreements() {
    String note = differing + " rows that not all models see alike";
    return new Gallery(pictures, note);
  }
}
