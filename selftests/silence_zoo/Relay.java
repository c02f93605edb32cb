// Java, a thread per client; relays after args[0] milliseconds, if given; `late SECONDS ...` after that time.
import java.io.*;
import java.net.*;
import java.util.*;

public class Relay {
    static final List<Socket> clients = Collections.synchronizedList(new ArrayList<>());

    static void serve(Socket client, int delayMs) {
        clients.add(client);
        try {
            BufferedReader reader = new BufferedReader(new InputStreamReader(client.getInputStream()));
            for (String line; (line = reader.readLine()) != null;) {
                if (line.equals("noop")) continue;
                Thread.sleep(line.startsWith("late ") ? (long) (1000 * Double.parseDouble(line.split(" ")[1])) : delayMs);
                for (Socket other : clients.toArray(new Socket[0]))
                    if (other != client) other.getOutputStream().write((line + "\n").getBytes());
            }
        } catch (IOException | InterruptedException gone) {
        }
        clients.remove(client);
    }

    public static void main(String[] args) throws IOException {
        int delayMs = args.length > 0 ? Integer.parseInt(args[0]) : 0;
        ServerSocket listener = new ServerSocket(5555, 50, InetAddress.getByName("127.0.0.1"));
        while (true) {
            Socket client = listener.accept();
            new Thread(() -> serve(client, delayMs)).start();
        }
    }
}
