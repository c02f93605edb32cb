import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A chat server with names, notices and an exit word (dialect sair), as Java likes it: a thread per client, lines. */
public class Sair {
    private static final List<Person> people = new ArrayList<>(); // who is logged in; also the lock

    public static void main(String[] arguments) throws IOException {
        try (ServerSocket listener = new ServerSocket(5555, 100)) {
            System.out.println("listening on port 5555");
            while (true) {
                new Thread(new Person(listener.accept())).start();
            }
        }
    }

    private static void tell(String text, Person but) {
        synchronized (people) {
            System.out.println(text);
            for (Person other : people) {
                if (other != but) {
                    other.outbox.add(text + "\n"); // written by a thread of its own: who does not read delays nobody
                }
            }
        }
    }

    private static class Person implements Runnable {
        private final Socket socket;
        private final BufferedReader in;
        private final Writer out;
        private final BlockingQueue<String> outbox = new LinkedBlockingQueue<>();
        private String name;

        Person(Socket socket) throws IOException {
            this.socket = socket;
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            out = new OutputStreamWriter(socket.getOutputStream(), StandardCharsets.UTF_8);
        }

        private void write() {
            try {
                for (String text = outbox.take(); !text.isEmpty(); text = outbox.take()) {
                    out.write(text);
                    out.flush();
                }
            } catch (IOException | InterruptedException gone) {
                System.out.println("nothing more for " + name);
            }
        }

        @Override
        public void run() {
            new Thread(this::write).start();
            try {
                String line;
                while ((line = in.readLine()) != null && !line.strip().equals("sair")) {
                    if (name == null) {
                        enter(line.isBlank() ? "visitante" : line.strip());
                    } else if (!line.isBlank()) {
                        tell(name + ": " + line, this);
                    }
                }
            } catch (IOException reset) {
                System.out.println("reset by " + name);
            } finally {
                leave();
                close();
            }
        }

        private void enter(String wanted) {
            synchronized (people) {
                name = wanted;
                for (int number = 2; isTaken(name); number++) {
                    name = wanted + " (" + number + ")";
                }
                tell(name + " entrou no chat!", this);
                people.add(this);
            }
        }

        private static boolean isTaken(String name) {
            return people.stream().anyMatch(other -> other.name.equals(name));
        }

        private void leave() {
            synchronized (people) {
                if (people.remove(this)) {
                    tell(name + " saiu do chat.", this);
                }
            }
            outbox.add(""); // the end of it
        }

        private void close() {
            try {
                socket.close();
            } catch (IOException gone) {
                System.out.println("already closed: " + name);
            }
        }
    }
}
