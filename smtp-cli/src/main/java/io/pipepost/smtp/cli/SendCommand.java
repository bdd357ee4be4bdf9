/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.Transcript;
import io.pipepost.smtp.mail.ContentSigner;
import io.pipepost.smtp.mail.Envelope;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.mime.MailMessage;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.ReversePath;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pipepost send}. */
@Command(
        name = "send",
        description = "Sends a message.",
        sortOptions = false,
        customSynopsis = "pipepost send --server HOST:PORT --from ADDR --to ADDR..."
                + " (--data FILE|- | --subject TEXT --text TEXT...) [OPTION]...",
        footer = {
            "",
            "Exit status: 0 all recipients accepted; 1 somebody rejected; 2 not sent, so that sending again cannot"
                    + " duplicate; 3 not known for somebody, so that it may; 64 wrong arguments."
        })
@SuppressWarnings("NullAway.Init") // set by picocli
final class SendCommand implements Callable<Integer> {
    private static final String UNSIGNED_ONE_CLICK = """
            WARNING: The offer to unsubscribe with one click is heeded only if it is signed (RFC 8058): unless the
            WARNING: server signs it, give --dkim-key, --dkim-selector and --dkim-domain.""";

    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--from",
            required = true,
            paramLabel = "ADDR",
            description = "The envelope's sender, '' for the null reverse-path; also From of a composed message, with a"
                    + " name if wanted: 'Jo Doe <jo@example.com>'.")
    private String from;

    @Option(names = "--to", paramLabel = "ADDR", description = "A recipient; repeatable.")
    private List<String> to = new ArrayList<>();

    @Option(
            names = "--cc",
            paramLabel = "ADDR",
            description = "Another recipient, in Cc of a composed message; repeatable.")
    private List<String> cc = new ArrayList<>();

    @Option(
            names = "--bcc",
            paramLabel = "ADDR",
            description = "Another recipient, not named in a composed message; repeatable.")
    private List<String> bcc = new ArrayList<>();

    @Option(
            names = "--data",
            paramLabel = "FILE|-",
            description = "The message, header and body, as it is to be sent; - is standard input.")
    private @Nullable String data;

    @Mixin
    private ComposeOptions compose;

    @Mixin
    private DkimOptions dkim;

    @Option(names = "--all-or-nothing", description = "Delivers to nobody if a recipient is refused.")
    private boolean allOrNothing;

    @Option(
            names = "--bare-newlines",
            paramLabel = "normalize|reject",
            description = "What to do with a CR or LF that is not part of a CRLF (default: normalize).")
    private ContentOptions.BareNewlines bareNewlines = ContentOptions.BareNewlines.NORMALIZE;

    @Option(names = "--repeat", paramLabel = "N", description = "Sends the same message N times.")
    private int repeat = 1;

    @Option(names = "--json", description = "Prints one line of JSON for each message, and nothing else.")
    private boolean json;

    @Option(
            names = "--transcript",
            arity = "0..1",
            paramLabel = "full",
            fallbackValue = "short",
            description = "Shows the dialogue on standard error; with =full the content as well.")
    private @Nullable String transcript;

    @Mixin
    private ConnectionOptions connection;

    SendCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Numbers.require(spec, "--repeat", repeat, 1, Integer.MAX_VALUE);
        ContentSigner signer = signer();
        LastSession last = new LastSession(connection.server(), this::tell);
        SmtpObserver observer = new TeeObserver(last, transcript());
        ContentOptions options = ContentOptions.DEFAULT.withBareNewlines(bareNewlines);
        ExecutorService printing = Executors.newSingleThreadExecutor();
        try (Outgoing outgoing = outgoing();
                SmtpClient client =
                        connection.newClient(terminal, options, observer, ConnectionOptions.WINDOW, printing, signer)) {
            return send(client, outgoing.message(), last);
        } finally {
            printing.shutdown();
        }
    }

    private int send(SmtpClient client, Message message, LastSession last) throws InterruptedException {
        OutcomePrinter printer = new OutcomePrinter(terminal, json);
        Semaphore window = new Semaphore(ConnectionOptions.WINDOW);
        for (int i = 0; i < repeat; i++) {
            String id = String.valueOf(i);
            window.acquire();
            long start = System.nanoTime();
            client.send(message).whenComplete((result, error) -> {
                try {
                    long millis = (System.nanoTime() - start) / 1_000_000;
                    printer.print(SendOutcome.of(id, message, last, result, error, millis));
                } finally {
                    window.release();
                }
            });
        }
        window.acquire(ConnectionOptions.WINDOW);
        return printer.exitStatus();
    }

    /** What is sent, and what has to be tidied up behind it. */
    private record Outgoing(Message message, @Nullable MessageSource source) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            if (source != null) {
                source.close();
            }
        }
    }

    private Outgoing outgoing() {
        if (to.isEmpty() && cc.isEmpty() && bcc.isEmpty()) {
            throw usage("a recipient is missing, give --to, --cc or --bcc");
        }
        String composing = compose.firstUsed();
        String file = data;
        if (file == null) {
            return new Outgoing(composed(composing), null);
        }
        if (composing != null) {
            throw usage("--data is a whole message, so " + composing + " cannot be added to it");
        }
        Envelope envelope = envelope();
        MessageSource source = checked(() -> MessageSource.open(file, terminal.in()));
        return new Outgoing(new Message(envelope, source.content(), policy()), source);
    }

    private Message composed(@Nullable String composing) {
        if (composing == null) {
            throw usage("--data is missing, or what to compose: " + ComposeOptions.ALL);
        }
        MailMessage mail = checked(() -> compose.compose(from, to, cc, bcc, terminal.in()));
        if (mail.offersOneClick() && !dkim.isUsed()) {
            terminal.err().println(UNSIGNED_ONE_CLICK);
        }
        return new Message(mail.envelope(), mail.content(), policy());
    }

    private RecipientPolicy policy() {
        return allOrNothing ? RecipientPolicy.ALL : RecipientPolicy.ANY;
    }

    private Envelope envelope() {
        List<ForwardPath> recipients = new ArrayList<>();
        to.forEach(address -> recipients.add(recipient("--to", address)));
        cc.forEach(address -> recipients.add(recipient("--cc", address)));
        bcc.forEach(address -> recipients.add(recipient("--bcc", address)));
        try {
            return new Envelope(ReversePath.of(from), recipients);
        } catch (SmtpSyntaxException e) {
            throw usage("--from: " + e.getMessage());
        }
    }

    private ForwardPath recipient(String option, String address) {
        try {
            return ForwardPath.of(address);
        } catch (SmtpSyntaxException e) {
            throw usage(option + ": " + e.getMessage());
        }
    }

    private @Nullable ContentSigner signer() {
        try {
            return dkim.signer();
        } catch (UsageException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    private <T> T checked(Supplier<T> step) {
        try {
            return step.get();
        } catch (UsageException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    private SmtpObserver transcript() {
        if (transcript == null) {
            return SmtpObserver.NONE;
        }
        return switch (transcript) {
            case "short" -> Transcript.to(this::show);
            case "full" -> Transcript.full(this::show);
            default -> throw usage("--transcript: expected nothing or =full, found '" + transcript + "'");
        };
    }

    /** A transcript says it, too. */
    private void tell(String sentence) {
        if (transcript == null) {
            terminal.err().println("pipepost send: " + sentence);
        }
    }

    private void show(String line) {
        terminal.err().println(OptionNames.inNote(line));
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
