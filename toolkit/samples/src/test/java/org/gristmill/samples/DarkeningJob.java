package org.gristmill.samples;

import org.gristmill.Image;
import org.gristmill.ImageClassifier;
import org.gristmill.Profile;
import org.gristmill.Rule;
import org.gristmill.Transform;
import org.gristmill.Watch;
import org.gristmill.Webhook;

/**
 * A batch job whose pictures go dark amid the run, as with a camera that fails. Arguments: the file
 * of the reference, a webhook's address.
 */
final class DarkeningJob {
  private static final int ROWS = 208;
  private static final int DARK_FROM = 104;

  private DarkeningJob() {}

  public static void main(String[] arguments) {
    var reference = Profile.read(arguments[0]);
    var dark = Transform.brightness(0.3);
    var watch = Watch.over(ImageClassifier.pool(Samples.MODEL + ".onnx")).windowsOf(52);
    var run =
        Samples.images(ROWS)
            .map(image -> number(image) < DARK_FROM ? image : dark.apply(image))
            .mapBatches(13, watch.pool())
            .toList();
    run.check(
        Webhook.to(arguments[1]),
        Rule.errorShareAbove(0),
        Rule.drift(watch.against(reference)),
        Rule.expectedAccuracyBelow(0.1, watch.profile().expectedAccuracy(reference)));
  }

  /** Of the variant; 0 for the photographs themselves. */
  static int number(Image image) {
    int hash = image.path().indexOf('#');
    return hash < 0 ? 0 : Integer.parseInt(image.path().substring(hash + 1));
  }
}
