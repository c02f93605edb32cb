import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** An echo server with an idle limit, in each way that Java has for it: java Idle TECHNIQUE [SECONDS]. */
public class Idle {
    private static final ScheduledExecutorService executor = Executors.newScheduledThreadPool(1);
    private static final Timer timer = new Timer(true);
    private static String technique;
    private static int idleMs = 30_000;

    private static void letGo(Socket client) {
        try {
            client.getOutputStream().write("TIMEOUT\n".getBytes());
            client.close();
        } catch (IOException gone) {
            // it went by itself
        }
    }

    private static TimerTask task(Socket client) {
        return new TimerTask() {
            @Override
            public void run() {
                letGo(client);
            }
        };
    }

    private static void serve(Socket client) {
        AtomicLong last = new AtomicLong(System.currentTimeMillis());
        ScheduledFuture<?> future = null;
        TimerTask task = null;
        byte[] data = new byte[4096];
        try (client) {
            if (technique.equals("setSoTimeout")) {
                client.setSoTimeout(idleMs);
            }
            if (technique.equals("sleep")) {
                new Thread(() -> {
                    try {
                        while (System.currentTimeMillis() - last.get() < idleMs) {
                            Thread.sleep(1000);
                        }
                    } catch (InterruptedException ended) {
                        return;
                    }
                    letGo(client);
                }).start();
            }
            while (true) {
                if (technique.equals("schedule")) {
                    if (future != null) {
                        future.cancel(false);
                    }
                    future = executor.schedule(() -> letGo(client), idleMs, TimeUnit.MILLISECONDS);
                }
                if (technique.equals("Timer")) {
                    if (task != null) {
                        task.cancel();
                    }
                    task = task(client);
                    timer.schedule(task, idleMs);
                }
                int size;
                try {
                    size = client.getInputStream().read(data);
                } catch (SocketTimeoutException over) {
                    letGo(client);
                    return;
                }
                if (size < 0) {
                    return;
                }
                last.set(System.currentTimeMillis());
                client.getOutputStream().write(data, 0, size);
            }
        } catch (IOException gone) {
            // it went
        }
    }

    public static void main(String[] arguments) throws IOException {
        technique = arguments[0];
        if (arguments.length > 1) {
            idleMs = 1000 * Integer.parseInt(arguments[1]);
        }
        ServerSocket server = new ServerSocket(8000, 50, InetAddress.getByName("127.0.0.1"));
        while (true) {
            Socket client = server.accept();
            new Thread(() -> serve(client)).start();
        }
    }
}
