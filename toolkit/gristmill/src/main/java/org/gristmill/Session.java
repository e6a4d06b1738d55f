package org.gristmill;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.gristmill.notebook.Notebook;

/**
 * The one session of this process: it teaches the notebook's kernel to show our types, tells what
 * the machine has, and closes what is left open. Thread-safe.
 */
public final class Session implements AutoCloseable {
  private static final Session ONE = new Session();

  private final Set<ImageClassifier> open = ConcurrentHashMap.newKeySet();

  private Session() {}

  /** Starts the session, or gives the one that is running. Safe to run again. */
  public static Session start() {
    Notebook.install();
    return ONE;
  }

  static void opened(ImageClassifier classifier) {
    ONE.open.add(classifier);
  }

  static void closed(ImageClassifier classifier) {
    ONE.open.remove(classifier);
  }

  /** What this machine has for inference. Loads the engines' native libraries. */
  public Resources resources() {
    return Resources.ofThisMachine();
  }

  /** Threads of runs that have not ended, by name; empty but while a run is going on. */
  public List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("gristmill "))
        .sorted()
        .toList();
  }

  /** The models that are loaded. */
  public List<String> models() {
    return open.stream().map(ImageClassifier::toString).sorted().toList();
  }

  /** Closes every model that is still open. The session can be started again. */
  @Override
  public void close() {
    open.forEach(ImageClassifier::close);
  }

  @Override
  public String toString() {
    return "Gristmill session: " + threads().size() + " threads, " + open.size() + " open models";
  }
}
