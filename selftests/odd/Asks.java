import java.net.ServerSocket;
import java.util.Scanner;

/** Asks for its port before it listens: the thread that reads is not the process's first, and the JVM's own go on. */
public class Asks {
    public static void main(String[] arguments) throws Exception {
        System.out.print("Porta: ");
        ServerSocket listener = new ServerSocket(new Scanner(System.in).nextInt());
        while (true) {
            listener.accept();
        }
    }
}
