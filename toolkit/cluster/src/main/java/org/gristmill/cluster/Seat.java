package org.gristmill.cluster;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.VoidFunction;
import org.gristmill.BatchWorker;
import org.gristmill.Cluster;
import org.gristmill.Device;
import org.gristmill.observe.Work;

/**
 * An actor on an executor: a Spark task that lasts as long as the actor does. It calls the driver
 * back, makes a worker, and does with it what it is asked for, one request after the other. It ends
 * when the driver says so or is gone.
 *
 * @param host where the driver listens
 * @param ticket which the driver knows it by
 * @param threads of a single operation of the worker's; 0 for the task's processors
 */
record Seat(String host, int port, String ticket, int threads) implements VoidFunction<Integer> {
  private static final int CONNECT_MILLIS = 10_000;
  private static final int PATIENCE_MILLIS = 10_000; // with a worker that is interrupted, or closed

  @Override
  public void call(Integer nothing) throws Exception {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
      socket.setTcpNoDelay(true);
      var executor = SparkEnv.get();
      var device = device();
      var hello =
          new Door.Hello(
              ticket,
              executor.executorId(),
              executor.blockManager().blockManagerId().host(),
              ProcessHandle.current().pid());
      hello.write(socket.getOutputStream());
      String place = "%s on executor %s at %s".formatted(device, hello.executor(), hello.host());
      new Serving(socket, device, place).serve();
    }
  }

  private Device device() {
    var task = TaskContext.get();
    var gpu = task.resourcesJMap().get("gpu");
    return gpu == null
        ? Device.cpu().withThreads(threads > 0 ? threads : Math.max(1, task.cpus()))
        : Device.gpu(Integer.parseInt(gpu.addresses()[0]));
  }

  /** The thread of the task listens; another one works, so that it can be interrupted. */
  private static final class Serving {
    private final DataInputStream in;
    private final OutputStream out; // guarded by this
    private final Device device;
    private final String place;
    private final CellLoader loader =
        new CellLoader(Thread.currentThread().getContextClassLoader());
    private final Thread working;
    private final LinkedBlockingQueue<Runnable> asked = new LinkedBlockingQueue<>();
    private boolean busy; // guarded by this: an interrupt is for what is under way
    private final Map<Integer, Cluster.Call<Object, Object, Object, Object>> calls =
        new HashMap<>(); // the working thread's, as what follows
    private BatchWorker<Object, Object> worker;
    private boolean over;

    Serving(Socket socket, Device device, String place) throws IOException {
      socket.setSoTimeout(1000 * Frames.HEARTBEAT_SECONDS);
      this.in = new DataInputStream(socket.getInputStream());
      this.out = socket.getOutputStream();
      this.device = device;
      this.place = place;
      working = new Thread(this::work, "gristmill actor, " + place);
      working.setDaemon(true);
      working.setContextClassLoader(loader);
    }

    void serve() throws InterruptedException {
      working.start();
      try {
        for (var kind = nextKind(); kind != Frames.Kind.CLOSE; kind = nextKind()) {
          byte[] message = in.readNBytes(in.readInt());
          if (kind == Frames.Kind.INTERRUPT) {
            interrupt();
          } else {
            asked.add(() -> request(message));
          }
        }
      } catch (InterruptedIOException | InterruptedException killed) {
        interrupt(); // Spark wants its slot back
      } catch (IOException gone) {
        interrupt(); // the driver, or the run, is over
      }
      asked.add(this::close);
      Thread.interrupted();
      working.join(PATIENCE_MILLIS); // else it is left behind, and its slot free
    }

    /** Waits for the next frame, and tells from time to time that somebody is here. */
    private Frames.Kind nextKind() throws IOException, InterruptedException {
      while (true) {
        try {
          return Frames.Kind.of(in.readUnsignedByte());
        } catch (SocketTimeoutException quiet) {
          if (Thread.interrupted()) {
            throw new InterruptedException();
          }
          send(Frames.Kind.HEARTBEAT, null);
        }
      }
    }

    private void work() {
      while (!over) {
        try {
          Runnable next = asked.take();
          begin(true);
          next.run();
        } catch (InterruptedException late) {
          // by what was done last, of which nothing is left
        } finally {
          begin(false);
        }
      }
    }

    private synchronized void begin(boolean task) {
      busy = task;
      Thread.interrupted();
    }

    private synchronized void interrupt() {
      if (busy) {
        working.interrupt();
      }
    }

    private synchronized void send(Frames.Kind kind, Frames.Reply reply) throws IOException {
      out.write(Frames.frame(kind, reply));
      out.flush();
    }

    private void request(byte[] message) {
      reply(
          () -> {
            var request = (Frames.Request) Frames.message(message);
            loader.add(request.classes());
            Object function =
                request.function() == null ? null : Parcel.open(request.function(), loader);
            if (request.call() == 0) {
              worker = make(function);
              return null;
            }
            if (function != null) {
              calls.put(request.call(), call(function));
            }
            Object argument = Parcel.open(request.argument(), loader);
            return calls.get(request.call()).with(worker, argument);
          });
    }

    @SuppressWarnings("unchecked") // the driver has checked the types
    private static Cluster.Call<Object, Object, Object, Object> call(Object function) {
      return (Cluster.Call<Object, Object, Object, Object>) function;
    }

    @SuppressWarnings("unchecked")
    private BatchWorker<Object, Object> make(Object factory) throws Exception {
      var made = ((BatchWorker.Factory<Object, Object>) factory).create(device);
      return Objects.requireNonNull(made, "the factory returned null");
    }

    private void close() {
      reply(
          () -> {
            over = true;
            if (worker != null) {
              worker.close();
            }
            return null;
          });
    }

    private void reply(Callable<Object> task) {
      var work = new Work(device, 0);
      byte[] value = null;
      byte[] failure = null;
      try {
        Object made = work.task(task);
        value =
            made == null ? null : Parcel.of(made, "what the worker returns", new CellCode(null));
      } catch (Throwable thrown) {
        failure = parcel(thrown);
      }
      try {
        send(Frames.Kind.REPLY, new Frames.Reply(work.sent(place), value, failure));
      } catch (IOException gone) {
        // which the listening thread sees, too
      }
    }

    private static byte[] parcel(Throwable thrown) {
      try {
        return Parcel.of(thrown, "what the worker throws", new CellCode(null));
      } catch (RuntimeException cannot) {
        return Parcel.of(new RemoteFailure(thrown), "what the worker throws", new CellCode(null));
      }
    }
  }
}
