/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.compare;

import io.pipepost.smtp.benchmarks.harness.JsonLine;
import io.pipepost.smtp.benchmarks.load.SinkProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A server that runs on a core of its own. */
abstract class Server implements AutoCloseable {
    /** What kinds there are. */
    enum Kind {
        /** Ours. */
        SINK("SmtpSink of smtp-testing"),
        /** Of Postfix, written in C. */
        SMTP_SINK("smtp-sink of Postfix"),
        /** The real thing. */
        POSTFIX("Postfix");

        private final String title;

        Kind(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }

    static Server start(Kind kind, int core, List<String> options) throws IOException {
        return switch (kind) {
            case SINK -> new Sink(core, options);
            case SMTP_SINK -> new SmtpSinkOfPostfix(core);
            case POSTFIX -> new Postfix(core);
        };
    }

    static boolean isInstalled(Kind kind) {
        return kind == Kind.SINK || Files.exists(Layout.POSTFIX.resolve("installed"));
    }

    abstract int port();

    /** Counters, of which those that this server does not have are missing. */
    abstract JsonLine status() throws IOException;

    @Override
    public abstract void close() throws IOException;

    private static final class Sink extends Server {
        private final Child child;

        Sink(int core, List<String> options) throws IOException {
            List<String> command =
                    new ArrayList<>(Layout.java("", List.of("-Xms512m", "-Xmx1g"), SinkProcess.class.getName()));
            command.addAll(options);
            child = Child.start(core, command);
        }

        @Override
        int port() {
            try {
                return (int) status().number("port");
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        JsonLine status() throws IOException {
            return child.ask("status");
        }

        @Override
        public void close() throws IOException {
            child.close();
        }
    }

    private static final class SmtpSinkOfPostfix extends Server {
        private final int port = freePort();
        private final Process process;

        SmtpSinkOfPostfix(int core) throws IOException {
            List<String> command = List.of(
                    "env",
                    "LD_LIBRARY_PATH=" + Layout.POSTFIX + "/usr/lib/postfix",
                    Layout.POSTFIX + "/usr/sbin/smtp-sink",
                    "-u",
                    "nobody",
                    "-m",
                    "4000",
                    "inet:127.0.0.1:" + port,
                    "1000");
            process = spawn(Child.pinned(core, command));
            awaitPort(port);
        }

        @Override
        int port() {
            return port;
        }

        @Override
        JsonLine status() {
            return new JsonLine();
        }

        @Override
        public void close() {
            process.destroy();
        }
    }

    private static final class Postfix extends Server {
        private final List<Integer> ports = List.of(freePort(), freePort(), freePort());
        private final Path directory;

        Postfix(int core) throws IOException {
            directory = Files.createTempDirectory(Path.of("/tmp"), "postfix");
            List<String> command = new ArrayList<>(List.of("servers/postfix.sh", "start", directory.toString()));
            ports.forEach(port -> command.add(Integer.toString(port)));
            await(spawn(Child.pinned(core, command)));
        }

        @Override
        int port() {
            return ports.get(0);
        }

        @Override
        JsonLine status() {
            return new JsonLine();
        }

        @Override
        public void close() throws IOException {
            await(spawn(List.of("servers/postfix.sh", "stop", directory.toString())));
            await(spawn(List.of("rm", "-rf", directory.toString())));
        }
    }

    private static Process spawn(List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(Layout.LOG.toFile()))
                .start();
    }

    private static void await(Process process) throws IOException {
        try {
            if (process.waitFor() != 0) {
                throw new IOException(Collections.singleton(process.info()) + " has failed, see " + Layout.LOG);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void awaitPort(int port) throws IOException {
        for (int i = 0; ; i++) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 100);
                return;
            } catch (IOException e) {
                if (i == 100) {
                    throw e;
                }
                pause();
            }
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
