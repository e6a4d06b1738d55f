package org.gristmill.bench;

import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.transform.CenterCrop;
import ai.djl.modality.cv.transform.Normalize;
import ai.djl.modality.cv.transform.Resize;
import ai.djl.modality.cv.transform.ToTensor;
import ai.djl.modality.cv.translator.ImageClassificationTranslator;
import ai.djl.modality.cv.util.NDImageUtils;
import ai.djl.ndarray.NDArray;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.Batchifier;
import ai.djl.translate.Transform;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.gristmill.Preprocessing;

/**
 * DJL without us: as its documentation loads and uses a PyTorch model, which squashes pictures to a
 * square and resizes without antialiasing; and tuned, with a predictor a thread and true batches.
 * Arguments: documented or tuned, the model file, the folder of pictures, how many rows, how many
 * of a batch, a file for the predictions.
 */
final class DjlPeer {
  private static final int CLASSES = 1000;

  private DjlPeer() {}

  private static ZooModel<Image, Classifications> load(Path model, Transform resize, int threads)
      throws Exception {
    var wanted = Preprocessing.of(model.getParent().toString());
    var builder =
        ImageClassificationTranslator.builder()
            .addTransform(resize)
            .addTransform(new CenterCrop(wanted.crop(), wanted.crop()))
            .addTransform(new ToTensor())
            .addTransform(new Normalize(array(wanted.mean()), array(wanted.std())))
            .optSynset(IntStream.range(0, CLASSES).mapToObj(String::valueOf).toList())
            .optApplySoftmax(true)
            .optBatchifier(Batchifier.STACK);
    var criteria =
        Criteria.builder()
            .setTypes(Image.class, Classifications.class)
            .optModelPath(model)
            .optTranslator(builder.build());
    if (model.toString().endsWith(".onnx")) {
      criteria.optEngine("OnnxRuntime");
      criteria.optOption("intraOpNumThreads", String.valueOf(threads));
    } else {
      criteria.optEngine("PyTorch");
    }
    return criteria.build().loadModel();
  }

  private static float[] array(List<Float> values) {
    float[] array = new float[values.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = values.get(i);
    }
    return array;
  }

  private static List<List<Number>> top(Classifications found) {
    return found.topK(5).stream()
        .map(each -> List.<Number>of(Integer.valueOf(each.getClassName()), each.getProbability()))
        .toList();
  }

  private static void documented(Path file, List<Path> pictures, Path out) throws Exception {
    var resize = new Resize(256);
    int threads = Runtime.getRuntime().availableProcessors();
    try (var model = load(file, resize, threads);
        var predictor = model.newPredictor()) {
      var job = new Job();
      for (Path picture : pictures) {
        Image image = ImageFactory.getInstance().fromFile(picture);
        job.found(picture, top(predictor.predict(image)));
      }
      job.end(out);
    }
  }

  /** The short side becomes 256 pixels, the long one follows; older DJLs have no class for it. */
  private static NDArray shortSide(NDArray picture) {
    var shape = picture.getShape(); // height, width, channels
    double scale = 256.0 / Math.min(shape.get(0), shape.get(1));
    int width = (int) Math.round(scale * shape.get(1));
    int height = (int) Math.round(scale * shape.get(0));
    return NDImageUtils.resize(picture, width, height, Image.Interpolation.BICUBIC);
  }

  private static void tuned(Path file, List<Path> pictures, int batch, Path out) throws Exception {
    int threads = Runtime.getRuntime().availableProcessors();
    Transform resize = DjlPeer::shortSide;
    var pool = Executors.newFixedThreadPool(threads);
    var free = new ArrayBlockingQueue<Predictor<Image, Classifications>>(threads);
    try (var model = load(file, resize, 1)) {
      for (int i = 0; i < threads; i++) {
        free.add(model.newPredictor());
      }
      int warm = Math.min(pictures.size(), 2 * threads * batch);
      for (var each : submit(pool, free, pictures.subList(0, warm), batch)) {
        each.get();
      }
      var job = new Job();
      var files = pictures.iterator();
      for (var each : submit(pool, free, pictures, batch)) {
        each.get().forEach(found -> job.found(files.next(), top(found)));
      }
      job.end(out);
    } finally {
      pool.shutdown();
      free.forEach(Predictor::close);
    }
  }

  private static List<Future<List<Classifications>>> submit(
      ExecutorService pool,
      BlockingQueue<Predictor<Image, Classifications>> free,
      List<Path> pictures,
      int batch) {
    var running = new ArrayList<Future<List<Classifications>>>();
    for (int from = 0; from < pictures.size(); from += batch) {
      var some = pictures.subList(from, Math.min(pictures.size(), from + batch));
      running.add(
          pool.submit(
              () -> {
                var images = new ArrayList<Image>();
                for (Path picture : some) {
                  images.add(ImageFactory.getInstance().fromFile(picture));
                }
                var predictor = free.take();
                try {
                  return predictor.batchPredict(images);
                } finally {
                  free.add(predictor);
                }
              }));
    }
    return running;
  }

  public static void main(String[] arguments) throws Exception {
    var model = Path.of(arguments[1]);
    var pictures = Job.files(Path.of(arguments[2]), Integer.parseInt(arguments[3]));
    Path out = Path.of(arguments[5]);
    if (arguments[0].equals("documented")) {
      documented(model, pictures, out);
    } else {
      tuned(model, pictures, Integer.parseInt(arguments[4]), out);
    }
  }
}
