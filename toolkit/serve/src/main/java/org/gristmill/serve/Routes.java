package org.gristmill.serve;

import com.google.gson.stream.JsonWriter;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.gristmill.GristmillException;
import org.gristmill.Image;
import org.gristmill.Session;
import org.gristmill.image.Decode;
import org.gristmill.sink.JsonLines;

/**
 * The addresses of a service: those of the Open Inference Protocol 2 over REST, one to post a
 * picture to, and the metrics.
 */
final class Routes<R> implements Http.Handler {
  private static final String JSON = "application/json";
  private static final String PREDICT = "/predict";
  private static final String LIVE = "/v2/health/live";
  private static final String READY = "/v2/health/ready";
  private static final String JSON_BYTES = "Inference-Header-Content-Length";
  private static final Pattern MODEL =
      Pattern.compile("/v2/models/([^/]+)(?:/versions/([^/]+))?(/ready|/infer|/stats)?");

  private final String model;
  private final ServeOptions options;
  private final Router<R> router;

  Routes(ServeOptions options, Router<R> router) {
    this.model = options.address().name();
    this.options = options;
    this.router = router;
  }

  @Override
  public boolean isOpen(String path) {
    Matcher model = MODEL.matcher(path);
    boolean ofModel = model.matches() && "/ready".equals(model.group(3));
    return path.equals(LIVE) || path.equals(READY) || ofModel;
  }

  @Override
  public Optional<Http.Answer> get(HttpMethod method, String path) throws Refusal {
    Optional<Http.Answer> answer = Optional.empty();
    if (path.equals(PREDICT) || path.endsWith("/infer")) {
      if (path.equals(PREDICT) || isThisModel(path)) {
        return Optional.empty();
      }
    } else if (path.equals(LIVE)) {
      answer = Optional.of(health("live", router.champion().state() != Batcher.State.BROKEN));
    } else if (path.equals(READY)) {
      answer = Optional.of(health("ready", isReady()));
    } else if (path.equals("/metrics")) {
      byte[] text = Session.start().scrape().getBytes(StandardCharsets.UTF_8);
      answer = Optional.of(Http.Answer.of(200, "text/plain; version=0.0.4; charset=utf-8", text));
    } else if (path.equals("/v2") || path.equals("/v2/")) {
      answer = Optional.of(Http.Answer.of(200, JSON, Json.write(this::server)));
    } else if (isThisModel(path)) {
      answer =
          Optional.of(
              path.endsWith("/ready")
                  ? modelReady(version(path))
                  : Http.Answer.of(
                      200,
                      JSON,
                      Json.write(
                          json -> {
                            if (path.endsWith("/stats")) {
                              router.statistics(json, version(path));
                            } else {
                              metadata(json);
                            }
                          })));
    }
    if (answer.isEmpty()) {
      throw Refusal.of(404, "there is nothing at " + path + "; the model is \"" + model + "\"");
    }
    if (!method.equals(HttpMethod.GET) && !method.equals(HttpMethod.HEAD)) {
      throw Refusal.notAllowed(path, "GET, HEAD");
    }
    return answer;
  }

  /** Whether it is an address of the one model that there is, in a version that runs. */
  private boolean isThisModel(String path) throws Refusal {
    Matcher named = MODEL.matcher(path);
    if (!named.matches()) {
      return false;
    }
    if (!named.group(1).equals(model)) {
      throw Refusal.of(
          404, "there is no model \"%s\"; the model is \"%s\"".formatted(named.group(1), model));
    }
    if (named.group(2) != null && router.member(named.group(2)).isEmpty()) {
      throw router.noVersion(named.group(2));
    }
    return true;
  }

  /** The version that a path names, if it names one. */
  private static Optional<String> version(String path) {
    Matcher named = MODEL.matcher(path);
    return named.matches() ? Optional.ofNullable(named.group(2)) : Optional.empty();
  }

  private boolean isReady() {
    return router.champion().state() == Batcher.State.READY;
  }

  private static Http.Answer health(String member, boolean good) {
    byte[] body = Json.write(json -> json.beginObject().name(member).value(good).endObject());
    return Http.Answer.of(good ? 200 : 503, JSON, body);
  }

  private Http.Answer modelReady(Optional<String> version) {
    var batcher = version.flatMap(router::member).map(Member::batcher).orElse(router.champion());
    boolean ready = batcher.state() == Batcher.State.READY;
    byte[] body =
        Json.write(
            json ->
                json.beginObject()
                    .name("name")
                    .value(model)
                    .name("ready")
                    .value(ready)
                    .endObject());
    return Http.Answer.of(ready ? 200 : 503, JSON, body);
  }

  private void server(JsonWriter json) throws IOException {
    json.beginObject().name("name").value("gristmill");
    json.name("version").value("0.1.0");
    json.name("extensions").beginArray().value("binary_tensor_data").value("statistics");
    json.endArray().endObject();
  }

  private void metadata(JsonWriter json) throws IOException {
    json.beginObject().name("name").value(model);
    json.name("versions").beginArray();
    for (var member : router.members()) {
      json.value(member.number());
    }
    json.endArray();
    json.name("platform").value("gristmill");
    json.name("inputs").beginArray();
    tensor(json, InferRequest.IMAGE, "BYTES", -1);
    tensor(json, InferRequest.PIXELS, "UINT8", -1, -1, -1, 3);
    json.endArray().name("outputs").beginArray();
    for (Tensor output : outputs()) {
      tensor(json, output.name(), output.type().name(), -1);
    }
    json.endArray().endObject();
  }

  private List<Tensor> outputs() {
    return router.members().get(0).outputs();
  }

  private static void tensor(JsonWriter json, String name, String type, long... shape)
      throws IOException {
    json.beginObject().name("name").value(name).name("datatype").value(type);
    json.name("shape").beginArray();
    for (long size : shape) {
      json.value(size);
    }
    json.endArray().endObject();
  }

  @Override
  public void mayPost(String path) throws Refusal {
    switch (router.champion().state()) {
      case READY -> {}
      case BROKEN -> throw Refusal.of(503, "the service is broken: no worker can be made any more");
      default -> throw Refusal.later(503, "the service is being shut down", 1);
    }
    var refusal =
        router.champion().refuses(1, System.nanoTime() + options.limits().deadline().toNanos());
    if (refusal.isPresent()) {
      throw refusal.get();
    }
  }

  @Override
  public void post(Http.Exchange exchange, String path, byte[] body) {
    long deadline = exchange.began() + options.limits().deadline().toNanos();
    if (path.equals(PREDICT)) {
      var call =
          new Call<R>(
              List.of(shortSide -> Decode.bytes(body, Image.Mode.RGB, shortSide, null)), deadline);
      submit(exchange, call, Optional.empty(), results -> picture(call, results.get(0)));
      return;
    }
    exchange.off(
        () -> InferRequest.parse(body, jsonBytes(exchange)),
        (request, failure) -> {
          if (failure != null) {
            exchange.refuse(refusal(failure));
          } else {
            infer(exchange, request, version(path), deadline);
          }
        });
  }

  private static OptionalLong jsonBytes(Http.Exchange exchange) throws Refusal {
    String header = exchange.header(JSON_BYTES);
    try {
      return header == null
          ? OptionalLong.empty()
          : OptionalLong.of(Long.parseLong(header.strip()));
    } catch (NumberFormatException wrong) {
      throw Refusal.malformed(JSON_BYTES + " is no number");
    }
  }

  private void infer(
      Http.Exchange exchange, InferRequest request, Optional<String> version, long latest) {
    if (request.outputs().stream().map(InferRequest.Output::name).distinct().count()
        < request.outputs().size()) {
      exchange.refuse(Refusal.malformed("an output is wanted twice"));
      return;
    }
    for (InferRequest.Output output : request.outputs()) {
      if (outputs().stream().noneMatch(known -> known.name().equals(output.name()))) {
        exchange.refuse(
            Refusal.malformed(
                "there is no output \"%s\"; there are %s"
                    .formatted(
                        output.name(),
                        outputs().stream().map(Tensor::name).collect(Collectors.joining(", ")))));
        return;
      }
    }
    long micros = request.timeout().orElse(0);
    boolean sooner = micros > 0 && micros < options.limits().deadline().toNanos() / 1000;
    long deadline = sooner ? exchange.began() + 1000 * micros : latest;
    var call = new Call<R>(request.pictures(), deadline);
    submit(exchange, call, version, results -> answer(request, call.version(), Tensor.of(results)));
  }

  /** Makes an answer of results. */
  private interface Answering<R> {
    Http.Answer of(List<R> results);
  }

  private void submit(
      Http.Exchange exchange, Call<R> call, Optional<String> version, Answering<R> answering) {
    exchange.ifLeft(call::cancel);
    var unused =
        call.answer()
            .whenComplete(
                (results, failure) ->
                    exchange.later(
                        () -> {
                          if (failure != null) {
                            exchange.refuse(refusal(failure));
                            return;
                          }
                          try {
                            exchange.answer(answering.of(results));
                          } catch (RuntimeException
                              | Error unable) { // such as NaN, which JSON has not
                            exchange.refuse(
                                Refusal.of(
                                    500,
                                    "the results cannot be told: "
                                        + GristmillException.reason(unable)));
                          }
                        }));
    router.submit(call, version);
  }

  private static Refusal refusal(Throwable failure) {
    Throwable why = failure instanceof CompletionException ? failure.getCause() : failure;
    return why instanceof Refusal refusal ? refusal : Refusal.failure(why);
  }

  private Http.Answer picture(Call<R> call, R result) {
    byte[] text = JsonLines.encode(result, null).getBytes(StandardCharsets.UTF_8);
    return new Http.Answer(200, JSON, Buffer.buffer(text), Map.of("Model-Version", call.version()));
  }

  private Http.Answer answer(InferRequest request, String version, List<Tensor> results) {
    var wanted = new ArrayList<InferRequest.Output>(request.outputs());
    if (wanted.isEmpty()) {
      results.forEach(
          tensor -> wanted.add(new InferRequest.Output(tensor.name(), Optional.empty())));
    }
    var binary = new ByteArrayOutputStream();
    byte[] header =
        Json.write(
            json -> {
              json.beginObject().name("model_name").value(model);
              json.name("model_version").value(version);
              if (request.id().isPresent()) {
                json.name("id").value(request.id().get());
              }
              json.name("outputs").beginArray();
              for (InferRequest.Output output : wanted) {
                var tensor =
                    results.stream().filter(t -> t.name().equals(output.name())).findFirst();
                if (tensor.isPresent()) {
                  boolean asBytes = output.binary().orElse(request.binaryOutputs());
                  write(json, tensor.get(), asBytes ? binary : null);
                }
              }
              json.endArray().endObject();
            });
    if (binary.size() == 0) {
      return Http.Answer.of(200, JSON, header);
    }
    return new Http.Answer(
        200,
        "application/octet-stream",
        Buffer.buffer(header).appendBytes(binary.toByteArray()),
        Map.of(JSON_BYTES, String.valueOf(header.length)));
  }

  /**
   * @param binary where the values go, or null for JSON
   */
  private static void write(JsonWriter json, Tensor tensor, ByteArrayOutputStream binary)
      throws IOException {
    json.beginObject().name("name").value(tensor.name());
    json.name("datatype").value(tensor.type().name());
    json.name("shape").beginArray().value(tensor.values().size()).endArray();
    if (binary == null) {
      json.name("data");
      tensor.json(json);
    } else {
      byte[] bytes = tensor.binary();
      json.name("parameters").beginObject();
      json.name("binary_data_size").value(bytes.length).endObject();
      binary.writeBytes(bytes);
    }
    json.endObject();
  }
}
