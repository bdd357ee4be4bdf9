/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.client.auth.Credentials;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import javax.management.ObjectName;

/** A program that logs in with secrets which it makes when they are asked for, and dumps its heap while connected. */
final class SecretKeeper {
    static final String USER = "tim";

    /** A secret that is still held when the heap is dumped. */
    static final int HELD = 0;

    private SecretKeeper() {}

    /** What nobody holds as text in the program, since it is made anew each time. */
    static char[] secret(int number) {
        Random random = new Random(4_711 + number);
        char[] secret = new char[24];
        for (int i = 0; i < secret.length; i++) {
            secret[i] = (char) ('a' + random.nextInt(26));
        }
        return secret;
    }

    private static Credentials password(int number) {
        return Credentials.password(USER, secret(number));
    }

    private static Credentials token(int number) {
        return Credentials.token(USER, new String(secret(number)));
    }

    /** Of the JDK's engine, whose memory is the heap. */
    private static Security security(String[] arguments) {
        return arguments.length < 3
                ? Security.of(TlsMode.NONE).allowAuthWithoutTls()
                : Security.of(TlsMode.IMPLICIT).engine(TlsEngine.JDK).trust(Path.of(arguments[2]));
    }

    private static SmtpClient loggedIn(String[] arguments, int number, Function<Integer, Credentials> source) {
        SmtpClient client = Mails.client(Integer.parseInt(arguments[0]))
                .security(security(arguments))
                .credentials(() -> CompletableFuture.completedFuture(source.apply(number)))
                .build();
        System.out.println(
                "sent " + Mails.outcome(client.send(Mails.message(number))).isAccepted());
        return client;
    }

    /** With a port, the file for the dump and, for TLS, the authority to trust. */
    public static void main(String[] arguments) throws Exception {
        Credentials held = password(HELD);
        List<SmtpClient> clients = new ArrayList<>();
        clients.add(loggedIn(arguments, 1, SecretKeeper::password));
        clients.add(loggedIn(arguments, 2, SecretKeeper::password));
        clients.add(loggedIn(arguments, 3, SecretKeeper::token));
        ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=HotSpotDiagnostic"),
                        "dumpHeap",
                        new Object[] {arguments[1], true},
                        new String[] {String.class.getName(), boolean.class.getName()});
        for (SmtpClient client : clients) {
            System.out.println("idle " + client.stats().idle());
        }
        Reference.reachabilityFence(held);
        clients.forEach(SmtpClient::close);
    }
}
