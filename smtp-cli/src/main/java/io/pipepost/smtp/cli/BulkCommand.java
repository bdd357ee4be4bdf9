/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.SmtpClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pipepost bulk}. */
@Command(
        name = "bulk",
        description = "Sends many messages, and continues where it has stopped.",
        sortOptions = false,
        customSynopsis = "pipepost bulk INPUT --ledger FILE --server HOST:PORT [OPTION]...",
        footer = {
            "",
            "Run again with the same ledger, it sends what is missing or was not sent. SIGINT and SIGTERM let it finish"
                    + " what is under way.",
            "",
            "Exit status: 0 all accepted; 1 somebody rejected, or broken input skipped; 2 something not sent, so run"
                    + " again; 3 not known for somebody; 4 interrupted; 64 wrong arguments; 65 broken input; 74 a file"
                    + " cannot be read or written; 75 the ledger is in use."
        })
@SuppressWarnings("NullAway.Init") // set by picocli
final class BulkCommand implements Callable<Integer> {
    private static final int SYNC_WINDOW = 1_000;

    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "INPUT",
            arity = "1",
            description = "A directory of X.eml, each with its envelope in X.json, or a file of lines"
                    + " {\"id\",\"from\",\"to\":[...],\"data\" or \"file\"}.")
    private Path source;

    @Option(
            names = "--ledger",
            required = true,
            paramLabel = "FILE",
            description = "What became of each message; made if it does not exist.")
    private Path ledgerFile;

    @Option(
            names = "--sync",
            description = "Forces the ledger's lines to the disk as they are written, so that it is right even after a"
                    + " loss of power; without it, after a kill -9. Slower.")
    private boolean sync;

    @Option(
            names = "--resend-indeterminate",
            description = "Also sends again what may have arrived already: makes duplicates.")
    private boolean resendIndeterminate;

    @Option(
            names = "--on-error",
            paramLabel = "fail|skip",
            description = "What to do at broken input: finish what is under way and end, or report it and go on"
                    + " (default: fail).")
    private OnError onError = OnError.FAIL;

    @Option(
            names = "--give-up-after",
            paramLabel = "N",
            description = "Ends after so many messages in a row that could not be sent; 0 for never (default: 100).")
    private int giveUpAfter = 100;

    @Option(
            names = "--bare-newlines",
            paramLabel = "normalize|reject",
            description = "What to do with a CR or LF that is not part of a CRLF (default: normalize).")
    private ContentOptions.BareNewlines bareNewlines = ContentOptions.BareNewlines.NORMALIZE;

    @Option(names = "--json", description = "Prints the ledger's new result lines, and nothing else.")
    private boolean json;

    @Mixin
    private ConnectionOptions connection;

    enum OnError {
        FAIL,
        SKIP
    }

    BulkCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Numbers.require(spec, "--give-up-after", giveUpAfter, 0, Integer.MAX_VALUE);
        LastSession last = new LastSession(connection.server(), sentence -> {});
        ContentOptions content = ContentOptions.DEFAULT.withBareNewlines(bareNewlines);
        try (SmtpClient client = connection.newClient(terminal, content, last, window(), null, null);
                BulkInput input = open();
                Ledger ledger = Ledger.open(ledgerFile, sync)) {
            if (ledger.dropped() > 0) {
                terminal.err()
                        .println("pipepost bulk: cut off " + ledger.dropped()
                                + " octets at the ledger's end, which were not written completely");
            }
            if (ledger.wasEmpty()) {
                terminal.err()
                        .println("pipepost bulk: the ledger " + ledgerFile
                                + " was there and empty: nothing is known of what earlier runs have sent");
            }
            return run(input, ledger, client, last);
        }
    }

    private BulkInput open() {
        try {
            if (Files.exists(ledgerFile) && Files.isSameFile(source, ledgerFile)) {
                throw new ParameterException(spec.commandLine(), "INPUT and --ledger name the same file, " + source);
            }
            return BulkInput.open(source);
        } catch (IOException e) {
            throw new ParameterException(spec.commandLine(), "INPUT: cannot read " + source + ": " + Text.reason(e));
        }
    }

    /** With a disk to wait for, more messages at a time share the waiting. */
    private int window() {
        return sync ? Math.max(SYNC_WINDOW, connection.window()) : connection.window();
    }

    private int run(BulkInput input, Ledger ledger, SmtpClient client, LastSession last) throws InterruptedException {
        BulkRun.Setup setup = new BulkRun.Setup(
                terminal, client, last, window(), giveUpAfter, onError == OnError.SKIP, resendIndeterminate, json);
        return new BulkRun(input, ledger, setup).run();
    }
}
