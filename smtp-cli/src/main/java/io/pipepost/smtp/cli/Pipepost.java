/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.protocol.Printable;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program. */
@Command(
        name = "pipepost",
        description = "Sends mail by SMTP, receives it for tests, and shows both.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = Pipepost.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        usageHelpAutoWidth = true,
        sortOptions = false)
public final class Pipepost implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private Pipepost() {}

    /**
     * Runs the program and ends the process.
     *
     * @param args a command and its options
     */
    public static void main(String[] args) {
        System.exit(run(Terminal.system(), args));
    }

    /** Runs the program without ending the process; returns its exit status. */
    static int run(Terminal terminal, String... args) {
        String fault = ArgumentCharset.fault(args);
        if (fault != null) {
            terminal.err().println("pipepost: " + fault);
            return ExitStatus.USAGE;
        }
        try {
            return commandLine(terminal).execute(args);
        } catch (OutOfMemoryError e) {
            terminal.err().println("pipepost: not enough memory (" + e.getMessage() + "): java -Xmx8g gives it more");
            return ExitStatus.SOFTWARE;
        }
    }

    /** All commands with their options. */
    static CommandLine commandLine(Terminal terminal) {
        CommandLine line = new CommandLine(new Pipepost())
                .addSubcommand(new SendCommand(terminal))
                .addSubcommand(new BulkCommand(terminal))
                .addSubcommand(new LoadCommand(terminal))
                .addSubcommand(new SinkCommand(terminal))
                .addSubcommand(new DemoCommand(terminal));
        Converters.register(line);
        // What a message says may begin with an @, and must not be taken for the name of a file.
        return line.setExpandAtFiles(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))
                .setExecutionStrategy(Pipepost::execute)
                .setParameterExceptionHandler(Pipepost::usageError)
                .setExecutionExceptionHandler(Pipepost::softwareError);
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "a command is missing, one of send, bulk, load, sink and demo");
    }

    private static int usageError(ParameterException error, String[] args) {
        String name = error.getCommandLine().getCommandSpec().qualifiedName();
        error.getCommandLine().getErr().println(name + ": " + shown(message(error)) + " (see '" + name + " --help')");
        return ExitStatus.USAGE;
    }

    /** Behind the name of an unknown option may stand a password. */
    private static String message(ParameterException error) {
        if (error instanceof UnmatchedArgumentException unmatched
                && unmatched.getUnmatched().get(0).startsWith("-")) {
            String option = unmatched.getUnmatched().get(0);
            int equals = option.indexOf('=');
            return "Unknown option: '" + (equals < 0 ? option : option.substring(0, equals)) + "'";
        }
        return Text.printable(String.valueOf(error.getMessage()));
    }

    /** Values that would silently replace each other: {@code --timeout mail=1s --timeout mail=2s}. */
    private static int execute(ParseResult parsed) {
        for (ParseResult result = parsed; result != null; result = result.subcommand()) {
            for (OptionSpec option : result.matchedOptions()) {
                requireDistinct(option, result.commandSpec());
            }
        }
        return new RunLast().execute(parsed);
    }

    private static void requireDistinct(OptionSpec option, CommandSpec command) {
        if (option.getValue() instanceof Map<?, ?> map
                && map.size() < option.originalStringValues().size()) {
            throw new ParameterException(
                    command.commandLine(),
                    option.longestName() + ": the same phase is given twice in "
                            + String.join(" and ", option.originalStringValues()));
        }
    }

    private static int softwareError(Exception error, CommandLine line, ParseResult parsed) {
        if (error instanceof CommandFailedException failed) {
            line.getErr().println(line.getCommandSpec().qualifiedName() + ": " + shown(error.getMessage()));
            return failed.status();
        }
        line.getErr()
                .println(line.getCommandSpec().qualifiedName() + ": this is an error in the program: "
                        + shown(error.toString()));
        return ExitStatus.SOFTWARE;
    }

    /** Arguments, names of files and foreign messages may hold anything (S-49). */
    private static String shown(@Nullable String message) {
        return Printable.of(String.valueOf(message), Integer.MAX_VALUE);
    }

    /** The version of the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Pipepost.class.getPackage().getImplementationVersion();
            return new String[] {"pipepost " + (version == null ? "(not packaged)" : version)};
        }
    }
}
