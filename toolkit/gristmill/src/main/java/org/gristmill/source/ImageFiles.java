package org.gristmill.source;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.gristmill.GristmillException;
import org.gristmill.dataset.Row;
import org.gristmill.dataset.Rows;
import org.gristmill.image.Decode;

/**
 * The picture files under a folder, depth first in the order of their names, one folder listed at a
 * time. Owned by the thread that pulls a run's rows.
 */
final class ImageFiles implements Rows {
  private static final Set<String> EXTENSIONS =
      Set.of(".jpg", ".jpeg", ".jpe", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff");

  private final ArrayDeque<Path> left = new ArrayDeque<>();
  private final Set<Path> visited = new HashSet<>(); // real folders: a link may lead back to one
  private long number;
  private int skipped;

  /**
   * The pictures under this root.
   *
   * @throws GristmillException if it is gone
   */
  ImageFiles(Path root) {
    left.add(root(root.toString()));
  }

  /**
   * The file or folder that a user names.
   *
   * @throws GristmillException if it is not there
   */
  static Path root(String uri) {
    if (uri.matches("(?i)[a-z][a-z0-9+.-]+://.*") && !uri.startsWith("file:")) {
      throw new GristmillException(
          "cannot read " + uri + ": give a path, a file: URI or s3://bucket/prefix");
    }
    try {
      Path path = uri.startsWith("file:") ? Path.of(URI.create(uri)) : Path.of(uri);
      if (Files.isReadable(path)) {
        return path;
      }
      String why = Files.exists(path) ? "may not read " : "no such file or folder: ";
      throw new GristmillException(why + path.toAbsolutePath());
    } catch (IllegalArgumentException malformed) {
      throw new GristmillException(
          "not a path or a file: URI: %s (%s)".formatted(uri, malformed.getMessage()), malformed);
    }
  }

  @Override
  public Row<Bytes> next() {
    while (!left.isEmpty()) {
      Path path = left.removeFirst();
      try {
        if (Files.isDirectory(path)) {
          list(path);
        } else if (isPicture(path)) {
          return new Row<>(
              number++, path.toString(), new Content(path.toAbsolutePath().toString()));
        } else {
          skipped++;
        }
      } catch (NoSuchFileException gone) {
        skipped++; // between the listing of its folder and now
      } catch (IOException failed) {
        throw new GristmillException(
            "cannot list " + path + ": " + GristmillException.reason(failed), failed);
      }
    }
    return null;
  }

  /** A file's bytes, told apart by its length and the time of its last change. */
  private record Content(String path) implements Bytes {
    @Override
    public byte[] read() throws IOException {
      return Decode.read(Path.of(path));
    }

    @Override
    public String version() {
      try {
        var attributes = Files.readAttributes(Path.of(path), BasicFileAttributes.class);
        return attributes.size() + "@" + attributes.lastModifiedTime().toMillis();
      } catch (IOException gone) {
        return "gone"; // reading it will tell
      }
    }
  }

  private void list(Path folder) throws IOException {
    if (!visited.add(folder.toRealPath())) {
      return;
    }
    List<Path> entries = new ArrayList<>();
    try (var stream = Files.newDirectoryStream(folder)) {
      stream.forEach(entries::add);
    }
    Collections.sort(entries);
    Collections.reverse(entries);
    entries.forEach(left::addFirst);
  }

  private static boolean isPicture(Path file) throws IOException {
    if (!Files.isRegularFile(file)) { // a pipe, say, from which a read might never return
      return false;
    }
    if (isPictureName(file.getFileName().toString())) {
      return true;
    }
    try (var in = Files.newInputStream(file)) {
      return isPicture(in.readNBytes(12));
    }
  }

  /** Whether a name ends like that of a picture. */
  static boolean isPictureName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return EXTENSIONS.stream().anyMatch(lower::endsWith);
  }

  /** Whether a file that begins like this is one of the formats above. */
  private static boolean isPicture(byte[] start) {
    String text = new String(start, java.nio.charset.StandardCharsets.ISO_8859_1);
    return text.startsWith("\u00ff\u00d8\u00ff")
        || text.startsWith("\u0089PNG\r\n")
        || text.startsWith("GIF8")
        || text.startsWith("BM")
        || text.startsWith("II*\0")
        || text.startsWith("MM\0*")
        || (text.startsWith("RIFF") && text.endsWith("WEBP"));
  }

  @Override
  public List<String> notes() {
    String files = skipped == 1 ? "1 file that is" : skipped + " files that are";
    return skipped == 0 ? List.of() : List.of("skipped " + files + " no picture");
  }
}
