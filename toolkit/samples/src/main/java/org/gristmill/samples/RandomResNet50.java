package org.gristmill.samples;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDateTime;
import java.util.HexFormat;
import java.util.UUID;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * ResNet-50 with random weights, made where it is needed: a model file of the usual size, to see
 * what loading it costs. The template it is made from is a TorchScript archive with a recipe in
 * place of each large weight.
 */
final class RandomResNet50 {
  private static final String NAME = "resnet50-random";
  private static final long SIZE = 102_636_417;
  private static final String SHA256 =
      "edc2c589cce1ac26002078fcca237944e5752cad53503078ab0e249e8179488c";
  private static final long SEED = 50;
  private static final String LABELS = "imagenet_classes.txt";
  private static final String SIDECAR =
      """
      {"input": [3, 224, 224], "resize_short_side": 256, "interpolation": "bicubic",
       "center_crop": 224, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225],
       "labels": "imagenet_classes.txt",
       "note": "Random weights, to measure speed only: the labels mean nothing."}
      """;

  private RandomResNet50() {}

  private interface Content {
    void writeTo(Path file) throws IOException;
  }

  /**
   * Writes the model, its sidecar and its labels into a folder; a model already there is kept.
   * Threads and processes may do so at once.
   *
   * @return the model file
   */
  static Path write(Path folder) throws IOException {
    Files.createDirectories(folder);
    place(folder.resolve(NAME + ".json"), part -> Files.writeString(part, SIDECAR));
    try (var labels = resource(LABELS)) {
      place(folder.resolve(LABELS), part -> Files.copy(labels, part));
    }
    Path model = folder.resolve(NAME + ".pt");
    if (!Files.exists(model) || Files.size(model) != SIZE) {
      place(model, RandomResNet50::expandTemplate);
    }
    return model;
  }

  /** Writes under another name first, so that nobody finds half a file. */
  private static void place(Path file, Content content) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".part");
    try {
      content.writeTo(part);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static InputStream resource(String name) throws IOException {
    InputStream in = RandomResNet50.class.getResourceAsStream("/gristmill/models/" + name);
    if (in == null) {
      throw new IOException("/gristmill/models/" + name + " is missing from the samples' jar");
    }
    return in;
  }

  private static void expandTemplate(Path file) throws IOException {
    MessageDigest digest = sha256();
    try (var in = new ZipInputStream(resource(NAME + ".zip"));
        var out = new BufferedOutputStream(Files.newOutputStream(file));
        var zip = new ZipOutputStream(new DigestOutputStream(out, digest))) {
      for (ZipEntry e = in.getNextEntry(); e != null; e = in.getNextEntry()) {
        String name = e.getName();
        if (name.endsWith(".random")) {
          store(zip, name.substring(0, name.lastIndexOf('.')), uniform(in.readAllBytes()));
        } else {
          store(zip, name, in.readAllBytes());
        }
      }
    }
    String actual = HexFormat.of().formatHex(digest.digest());
    if (!actual.equals(SHA256)) {
      String made = "sha256 " + actual + ", " + Files.size(file) + " bytes";
      throw new IOException(NAME + ".pt came out wrong: " + made + ", not sha256 " + SHA256);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Adds an entry as torch does, not compressed: its size and CRC must be known first. */
  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    var crc = new CRC32();
    crc.update(content);
    var entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    entry.setTimeLocal(LocalDateTime.of(2026, 1, 1, 0, 0)); // any, but the same in every time zone
    zip.putNextEntry(entry);
    zip.write(content);
  }

  /**
   * The bytes of a weight from its recipe, "tensor count scale": an element in [-scale, scale) is
   * the upper 24 bits of splitmix64 of its place. Only the last step rounds, so that Python gets
   * the same bits.
   */
  private static byte[] uniform(byte[] recipe) {
    String[] words = new String(recipe, StandardCharsets.US_ASCII).split(" ", 3);
    long first = Long.parseLong(words[0]) << 32;
    int count = Integer.parseInt(words[1]);
    float scale = Float.parseFloat(words[2]);
    var bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      long z = SEED + (first + i) * 0x9E3779B97F4A7C15L;
      z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
      z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
      int top = (int) ((z ^ (z >>> 31)) >>> 40) - (1 << 23);
      bytes.putFloat(top * 0x1p-23f * scale);
    }
    return bytes.array();
  }
}
