/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Every option of every command with values that it must not take, found by asking the commands for their options: one
 * line that names it, a status that says so, and never a wait, a trace or an attempt.
 */
@EnabledOnOs(OS.LINUX)
class WrongOptionsTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private static final Set<String> FILES = Set.of("--data", "--attach", "--dkim-key", "INPUT");

    /** What may be a FIFO, since {@code <(command)} is one: they wait until somebody writes, as cat does. */
    private static final Set<String> MAY_BE_FIFO =
            Set.of("--password-file", "--token-file", "--dkim-key", "--data", "INPUT");

    /** What is made if it is missing. */
    private static final Set<String> MADE = Set.of("--ledger", "--write-ca", "--save");

    /** What is a directory. */
    private static final Set<String> DIRECTORIES = Set.of("--save", "INPUT");

    /** Numbers without a sensible end: the most that the type has. */
    private static final Set<String> ENDLESS =
            Set.of("--repeat", "--messages", "--warmup", "--max-recipients", "--give-up-after");

    @TempDir
    private static Path directory;

    @BeforeAll
    static void makeFiles() throws Exception {
        Files.writeString(directory.resolve("file"), "Subject: x\n\nx\n");
        Files.createDirectory(directory.resolve("directory"));
        Files.createSymbolicLink(directory.resolve("loop"), directory.resolve("loop"));
        assertThat(new ProcessBuilder("mkfifo", directory.resolve("fifo").toString())
                        .start()
                        .waitFor())
                .isZero();
    }

    private static Stream<CommandSpec> commands() {
        CommandLine line = Pipepost.commandLine(new Terminal(
                CliRun.stream(new ByteArrayOutputStream()),
                CliRun.stream(new ByteArrayOutputStream()),
                InputStream.nullInputStream(),
                name -> null,
                null));
        return line.getSubcommands().values().stream().map(CommandLine::getCommandSpec);
    }

    /** Each command's options that are not hidden, without those for help. */
    private static Stream<Map.Entry<String, OptionSpec>> options() {
        return commands()
                .flatMap(command -> command.options().stream()
                        .filter(option -> !option.hidden() && !option.usageHelp() && !option.versionHelp())
                        .map(option -> Map.entry(command.name(), option)));
    }

    private static boolean isNumber(OptionSpec option) {
        return Set.of(int.class, long.class, Integer.class, Double.class)
                .contains(option.typeInfo().getType());
    }

    static Stream<Arguments> numbers() {
        List<String> values = List.of("-1", "", "x", "2147483647", "99999999999999999999", "NaN");
        return options()
                .filter(entry -> isNumber(entry.getValue()))
                .flatMap(entry -> values.stream()
                        .filter(value -> !value.endsWith("7") || !ENDLESS.contains(name(entry)))
                        .map(value -> Arguments.of(entry.getKey(), name(entry), value)));
    }

    private static String name(Map.Entry<String, OptionSpec> entry) {
        return entry.getValue().longestName();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("numbers")
    void takesNoNumberOutOfRange(String command, String option, String value) {
        assertUsageError(run(command, List.of(option, value)), option);
    }

    static Stream<Arguments> zeros() {
        return options()
                .filter(entry -> isNumber(entry.getValue()))
                .filter(entry ->
                        !Set.of("--port", "--warmup", "--give-up-after").contains(name(entry)))
                .map(entry -> Arguments.of(entry.getKey(), name(entry)));
    }

    @ParameterizedTest(name = "{0} {1} 0")
    @MethodSource("zeros")
    void takesNoZeroWhereItMeansNothing(String command, String option) {
        assertUsageError(run(command, List.of(option, "0")), option);
    }

    static Stream<Arguments> paths() {
        Stream<Map.Entry<String, String>> named = options()
                .filter(entry -> entry.getValue().typeInfo().getType() == Path.class || FILES.contains(name(entry)))
                .map(entry -> Map.entry(entry.getKey(), name(entry)));
        return Stream.concat(named, Stream.of(Map.entry("bulk", "INPUT"), Map.entry("send", "--inline")))
                .flatMap(entry ->
                        states(entry.getValue()).map(state -> Arguments.of(entry.getKey(), entry.getValue(), state)));
    }

    private static Stream<String> states(String option) {
        List<String> states = new ArrayList<>(List.of("", "file/below", "loop"));
        if (!MADE.contains(option)) {
            states.add("missing");
        }
        states.add(DIRECTORIES.contains(option) ? "directory/missing/missing" : "directory");
        if (!MAY_BE_FIFO.contains(option)) {
            states.add("fifo");
        }
        if (option.equals("--save")) {
            states.remove("directory/missing/missing");
            states.add("file");
        }
        return states.stream();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("paths")
    void takesNoPathThatIsNotWhatItShouldBe(String command, String option, String state) {
        String path = state.isEmpty() ? "" : directory.resolve(state).toString();
        List<String> args = switch (option) {
            case "INPUT" -> List.of(path);
            case "--password-file", "--token-file" -> List.of("--user", "u", option, path);
            case "--cert" -> List.of("--cert", path, "--key", file());
            case "--key" -> List.of("--key", path, "--cert", file());
            case "--dkim-key" -> List.of(option, path, "--dkim-selector", "s", "--dkim-domain", "d.test");
            case "--attach" -> List.of("--subject", "x", option, path);
            case "--inline" -> List.of("--html", "x", option, "cid=" + path);
            default -> List.of(option, path);
        };
        CliRun run = run(command, args);
        if (option.equals("--ledger") && !path.isEmpty()) {
            assertError(run, option, 74);
        } else {
            assertUsageError(run, option);
        }
        assertThat(run.err()).contains(option.equals("--dkim-key") ? "" : path);
    }

    static Stream<Arguments> durations() {
        return Stream.of(
                        List.of("send", "--timeout", "mail=-1s"),
                        List.of("send", "--timeout", "mail=8761h"),
                        List.of("send", "--timeout", "mail=999999999h"),
                        List.of("send", "--timeout", "total=999999999h"),
                        List.of("send", "--timeout", "mail=99999999999999999999s"),
                        List.of("send", "--timeout", "mail="),
                        List.of("send", "--timeout", "=1s"),
                        List.of("send", "--timeout", "mail"),
                        List.of("sink", "--latency", "999999999h"),
                        List.of("sink", "--latency", "-1s"))
                .map(row -> Arguments.of(row.get(0), row.get(1), row.get(2)));
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("durations")
    void takesNoDurationOutOfRange(String command, String option, String value) {
        assertUsageError(run(command, List.of(option, value)), option);
    }

    static Stream<Arguments> twice() {
        return options()
                .filter(entry -> !entry.getValue().isMultiValue())
                .map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("twice")
    void takesNoOptionTwiceThatCanHaveOneValue(String command, OptionSpec option) {
        List<String> once = option.arity().max() == 0
                        || option.fallbackValue() != null
                                && !option.fallbackValue().isEmpty()
                ? List.of(option.longestName())
                : List.of(option.longestName(), sample(option));
        List<String> args = new ArrayList<>(once);
        args.addAll(once);
        assertUsageError(run(command, args), option.longestName());
    }

    private String sample(OptionSpec option) {
        Class<?> type = option.typeInfo().getType();
        if (type.isEnum()) {
            return type.getEnumConstants()[0].toString();
        }
        return switch (option.longestName()) {
            case "--tls" -> "implicit";
            case "--local-address" -> "127.0.0.1";
            case "--latency" -> "1s";
            case "--drop-after" -> "rcpt";
            case "--auth" -> "PLAIN";
            case "--size" -> "1000";
            default -> isNumber(option) ? "1" : file();
        };
    }

    static Stream<Arguments> contradictions() {
        return Stream.of(
                Arguments.of("send", List.of("smtps://h", "--tls none"), "--server smtps://h --tls none"),
                Arguments.of("load", List.of("smtps://h", "--tls starttls"), "--server smtps://h --tls starttls"),
                Arguments.of("bulk", List.of("smtps://h", "--tls if-offered"), "--server smtps://h --tls if-offered"),
                Arguments.of(
                        "send",
                        List.of("smtps://h", "--tls none"),
                        "--server smtp://g --server smtps://u@h:10465 --tls none"),
                Arguments.of("send", List.of("--ca", "--insecure"), "--ca FILE --insecure"),
                Arguments.of("load", List.of("--in-flight 8", "--pipelining off"), "--in-flight 8 --pipelining off"),
                Arguments.of(
                        "send", List.of("--auth PLAIN", "--token-file"), "--user u --token-file FILE --auth plain"),
                Arguments.of(
                        "send", List.of("--auth XOAUTH2", "token"), "--user u --password-file FILE --auth xoauth2"),
                Arguments.of("send", List.of("--user", "--server"), "--user u --server smtp://v@h"),
                Arguments.of("send", List.of("--data", "--subject"), "--data FILE --subject x"),
                Arguments.of("send", List.of("--text", "--html"), "--text - --html -"),
                Arguments.of("bulk", List.of("INPUT", "--ledger"), "FILE --ledger FILE"),
                Arguments.of(
                        "send", List.of("--timeout", "mail=1s and MAIL=2s"), "--timeout mail=1s --timeout MAIL=2s"),
                Arguments.of("sink", List.of("--reply", "rcpt=450"), "--reply rcpt=450 --reply rcpt=550"),
                Arguments.of("load", List.of("--disable", "X Y"), "--disable X_Y"),
                Arguments.of("load", List.of("--disable", "''"), "--disable _"),
                Arguments.of("sink", List.of("--hide", "AUTH=PLAIN"), "--hide AUTH=PLAIN"),
                Arguments.of("load", List.of("--size", "-Xmx"), "--size 2000000000"));
    }

    /** In the table underscores stand for blanks; one alone for nothing. */
    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("contradictions")
    void namesBothOptionsThatContradictEachOther(String command, List<String> named, String args) {
        List<String> split = Stream.of(args.replace("FILE", file()).split(" "))
                .map(arg -> arg.equals("_") ? "" : arg.replace('_', ' '))
                .toList();
        CliRun run = run(command, split);
        assertUsageError(run, named.get(0));
        assertThat(run.err()).contains(named);
    }

    @ParameterizedTest
    @MethodSource("secrets")
    void readsNoMoreOfASecretThanItsFirstLine(String option, Path file, String reason) throws IOException {
        CliRun run = run("send", List.of("--user", "u", option, file.toString()));
        assertUsageError(run, option);
        assertThat(run.err()).contains(reason);
    }

    static Stream<Arguments> secrets() {
        return Stream.of("--password-file", "--token-file")
                .map(option -> Arguments.of(option, Path.of("/dev/zero"), "longer than any secret"));
    }

    private static String file() {
        return directory.resolve("file").toString();
    }

    private CliRun run(String command, List<String> more) {
        List<String> args = new ArrayList<>(List.of(command));
        Map<String, List<String>> needed = switch (command) {
            case "send" ->
                Map.of(
                        "--server", List.of("127.0.0.1:1"),
                        "--from", List.of("a@b.test"),
                        "--to", List.of("c@d.test"),
                        "--data", List.of(file()));
            case "bulk" ->
                Map.of(
                        "--server", List.of("127.0.0.1:1"),
                        "--ledger", List.of(directory.resolve("ledger").toString()));
            case "load" -> Map.of("--server", List.of("127.0.0.1:1"), "--warmup", List.of("0"));
            case "sink" -> Map.of("--port", List.of("0"));
            default -> Map.of();
        };
        boolean composed =
                more.stream().anyMatch(arg -> arg.matches("--(subject|html|text)")) && !more.contains("--data");
        needed.forEach((option, value) -> {
            if (!more.contains(option) && !(composed && option.equals("--data"))) {
                args.add(option);
                args.addAll(value);
            }
        });
        if (command.equals("bulk") && (more.isEmpty() || more.get(0).startsWith("--"))) {
            args.add(file());
        }
        args.addAll(more);
        return assertTimeoutPreemptively(SOON, () -> CliRun.of(args));
    }

    private static void assertUsageError(CliRun run, String option) {
        assertError(run, option, 64);
    }

    private static void assertError(CliRun run, String option, int status) {
        assertThat(run.err().lines()).as("one line in %s", run.err()).hasSize(1);
        assertThat(run.err()).contains(option).doesNotContain("Exception").doesNotContain("error in the program");
        assertThat(run.out()).isEmpty();
        assertThat(run.status()).as(run.err()).isEqualTo(status);
    }
}
