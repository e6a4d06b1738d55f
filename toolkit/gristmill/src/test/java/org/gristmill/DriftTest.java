package org.gristmill;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.gristmill.compare.Trials;
import org.gristmill.drift.Feature;
import org.gristmill.drift.Seen;
import org.gristmill.drift.Shift;
import org.gristmill.drift.Sketches;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Profiles of rows that are drawn, so that what is true is known. */
class DriftTest {
  private static final int CLASSES = 40;

  @TempDir Path temporary;

  /** Numbers that depend on each other, as those of pictures do; some are the same in many rows. */
  private static Seen row(Random random, double darker) {
    float[] values = new float[Feature.values().length];
    double common = random.nextGaussian();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (100 + 20 * common + 10 * random.nextGaussian());
    }
    values[Feature.WIDTH.place()] = random.nextInt(2) == 0 ? 500 : 375;
    values[Feature.BRIGHTNESS.place()] -= (float) darker;
    double confidence = 1 / (1 + Math.exp(-2 - common));
    values[Feature.CONFIDENCE.place()] = (float) confidence;
    int index = (int) (CLASSES * random.nextDouble() * random.nextDouble());
    return new Seen(values, index, random.nextDouble() < confidence ? index : CLASSES);
  }

  private static Profile draw(Random random, int rows, double darker) {
    return of("model", IntStream.range(0, rows).mapToObj(i -> row(random, darker)).toList());
  }

  private static Profile of(String model, List<Seen> rows) {
    var sketches = new Sketches();
    rows.forEach(sketches::add);
    return new Profile(model, "as they were decoded", sketches.summary());
  }

  private static String refused(org.junit.jupiter.api.function.Executable call) {
    return assertThrows(GristmillException.class, call).getMessage();
  }

  @Test
  void falseAlarmsAreAsRareAsIsStated() {
    var random = new Random(6);
    var alarms = Trials.NONE;
    var significant = Trials.NONE;
    for (int i = 0; i < 600; i++) {
      var drift = draw(random, 40 + i % 300, 0).against(draw(random, 400, 0));
      alarms = alarms.and(drift.isFound());
      significant = significant.and(drift.shifts().stream().anyMatch(of -> of.p() <= 0.01));
    }
    System.out.println("false alarms: " + alarms + ", p alone: " + significant);
    double most = 0.01 + 3 * Math.sqrt(0.01 * 0.99 / 600);
    assertTrue(significant.share() <= most, "stated: 1 % at most; " + significant);
  }

  @Test
  void windowsShareTheError() {
    var random = new Random(7);
    var alarms = Trials.NONE;
    for (int i = 0; i < 100; i++) {
      var windows = IntStream.range(0, 8).mapToObj(w -> draw(random, 64, 0)).toList();
      alarms = alarms.and(Tracking.of(draw(random, 400, 0), windows).firstDrift().isPresent());
    }
    assertTrue(alarms.share() <= 0.01 + 3 * Math.sqrt(0.01 * 0.99 / 100), alarms.toString());
  }

  @Test
  void whatHasChangedIsNamedAndNothingElse() {
    var random = new Random(8);

    var drift = draw(random, 300, 25).against(draw(random, 1000, 0));

    assertEquals(List.of("brightness"), drift.drifted().stream().map(Shift::name).toList());
    assertTrue(
        drift
            .summary()
            .matches(
                "Drift in brightness from \\d+(\\.\\d)? to \\d+(\\.\\d)?: 1 of 18 drifted"
                    + " \\(300 rows against 1000 of the reference\\)\\. Expected accuracy .*by labels.*"),
        drift.summary());
    assertEquals("drifted", drift.table().rows().get(0).get(1));
    assertTrue(drift.toString().contains("Chance alone leaves PSI below"), drift.toString());
    assertTrue(drift.chart().getHeight() > 200);
  }

  /** Of many rows a change is certain, and may be too small to matter. */
  @Test
  void aLittleChangeIsNoDriftHoweverCertain() {
    var random = new Random(9);

    var drift = draw(random, 20_000, 4).against(draw(random, 20_000, 0));

    var brightness =
        drift.shifts().stream().filter(of -> of.name().equals("brightness")).findFirst();
    assertTrue(brightness.orElseThrow().p() < 0.001, brightness.toString());
    assertFalse(drift.isFound(), drift.summary());
    assertTrue(
        drift.summary().startsWith("No drift: none of 18 drifted (20000 rows"), drift.summary());
  }

  @Test
  void theWindowFromWhichOnThereIsDriftIsNamed() {
    var random = new Random(10);
    var reference = draw(random, 1000, 0);
    var windows = List.of(draw(random, 200, 0), draw(random, 200, 0), draw(random, 200, 30));

    var tracking = Tracking.of(reference, windows);

    assertEquals(400, tracking.firstDrift().orElseThrow());
    assertTrue(
        tracking.summary().startsWith("Drift in 1 of 3 windows, from row 400 on: in brightness"),
        tracking.summary());
    assertEquals("400 to 599", tracking.table().rows().get(2).get(0));
    assertTrue(tracking.table().rows().get(2).get(1).contains("brightness"));
  }

  @Test
  void expectedAccuracyIsThatOfTheLabels() {
    var random = new Random(11);
    var reference = draw(random, 2000, 0);
    var now = draw(random, 1000, 0);

    var expected = now.expectedAccuracy(reference);

    assertEquals(now.accuracy().share(), expected.value(), 0.04);
    assertTrue(expected.low() < expected.value() && expected.value() < expected.high());
    assertTrue(expected.toString().matches("\\d+\\.\\d % \\(.* to .*\\)"), expected.toString());
  }

  @Test
  void aProfileIsAFewKilobytesAlsoOfAThousandClassesAndReadAsItWasWritten() throws IOException {
    var random = new Random(12);
    var rows =
        IntStream.range(0, 20_000)
            .mapToObj(i -> row(random, 0))
            .map(seen -> new Seen(seen.values(), random.nextInt(1000), 3))
            .toList();
    var profile = of("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", rows);

    Path file = profile.write(temporary.resolve("reference.json.gz").toString());

    System.out.println("a profile of 1,000 classes: " + Files.size(file) + " bytes");
    assertTrue(Files.size(file) < 8_000, Files.size(file) + " bytes");
    var read = Profile.read(file.toString());
    assertArrayEquals(profile.bytes(), read.bytes());
    assertEquals(20_000, read.rows());
    assertEquals(profile.toString(), read.toString());
    assertFalse(read.against(profile).isFound());
  }

  @Test
  void aDamagedFileIsRefused() throws IOException {
    byte[] bytes = draw(new Random(13), 300, 0).bytes();
    Path file = temporary.resolve("reference.json.gz");
    for (int at = 20; at < bytes.length; at += bytes.length / 7) {
      byte[] damaged = bytes.clone();
      damaged[at] ^= 4;
      Files.write(file, damaged);
      assertTrue(
          refused(() -> Profile.read(file.toString()))
              .startsWith(file + " is not a profile, or is damaged: "));
    }
    Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    assertTrue(refused(() -> Profile.read(file.toString())).contains("Make it again"));
    Files.delete(file);
    assertTrue(
        refused(() -> Profile.read(file.toString())).startsWith("cannot read the profile " + file));
  }

  /** A file whose checksum holds, and whose content no run has written. */
  @Test
  void whatCannotBeIsDamaged() throws IOException {
    String text;
    try (var in =
        new GZIPInputStream(new ByteArrayInputStream(draw(new Random(17), 50, 0).bytes()))) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    for (String[] change :
        new String[][] {
          {"\"rows\":50", "\"rows\":-5"},
          {"\"rows\":50", "\"rows\":9223372036854775807"},
          {"\"error\":0.0", "\"error\":-9"},
          {"\"values\":\\[", "\"values\":[\"NaN\","},
          {"\"values\":\\[", "\"values\":[1e30,"},
          {"\"values\":\\[[^]]*]", "\"values\":[]"},
          {"\"classes\":\\[", "\"classes\":[-4,1,"},
          {"\"labelled\":\\[0", "\"labelled\":[-1"},
          {"\"right\":\\[0", "\"right\":[9000000000000000000"},
        }) {
      String changed = text.replaceFirst(change[0], change[1]);
      assertFalse(changed.equals(text), change[0]);
      var bytes = new ByteArrayOutputStream();
      try (var out = new GZIPOutputStream(bytes)) {
        out.write(changed.getBytes(StandardCharsets.UTF_8));
      }

      String message = refused(() -> Profile.of(bytes.toByteArray(), "reference"));

      assertTrue(message.startsWith("reference is not a profile, or is damaged: "), message);
    }
  }

  @Test
  void profilesOfAnotherModelOrWithoutRowsAreRefused() {
    var random = new Random(14);
    var rows = IntStream.range(0, 50).mapToObj(i -> row(random, 0)).toList();
    var one = of("model 1", rows);
    var other = of("model 2", rows);

    assertEquals(
        "a profile of the model model 1 cannot be compared with one of model 2: a reference belongs"
            + " to one version of a model; make one with this model",
        refused(() -> one.against(other)));
    assertTrue(refused(() -> one.plus(other)).contains("cannot be added to"));
    assertEquals(
        "the profile has no rows: there is nothing to compare",
        refused(() -> of("model 1", List.of()).against(one)));
    var prepared = new Profile("model 1", "prepared otherwise", one.summary());
    assertTrue(refused(() -> one.against(prepared)).contains("make the reference with the same"));
  }

  @Test
  void profilesOfTwoMachinesAreThatOfAllRows() {
    var random = new Random(15);
    var rows = IntStream.range(0, 4000).mapToObj(i -> row(random, 0)).toList();
    var all = of("m", rows);

    var sum = of("m", rows.subList(0, 1500)).plus(of("m", rows.subList(1500, 4000)));

    assertEquals(all.rows(), sum.rows());
    assertEquals(all.accuracy(), sum.accuracy());
    for (Shift shift : sum.against(all).shifts()) {
      assertTrue(shift.distance() < 0.03, shift.toString());
      assertEquals(1, shift.p(), 1e-9, shift.toString());
    }
  }

  @Test
  void withoutLabelsNothingIsExpected() {
    var random = new Random(16);
    var rows =
        IntStream.range(0, 100)
            .mapToObj(i -> row(random, 0))
            .map(seen -> new Seen(seen.values(), seen.index(), -1))
            .toList();
    var reference = of("m", rows);

    assertTrue(reference.against(reference).expectedAccuracy().isEmpty());
    assertTrue(
        refused(() -> reference.expectedAccuracy(reference))
            .startsWith("the reference has no labels"));
  }
}
