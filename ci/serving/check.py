"""What a service answers: real clients, malformed requests, load, a killed actor, a drain. Called by ci/serve.
Ends with a line "N passed, M failed"."""

import argparse
import base64
import concurrent.futures
import http.client
import json
import random
import re
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request
import zlib
from pathlib import Path

import numpy
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

SECONDS = 6  # that a request may take
SILENCE = 2  # seconds that are waited for an answer before the connection is ended


class Service:
    """The JVM of org.gristmill.serve.ServeMain."""

    def __init__(self, options):
        folder = Path(options.out, "service")
        command = [options.java, "-Xmx2g", "-cp", options.class_path, "org.gristmill.serve.ServeMain", str(folder), str(SECONDS)]
        log = open(Path(options.out, "service.log"), "w")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        where = self._says()
        self.token, self.name = where["token"], where["name"]
        self.host, port = where["uri"].removeprefix("http://").split(":")
        self.port = int(port)
        self.pictures = {path.name: path.read_bytes() for path in sorted(Path(folder, "pictures").iterdir())}
        self.pixels = {}
        for path in Path(folder, "pixels").iterdir():
            name, size = path.name.rsplit("_", 1)
            width, height = map(int, size.split("x"))
            self.pixels[name] = numpy.frombuffer(path.read_bytes(), numpy.uint8).reshape(1, height, width, 3)
        self.batch = {}  # what the run over the same files predicted, by the file's name
        for path in sorted(Path(folder, "predictions").glob("segment-*.jsonl")):
            for line in path.read_text().splitlines():
                row = json.loads(line)
                self.batch[Path(row["path"]).name] = row
        assert len(self.batch) == len(self.pictures) > 10

    def _says(self):
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise SystemExit(f"ci/serve: the service ended with {self.process.wait()}; see service.log")

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self._says()

    def headers(self):
        return {"Authorization": "Bearer " + self.token}

    def post(self, path, body, headers=()):
        """Status, headers and body of the answer; of an own connection."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=SECONDS + 5)
        try:
            connection.request("POST", path, body, {**self.headers(), **dict(headers)})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def is_right(self, name, prediction):
        batch = self.batch[name]
        same = prediction["index"] == batch["index"] and prediction["label"] == batch["label"]
        # A batch of another size adds up in another order.
        return same and abs(prediction["confidence"] - batch["confidence"]) < 1e-5

    def still_answers(self):
        name = next(iter(self.pictures))
        status, _, body = self.post("/predict", self.pictures[name])
        assert status == 200, f"a good picture afterwards: {status} {body[:200]}"
        assert self.is_right(name, json.loads(body)), body[:200]


class Checks:
    def __init__(self):
        self.passed = self.failed = 0
        self.skipped = []

    def run(self, name, check, *arguments):
        try:
            said = check(*arguments)
            self.passed += 1
            print(f"passed {name}" + (f": {said}" if said else ""), flush=True)
        except Exception as failure:  # one that fails keeps none of the others
            self.failed += 1
            where = traceback.extract_tb(failure.__traceback__)[-1]
            print(f"FAILED {name}: {type(failure).__name__}: {failure} (line {where.lineno})", flush=True)


# Real clients.


def triton_client(service):
    return triton.InferenceServerClient(f"{service.host}:{service.port}", connection_timeout=SECONDS + 5, network_timeout=SECONDS + 5)


def files(service, names, binary=True):
    data = [service.pictures[name] if binary else base64.b64encode(service.pictures[name]) for name in names]
    tensor = triton.InferInput("image", [len(names)], "BYTES")
    tensor.set_data_from_numpy(numpy.array(data, dtype=numpy.object_), binary_data=binary)
    return tensor


def predictions(result):
    labels = [label.decode() if isinstance(label, bytes) else label for label in result.as_numpy("label")]
    columns = zip(result.as_numpy("index").tolist(), labels, result.as_numpy("confidence").tolist())
    return [{"index": index, "label": label, "confidence": confidence} for index, label, confidence in columns]


def triton_metadata(service):
    with triton_client(service) as client:
        assert client.is_server_live() and client.is_server_ready()
        assert client.is_model_ready(service.name) and client.is_model_ready(service.name, "1")
        assert "binary_tensor_data" in client.get_server_metadata(headers=service.headers())["extensions"]
        model = client.get_model_metadata(service.name, headers=service.headers())
        assert [tensor["name"] for tensor in model["outputs"]] == ["index", "label", "confidence"], model


def triton_infer(service, names, binary, outputs):
    wanted = [triton.InferRequestedOutput(name, binary_data=binary) for name in ("index", "label", "confidence")] if outputs else None
    with triton_client(service) as client:
        result = client.infer(service.name, [files(service, names, binary)], outputs=wanted, request_id="7", headers=service.headers())
        assert result.get_response()["id"] == "7"
        found = predictions(result)
    wrong = [name for name, prediction in zip(names, found, strict=True) if not service.is_right(name, prediction)]
    assert not wrong, wrong


def triton_pixels(service):
    name, pixels = next(iter(service.pixels.items()))
    tensor = triton.InferInput("pixels", pixels.shape, "UINT8")
    for binary in (True, False):
        tensor.set_data_from_numpy(pixels, binary_data=binary)
        with triton_client(service) as client:
            found = predictions(client.infer(service.name, [tensor], headers=service.headers()))
        assert service.is_right(name, found[0]), found


def triton_async(service):
    names = list(service.pictures)
    with triton.InferenceServerClient(f"{service.host}:{service.port}", concurrency=8) as client:
        waiting = [client.async_infer(service.name, [files(service, [name])], headers=service.headers()) for name in names]
        for name, request in zip(names, waiting):
            assert service.is_right(name, predictions(request.get_result())[0]), name
    return f"{len(names)} requests, 8 at once"


def triton_refused(service):
    with triton_client(service) as client:
        for model, version, tensor, why in (
            ("other", "", files(service, list(service.pictures)[:1]), "there is no model"),
            (service.name, "3", files(service, list(service.pictures)[:1]), "there is no version 3"),
            (service.name, "", triton.InferInput("image", [1], "BYTES").set_data_from_numpy(numpy.array([b"no picture"], dtype=object)), "picture"),
        ):
            try:
                client.infer(model, [tensor], model_version=version, headers=service.headers())
                raise AssertionError("was answered: " + why)
            except InferenceServerException as refused:
                assert why in refused.message(), refused.message()


def triton_statistics(service):
    """Counts what was asked of it in between, as Triton counts."""

    def counts(version):
        with triton_client(service) as client:
            (model,) = client.get_inference_statistics(service.name, version, headers=service.headers())["model_stats"]
        assert (model["name"], model["version"]) == (service.name, "1"), model
        return model["inference_count"], model["inference_stats"]["success"]["count"], model["inference_stats"]["fail"]["count"]

    def settled(version):  # rows are counted a moment after their answer
        found = None
        while found != (found := counts(version)):
            time.sleep(1)
        return found

    before = settled("")
    triton_infer(service, list(service.pictures)[:3], True, False)
    pictures, successes, failures = (after - earlier for earlier, after in zip(before, settled("1")))
    assert (pictures, successes, failures) == (3, 1, 0), (pictures, successes, failures)


def kserve_infer(service):
    import asyncio

    from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

    names = list(service.pictures)[:3]

    async def ask():
        client = InferenceRESTClient(RESTConfig(protocol="v2"))
        data = [base64.b64encode(service.pictures[name]).decode() for name in names]
        tensor = InferInput("image", [len(names)], "BYTES", data=data)
        request = InferRequest(model_name=service.name, infer_inputs=[tensor])
        uri = f"http://{service.host}:{service.port}"
        return await client.infer(uri, request, model_name=service.name, headers=service.headers())

    outputs = {output.name: output.data for output in asyncio.run(ask()).outputs}
    rows = zip(outputs["index"], outputs["label"], outputs["confidence"])
    for name, (index, label, confidence) in zip(names, rows, strict=True):
        assert service.is_right(name, {"index": index, "label": label, "confidence": confidence}), name


def posted(service):
    for name, picture in service.pictures.items():
        status, _, body = service.post("/predict", picture)
        assert status == 200 and service.is_right(name, json.loads(body)), (name, status, body[:200])
    return f"{len(service.pictures)} pictures"


# What is asked wrongly.


def raw(service, data):
    """What comes back for these bytes, until the service ends the connection; or we do, if it waits for more."""
    with socket.create_connection((service.host, service.port), timeout=SILENCE) as connection:
        answer = b""
        waits = True
        try:
            connection.sendall(data)
            while True:
                try:
                    chunk = connection.recv(65536)
                except TimeoutError:
                    if not waits:
                        raise
                    waits = False
                    connection.shutdown(socket.SHUT_WR)
                    continue
                if not chunk:
                    break
                answer += chunk
        except OSError:
            pass  # ended by the service, while something was on its way
        return answer


def request(service, line="POST /predict HTTP/1.1", headers=(), body=b"", length=True, keep=False):
    lines = [line, "Host: localhost", f"Authorization: Bearer {service.token}", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    if not keep:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def statuses(answer):
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]


def refused(service, data, allowed):
    answer = raw(service, data)
    found = statuses(answer)
    assert found and found[-1] in allowed, f"{found}: {answer[:300]}"
    assert b'{"error":' in answer, answer[:300]
    service.still_answers()
    return ", ".join(map(str, found))


def png(width, height, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def malformed(service):
    """Name, bytes and how they are sent, and the statuses that may come."""
    infer = f"POST /v2/models/{service.name}/infer HTTP/1.1"
    picture = next(iter(service.pictures.values()))

    def tensor(**members):
        return json.dumps({"inputs": [{"name": "image", "shape": [1], "datatype": "BYTES", "data": ["AAAA"], **members}]}).encode()

    yield "no JSON", request(service, infer, body=b"what?"), {400}
    yield "half a JSON", request(service, infer, body=tensor()[:30]), {400}
    yield "deep JSON", request(service, infer, body=b'{"a":' + b"[" * 200_000), {400}
    yield "JSON in UTF-16", request(service, infer, body=tensor().decode().encode("utf-16")), {400}
    yield "no inputs", request(service, infer, body=b"{}"), {400}
    yield "inputs twice", request(service, infer, body=b'{"inputs":[],"inputs":[]}'), {400}
    yield "a shape too large", request(service, infer, body=tensor(shape=[2])), {400}
    yield "a negative shape", request(service, infer, body=tensor(shape=[-1])), {400}
    yield "a shape of text", request(service, infer, body=tensor(shape="x")), {400}
    yield "a type of numbers", request(service, infer, body=tensor(datatype="FP32")), {400}
    yield "an output that is none", request(service, infer, body=tensor().replace(b'{"inputs"', b'{"outputs":[{"name":"x"}],"inputs"')), {400}
    yield "no base64", request(service, infer, body=tensor(data=["?"])), {400}
    for length in ("-1", "1e3", "99999999999999999999", "5000", "x", ""):
        yield f"JSON bytes: {length!r}", request(service, infer, [f"Inference-Header-Content-Length: {length}"], tensor()), {400}
    yield "binary data beyond the body", request(service, infer, body=tensor(parameters={"binary_data_size": 10**12}, data=[])), {400}
    yield "an empty body", request(service), {400}
    yield "text for a picture", request(service, body=b"I am a cat"), {400}
    yield "half a picture", request(service, body=picture[: len(picture) // 2]), {400}
    yield "a bomb of a PNG", request(service, body=png(30_000, 30_000, zlib.compress(bytes(30_001) * 100))), {400}
    yield "a PNG that lies", request(service, body=png(100, 100, zlib.compress(b"abc"))), {400}
    yield "a form", request(service, headers=["Content-Type: multipart/form-data; boundary=x"], body=b"--x--"), {415}
    yield "a zipped body", request(service, headers=["Content-Encoding: gzip"], body=zlib.compress(picture)), {415}
    yield "a body too large, announced", request(service, headers=["Content-Length: 99999999999"], length=False), {413}
    yield "an expectation", request(service, headers=["Expect: a miracle"], body=picture), {417}
    yield "a wrong token", request(service, body=picture).replace(service.token.encode(), b"0" * 32), {401}
    yield "no token", b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx", {401}
    yield "another path", request(service, "POST /predictions HTTP/1.1", body=picture), {404}
    yield "out of the tree", request(service, "GET /v2/../../etc/passwd HTTP/1.1"), {404}
    yield "percent", request(service, "GET /v2/%2e%2e/%00%ff HTTP/1.1"), {400, 404}
    yield "another method", request(service, "DELETE /predict HTTP/1.1"), {405}
    yield "a long address", request(service, "GET /" + "a" * 20_000 + " HTTP/1.1"), {414}
    yield "large headers", request(service, headers=["X: " + "a" * 30_000], body=picture), {431}
    yield "many headers", request(service, headers=[f"X-{i}: {i}" for i in range(5000)], body=picture), {431}


def not_http(service):
    """The same for what is no HTTP: a status, or the end of the connection."""
    good = request(service, body=next(iter(service.pictures.values())), keep=True)
    head, _, body = good.partition(b"\r\n\r\n")
    for length in (b"-5", b"abc", b"1, 2", b"0x10", b"99999999999999999999999"):
        yield f"Content-Length: {length.decode()}", head.rsplit(b"\r\n", 1)[0] + b"\r\nContent-Length: " + length + b"\r\n\r\n" + body
    yield "two lengths", head + b"\r\nContent-Length: 3\r\n\r\n" + body
    yield "a length and chunks", head + b"\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v2 HTTP/1.1\r\n\r\n"
    chunked = request(service, headers=["Transfer-Encoding: chunked"], length=False)
    yield "a chunk without a size", chunked + b"zz\r\nabc\r\n0\r\n\r\n"
    yield "a chunk of -1", chunked + b"-1\r\nabc\r\n0\r\n\r\n"
    yield "a chunk cut off", chunked + b"ffff\r\nabc"
    yield "another encoding", request(service, headers=["Transfer-Encoding: zebra"], length=False) + body
    yield "a body cut off", head + b"\r\n\r\n" + body[:100]
    yield "a header cut off", head[:50]
    yield "NUL in a header", good.replace(b"Host: localhost", b"Host: local\0host")
    yield "a header folded", good.replace(b"Host: localhost", b"X: a\r\n b\r\nHost: localhost")
    yield "a header without a colon", good.replace(b"Host: localhost", b"Host localhost")
    yield "a space before the colon", good.replace(b"Content-Length:", b"Content-Length :")
    yield "newlines alone", good.replace(b"\r\n", b"\n", 2)
    yield "HTTP/0.9", b"GET /\r\n\r\n"
    yield "HTTP/9.9", good.replace(b"HTTP/1.1", b"HTTP/9.9")
    yield "HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9)
    yield "TLS", bytes.fromhex("160301020001000001fc0303") + bytes(500)
    yield "noise", random.Random(1).randbytes(5000)
    yield "nothing", b""


def survives(service, data):
    answer = raw(service, data)
    found = statuses(answer)
    # A form of a good request that is taken for one may be answered as one.
    assert all(status in {200, 400, 401, 404, 408, 413, 414, 431, 501, 505} for status in found), answer[:300]
    service.still_answers()
    return ", ".join(map(str, found)) or "closed"


def smuggled(service):
    inner = b"GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = request(service, headers=["Transfer-Encoding: chunked", "Content-Length: 4"], length=False)
    found = statuses(raw(service, head + b"0\r\n\r\n" + inner))
    assert len(found) <= 2 and 200 not in found[1:], found  # without a token the second one is nothing
    service.still_answers()


def slow_body(service):
    began = time.monotonic()
    data = request(service, body=b"x" * 50)
    with socket.create_connection((service.host, service.port), timeout=SECONDS + 5) as connection:
        connection.sendall(data[:-10])
        answer = connection.recv(65536)
    assert b" 408 " in answer, answer[:200]
    service.still_answers()
    return f"408 after {time.monotonic() - began:.1f} s"


def slow_header(service):
    with socket.create_connection((service.host, service.port), timeout=SECONDS + 5) as connection:
        connection.sendall(b"GET /v2 HT")
        assert connection.recv(65536) == b""
    service.still_answers()


def too_large_chunked(service):
    def chunks():
        for _ in range(40):
            yield bytes(1 << 20)

    connection = http.client.HTTPConnection(service.host, service.port, timeout=SECONDS + 5)
    try:
        connection.request("POST", "/predict", chunks(), service.headers(), encode_chunked=True)
        status = connection.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        status = "closed"
    finally:
        connection.close()
    assert status in (413, "closed"), status
    service.still_answers()
    return status


def pipelined(service):
    picture = next(iter(service.pictures.values()))
    good = request(service, body=picture, keep=True)
    found = statuses(raw(service, good * 4 + request(service, body=picture)))
    assert found == [200] * 5, found


def older(service):
    good = request(service, "POST /predict HTTP/1.0", body=next(iter(service.pictures.values())))
    assert statuses(raw(service, good)) == [200]


def expecting(service):
    good = request(service, headers=["Expect: 100-continue"], body=next(iter(service.pictures.values())))
    found = statuses(raw(service, good))
    assert found == [100, 200], found


def head(service):
    answer = raw(service, request(service, "HEAD /v2/health/live HTTP/1.1"))
    assert statuses(answer) == [200] and answer.endswith(b"\r\n\r\n"), answer


def mutations(service, count=400):
    rng = random.Random(2026)
    picture = min(service.pictures.values(), key=len)
    body = json.dumps({"inputs": [{"name": "image", "shape": [1], "datatype": "BYTES", "data": [base64.b64encode(picture).decode()]}]}).encode()
    goods = [request(service, body=picture), request(service, f"POST /v2/models/{service.name}/infer HTTP/1.1", body=body)]

    def one(data):
        return statuses(raw(service, data))

    mutated = []
    for _ in range(count):
        data = bytearray(rng.choice(goods))
        within = len(data) if rng.random() < 0.5 else 300  # bodies are long, headers are short
        for _ in range(rng.randint(1, 8)):
            at = rng.randrange(min(within, len(data)))
            kind = rng.random()
            if kind < 0.5:
                data[at] = rng.randrange(256)
            elif kind < 0.75:
                del data[at]
            else:
                data.insert(at, rng.randrange(256))
        mutated.append(bytes(data))
    seen = {}
    with concurrent.futures.ThreadPoolExecutor(32) as threads:
        for found in threads.map(one, mutated):
            for status in found or ["closed"]:
                seen[status] = seen.get(status, 0) + 1
    assert all(status == "closed" or status in (100, 200) or 400 <= status < 500 for status in seen), seen
    service.still_answers()
    return ", ".join(f"{status}: {number}" for status, number in sorted(seen.items(), key=str))


def odd_files(service, folder):
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size < 16 << 20:
            status, _, body = service.post("/predict", path.read_bytes())
            assert status in (200, 400), (path.name, status, body[:200])
            found[status] = found.get(status, 0) + 1
    service.still_answers()
    return ", ".join(f"{status}: {number}" for status, number in sorted(found.items()))


# Load.


class Load:
    """Requests that are sent when it is time, whatever became of those before."""

    def __init__(self, service, rate, seconds, again=False):
        """again: a request whose connection ends without a byte of an answer is sent once more, as clients do."""
        self.service, self.rate, self.seconds, self.again = service, rate, seconds, again
        self.answers = []  # seconds from when it was to be sent, status, whether the prediction is right

    def post(self, name):
        try:
            return self.service.post("/predict", self.service.pictures[name])
        except ConnectionResetError:
            if not self.again:
                raise
            return self.service.post("/predict", self.service.pictures[name])

    def one(self, name, planned):
        try:
            status, _, body = self.post(name)
            right = status != 200 or self.service.is_right(name, json.loads(body))
        except OSError as failure:
            status, right = type(failure).__name__, True
        self.answers.append((time.monotonic() - planned, status, right))

    def run(self):
        names = list(self.service.pictures)
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(200) as threads:
            for number in range(int(self.rate * self.seconds)):
                planned = began + number / self.rate
                time.sleep(max(0, planned - time.monotonic()))
                threads.submit(self.one, names[number % len(names)], planned)
        return self

    def percentile(self, share):
        latencies = sorted(seconds for seconds, status, _ in self.answers if status == 200)
        return latencies[min(len(latencies) - 1, int(share * len(latencies)))]

    def count(self):
        counts = {}
        for _, status, _ in self.answers:
            counts[status] = counts.get(status, 0) + 1
        return counts

    def __str__(self):
        return (
            f"{len(self.answers)} requests at {self.rate:.0f} a second, "
            f"p50 {1000 * self.percentile(0.5):.0f} ms, p99 {1000 * self.percentile(0.99):.0f} ms, {self.count()}"
        )


def capacity(service):
    """Requests a second with eight clients that wait for their answers."""
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda name: service.post("/predict", service.pictures[name]), list(service.pictures) * 2))
    return 2 * len(service.pictures) / (time.monotonic() - began)


def killed_under_load(service, rate):
    load = Load(service, rate, 6)
    for at in (1.5, 3, 4.5):
        threading.Timer(at, service.tell, ["kill"]).start()
    load.run()
    assert load.count() == {200: len(load.answers)}, load.count()
    assert all(right for _, _, right in load.answers)
    return f"three actors killed, {load}"


def overloaded(service, rate):
    load = Load(service, rate, 4).run()
    assert set(load.count()) <= {200, 429, 504} and load.count()[200] > 0, load.count()
    assert all(right for _, _, right in load.answers)
    service.still_answers()
    return str(load)


def rows_done(service):
    """How many, once nothing is under way any more."""
    rows, before = service.tell("rows")["rows"], None
    while rows != before:
        time.sleep(1)
        rows, before = service.tell("rows")["rows"], rows
    return rows


def drained(service, rate):
    before = rows_done(service)
    # The system ends connections that nobody has accepted when their socket is closed.
    load = Load(service, rate, 4, again=True)
    ended = {}
    threading.Timer(2, lambda: ended.update(service.tell("close"))).start()
    load.run()
    counts = load.count()
    answered = counts.pop(200, 0)
    late = {503, "ConnectionRefusedError"}
    assert answered > 0 and set(counts) <= late, load.count()
    assert all(right for _, _, right in load.answers)
    assert ended["rows"] - before == answered, f"{ended['rows'] - before} rows were done, {answered} answered"
    service.process.stdin.close()
    assert service.process.wait(60) == 0
    assert ended["threads"] == 0, ended
    return f"{load}; the service did {ended['rows']} rows with {ended['loads']} model loads"


def main():
    parser = argparse.ArgumentParser()
    for name in ("--java", "--class-path", "--out", "--shared"):
        parser.add_argument(name, required=True)
    options = parser.parse_args()
    service = Service(options)
    checks = Checks()
    try:
        everything(service, checks, Path(options.shared))
    finally:
        service.process.kill()
    for name in checks.skipped:
        print(f"skipped: {name}")
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed else 0)


def everything(service, checks, shared):
    names = list(service.pictures)
    checks.run("each picture, posted", posted, service)
    checks.run("Triton's client: health and metadata", triton_metadata, service)
    checks.run("Triton's client: one picture", triton_infer, service, names[:1], True, False)
    checks.run("Triton's client: all at once, more than a batch", triton_infer, service, names, True, True)
    checks.run("Triton's client: base64 in JSON, JSON back", triton_infer, service, names[:5], False, True)
    checks.run("Triton's client: pixels", triton_pixels, service)
    checks.run("Triton's client: many at once", triton_async, service)
    checks.run("Triton's client: what is refused", triton_refused, service)
    checks.run("Triton's client: statistics", triton_statistics, service)
    try:
        import kserve  # noqa: F401

        checks.run("KServe's client", kserve_infer, service)
    except ImportError:
        checks.skipped.append("KServe's client, which did not install")

    for name, data, allowed in malformed(service):
        checks.run(name, refused, service, data, allowed)
    for name, data in not_http(service):
        checks.run(name, survives, service, data)
    for check in (smuggled, slow_body, slow_header, too_large_chunked, pipelined, older, expecting, head, mutations):
        checks.run(check.__name__.replace("_", " "), check, service)
    if shared.is_dir():
        checks.run("odd and broken files", odd_files, service, shared / "images" / "odd")
    else:
        checks.skipped.append("odd and broken files, for want of shared/data")

    most = capacity(service)
    checks.run("load", killed_under_load, service, most / 2)
    checks.run("overload", overloaded, service, 3 * most)
    checks.run("a drain under load", drained, service, most / 2)


if __name__ == "__main__":
    main()
