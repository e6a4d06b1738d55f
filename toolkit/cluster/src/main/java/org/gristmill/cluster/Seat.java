package org.gristmill.cluster;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.VoidFunction;
import org.gristmill.BatchWorker;
import org.gristmill.Cluster;
import org.gristmill.Device;
import org.gristmill.GristmillException;
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
  private static final int PATIENCE_MILLIS = 3_000; // with a worker that nobody waits for any more

  @Override
  public void call(Integer nothing) throws Exception {
    try (var socket = new Socket()) {
      connect(socket);
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

  private void connect(Socket socket) {
    try {
      socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
      socket.setTcpNoDelay(true);
    } catch (IOException failed) {
      throw new GristmillException(
          "an executor cannot reach the driver at %s:%d (%s): name an address in spark.driver.host that executors can reach, and let the port through"
              .formatted(host, port, GristmillException.reason(failed)));
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
    private final InputStream in;
    private final OutputStream out; // guarded by this
    private final Device device;
    private final String place;
    private final CellLoader loader =
        new CellLoader(Thread.currentThread().getContextClassLoader());
    private final Thread working;
    private final LinkedBlockingQueue<Runnable> asked = new LinkedBlockingQueue<>();
    private boolean busy; // guarded by this: an interrupt is for what is under way
    private Cluster.Call<Object, Object, Object, Object> call; // the working thread's
    private BatchWorker<Object, Object> worker; // so is this, and what follows
    private boolean over;

    Serving(Socket socket, Device device, String place) throws IOException {
      socket.setSoTimeout(1000 * Frames.HEARTBEAT_SECONDS);
      this.in = socket.getInputStream();
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
        while (true) {
          var header = ByteBuffer.wrap(read(Frames.HEADER));
          var kind = Frames.Kind.of(header.get());
          byte[] message = read(header.getInt());
          switch (kind) {
            case INTERRUPT -> interrupt();
            case CLOSE -> asked.add(this::close);
            default -> asked.add(() -> request(message));
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

    /** Waits for so many bytes, and tells from time to time that somebody is here. */
    private byte[] read(int length) throws IOException, InterruptedException {
      byte[] bytes = new byte[length];
      for (int read = 0; read < length; ) {
        try {
          int count = in.read(bytes, read, length - read);
          if (count < 0) {
            throw new EOFException("the driver is gone");
          }
          read += count;
        } catch (SocketTimeoutException quiet) {
          if (Thread.interrupted()) {
            throw new InterruptedException();
          }
          send(Frames.frame(Frames.Kind.HEARTBEAT, null));
        }
      }
      return bytes;
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

    private synchronized void send(byte[] frame) throws IOException {
      out.write(frame);
      out.flush();
    }

    private void request(byte[] message) {
      reply(
          () -> {
            var request = (Frames.Request) Frames.message(message);
            loader.add(request.classes());
            Object function =
                request.function() == null ? null : Parcel.open(request.function(), loader);
            if (request.argument() == null) {
              worker = make(function);
              return null;
            }
            call = function == null ? call : call(function);
            return call.with(worker, Parcel.open(request.argument(), loader));
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
      try {
        byte[] frame;
        try {
          Object made = work.task(task);
          byte[] value = made == null ? null : Parcel.back(made, "what the worker returns");
          frame = frame(work, value, null);
        } catch (Throwable thrown) {
          Throwable told = RemoteFailure.unlessItTravels(thrown);
          frame = frame(work, null, Parcel.back(told, "what the worker throws"));
        }
        send(frame);
      } catch (IOException gone) {
        // which the listening thread sees, too
      }
    }

    private byte[] frame(Work work, byte[] value, byte[] failure) throws IOException {
      return Frames.frame(Frames.Kind.REPLY, new Frames.Reply(work.sent(place), value, failure));
    }
  }
}
