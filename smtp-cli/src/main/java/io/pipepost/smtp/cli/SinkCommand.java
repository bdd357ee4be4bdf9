/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.testing.Phase;
import io.pipepost.smtp.testing.SinkCounters;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pipepost sink}. */
@Command(
        name = "sink",
        description = "Takes mail on 127.0.0.1 and delivers none; for tests.",
        sortOptions = false,
        customSynopsis = "pipepost sink [OPTION]...",
        footer = {
            "",
            "Prints 'ready HOST:PORT' once it listens, and what it has counted when it is ended by SIGINT or SIGTERM."
        })
@SuppressWarnings("NullAway.Init") // set by picocli
final class SinkCommand implements Callable<Integer> {
    private static final Pattern REPLY = Pattern.compile("([2-5]\\d\\d)(?: (.*))?");

    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Option(names = "--port", paramLabel = "N", description = "The port (default: 2525); 0 takes a free one.")
    private int port = 2525;

    @Option(
            names = "--tls",
            paramLabel = "none|starttls|implicit",
            description = "TLS with a certificate made at start (default: starttls).")
    private Tls tls = Tls.STARTTLS;

    @Option(names = "--write-ca", paramLabel = "FILE", description = "Writes the CA of its certificate, PEM.")
    private @Nullable Path caFile;

    @Option(names = "--user", paramLabel = "USER", description = "Demands that this user logs in.")
    private @Nullable String user;

    @Option(names = "--password-file", paramLabel = "FILE", description = "The password is this file's first line.")
    private @Nullable Path passwordFile;

    @Option(names = "--password-env", paramLabel = "NAME", description = "The password is in this variable.")
    private @Nullable String passwordEnv;

    @Option(names = "--password", hidden = true, arity = "0..1", fallbackValue = "")
    private @Nullable String secretArgument;

    @Option(
            names = "--save",
            paramLabel = "DIR",
            description = "Saves each message as N.eml with its envelope as N.json.")
    private @Nullable Path directory;

    @Option(names = "--latency", paramLabel = "DURATION", description = "Delays replies, such as 20ms.")
    private Duration latency = Duration.ZERO;

    @Option(
            names = "--hide",
            paramLabel = "KEYWORD",
            converter = Converters.Keyword.class,
            description = "Does not offer an extension; repeatable.")
    private List<String> hidden = new ArrayList<>();

    @Option(
            names = "--reply",
            paramLabel = "PHASE=REPLY",
            description = "What to reply at a phase, such as 'rcpt=451 4.7.1 later'; repeatable.")
    private Map<Phase, String> replies = new LinkedHashMap<>();

    @Option(
            names = "--drop-after",
            paramLabel = "PHASE",
            description = "Closes each connection at a phase, in place of the reply. PHASE is a verb, greeting or"
                    + " end-of-data.")
    private @Nullable Phase dropAfter;

    enum Tls {
        NONE,
        STARTTLS,
        IMPLICIT
    }

    SinkCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        try (SmtpSink sink = start(builder())) {
            writeCa(sink);
            terminal.out().println("ready " + sink.host() + ":" + sink.port());
            return awaitEnd(sink);
        }
    }

    private SmtpSink.Builder builder() {
        Numbers.require(spec, "--port", port, 0, 65_535);
        SmtpSink.Builder builder = SmtpSink.builder().port(port).latency(latency);
        switch (tls) {
            case STARTTLS -> builder.startTls();
            case IMPLICIT -> builder.implicitTls();
            case NONE -> {}
        }
        hidden.forEach(builder::hide);
        replies.forEach((phase, reply) -> builder.reply(phase, reply(reply)));
        if (dropAfter != null) {
            builder.dropAfter(dropAfter);
        }
        try {
            demandLogin(builder);
            if (directory != null) {
                builder.onMessage(new MessageArchive(directory)::save);
            }
        } catch (UsageException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
        return builder;
    }

    private void demandLogin(SmtpSink.Builder builder) {
        LoginOptions.requireNoSecretArgument(secretArgument);
        String password = LoginOptions.password(passwordFile, passwordEnv, terminal);
        if ((user == null) != (password == null)) {
            throw new UsageException("--user and one of --password-file and --password-env go together");
        }
        if (user != null && password != null) {
            builder.credentials(user, password).requireAuth();
        }
    }

    private Reply reply(String text) {
        Matcher matcher = REPLY.matcher(text);
        if (!matcher.matches()) {
            throw usage("--reply: expected a reply such as '451 4.7.1 later', found '" + text + "'");
        }
        String rest = matcher.group(2);
        return Reply.of(Integer.parseInt(matcher.group(1)), rest == null ? "" : rest);
    }

    private static SmtpSink start(SmtpSink.Builder builder) {
        try {
            return builder.start();
        } catch (IllegalStateException e) {
            String why = e.getCause() == null ? "" : ": " + e.getCause().getMessage();
            throw new CommandFailedException(e.getMessage() + why);
        }
    }

    private void writeCa(SmtpSink sink) {
        if (caFile == null) {
            return;
        }
        try {
            if (Files.exists(caFile)) {
                InputFiles.requireRegular(caFile);
            }
            Files.writeString(caFile, sink.certificates().authorityPem());
        } catch (IOException e) {
            throw usage("--write-ca: cannot write " + caFile + ": " + Text.reason(e));
        }
    }

    /** Until the process is told to end, or, in tests, the thread is. */
    private int awaitEnd(SmtpSink sink) {
        CompletableFuture<Integer> signal = new CompletableFuture<>();
        CountDownLatch counted = new CountDownLatch(1);
        Interrupts interrupts = Interrupts.handle(number -> {
            signal.complete(number);
            Interrupts.await(counted);
        });
        int status;
        try {
            status = Interrupts.status(signal.get());
        } catch (InterruptedException | ExecutionException e) {
            status = 0;
        }
        printCounters(sink);
        counted.countDown();
        interrupts.close();
        return status;
    }

    private void printCounters(SmtpSink sink) {
        sink.close();
        SinkCounters counters = sink.counters();
        terminal.out()
                .printf(
                        "connections %d, messages %d, octets %d, recipients accepted %d, refused %d%n",
                        counters.connections(),
                        counters.messages(),
                        counters.octets(),
                        counters.recipientsAccepted(),
                        counters.recipientsRefused());
        terminal.out().flush();
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
