/* SPDX-License-Identifier: Apache-2.0 */

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Counts how the client is built, of a checkout that was compiled, so that two commits can be compared:
 *
 * <pre>
 *   mvn -q test-compile
 *   java docs/numbers/Numbers.java [checkout]
 * </pre>
 */
final class Numbers {
    private static final String CLIENT = "io.pipepost.smtp.client.";
    private static final String INTERNAL = CLIENT + "internal.";

    /** What marks, in code without comments, a class that decides a rule. What only carries out or names it is left out. */
    private static final Map<String, String> RULES = new LinkedHashMap<>();

    static {
        RULES.put("when is an outcome INDETERMINATE", "(?<!case )(?<!Disposition\\.)Decision\\.(ALL_)?INDETERMINATE"
                + "|(settle\\w*|giveUp|all)\\([^)]*Disposition\\.INDETERMINATE(?![^;]*reason\\);)");
        RULES.put("is a missing or odd reply a no, or nothing", "private [^;(]* doubt\\w*(?<!doubts)( =[^;]*)?;");
        RULES.put("may DATA or BDAT go with MAIL and RCPT", "contentWithEnvelope\\s*[=(,)]\\s*(?!\\))|withEnvelope\\(Request");
        RULES.put("does a session take another transaction", "retired = true|retirement = why");
        RULES.put("what a 421 means", "code\\(\\) == 421|Event\\.SERVER_CLOSING\\)|SERVER_CLOSING\\), known");
        RULES.put("may this thread wait", "permitBlockingCalls\\(|loop\\.inEventLoop\\(\\)\\) \\{\\s*return (false|true)");
        RULES.put("PIPELINING in force", "has\\(Extension\\.PIPELINING\\)");
        RULES.put("a recipient's domain", "mailbox\\.domain\\(\\)\\.toLowerCase|domain\\(\\)\\.toLowerCase");
        RULES.put("512 octets a line", "LINE\\w* = 512\\b");
        RULES.put("unwrapping CompletionException", "instanceof CompletionException|instanceof java.util.concurrent.CompletionException|\\(CompletionException e\\) \\{\\s*\\w[^;]*e\\.getCause");
        RULES.put("\"the client is closed\"", "\"The client is closed");
        RULES.put("waiting for room", "WhenFull\\.WAIT\\b");
    }

    private final Path root;
    private final Map<String, String> sources = new TreeMap<>();
    private final Map<String, Set<String>> graph = new TreeMap<>();

    private Numbers(Path root) {
        this.root = root;
    }

    public static void main(String[] args) throws IOException {
        Numbers numbers = new Numbers(Path.of(args.length == 0 ? "." : args[0]));
        numbers.read();
        numbers.rules();
        numbers.calls();
        numbers.knots();
        numbers.sizes();
        numbers.confinement();
    }

    // ---- what there is

    private List<Path> modules(String below) throws IOException {
        try (Stream<Path> all = Files.list(root)) {
            return all.filter(each -> each.getFileName().toString().startsWith("smtp-"))
                    .map(each -> each.resolve(below))
                    .filter(Files::isDirectory)
                    .sorted()
                    .toList();
        }
    }

    private void read() throws IOException {
        for (Path module : modules("src/main/java")) {
            try (Stream<Path> files = Files.walk(module)) {
                for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
                    String name = module.relativize(file).toString().replace('/', '.').replaceAll("\\.java$", "");
                    sources.put(name, Files.readString(file));
                }
            }
        }
        Pattern edge = Pattern.compile("\\s+(\\S+)\\s+->\\s+(\\S+).*");
        for (Path classes : modules("target/classes")) {
            String text = run("jdeps", "-v", "--ignore-missing-deps", classes.resolve("io").toString());
            text.lines().map(edge::matcher).filter(Matcher::matches).forEach(each -> {
                String from = outermost(each.group(1));
                String to = outermost(each.group(2));
                if (from.startsWith(CLIENT) && to.startsWith(CLIENT) && !from.equals(to)) {
                    graph.computeIfAbsent(from, key -> new TreeSet<>()).add(to);
                    graph.computeIfAbsent(to, key -> new TreeSet<>());
                }
            });
        }
    }

    private static String run(String tool, String... args) {
        StringWriter out = new StringWriter();
        ToolProvider.findFirst(tool).orElseThrow().run(new PrintWriter(out), new PrintWriter(out), args);
        return out.toString();
    }

    private static String outermost(String name) {
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }

    private static String simple(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private static String code(String source) {
        return source.replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("//[^\n]*", "");
    }

    // ---- the counts

    private void rules() {
        System.out.println("Classes that decide a rule");
        RULES.forEach((rule, marks) -> {
            Pattern pattern = Pattern.compile(marks);
            Set<String> found = sources.entrySet().stream()
                    .filter(each -> each.getKey().startsWith("io.pipepost.smtp."))
                    .filter(each -> !each.getKey().startsWith("io.pipepost.smtp.testing")
                            && !each.getKey().startsWith("io.pipepost.smtp.cli."))
                    .filter(each -> pattern.matcher(code(each.getValue())).find())
                    .map(each -> simple(each.getKey()))
                    .collect(Collectors.toCollection(TreeSet::new));
            System.out.printf("  %-46s %2d  %s%n", rule, found.size(), String.join(" ", found));
        });
    }

    /** Methods that one side calls on the other, by what was compiled. */
    private void calls() throws IOException {
        System.out.println("What one makes another do, and asks it (methods called)");
        calls("Transaction", List.of("Transaction", "TransactionExchange", "Chunks", "Settlement"), List.of("Session", "Seat"));
        calls("Session", List.of("Session", "Flight", "SessionHandler", "DialogueHandler", "SessionExchange", "Reset"), List.of("Transaction"));
    }

    private void calls(String title, List<String> callers, List<String> targets) throws IOException {
        Set<String> commands = new TreeSet<>();
        Set<String> questions = new TreeSet<>();
        Pattern call = Pattern.compile("(?:Method|InterfaceMethod) (?:io/pipepost/smtp/client/internal/\\w+/)?(\\w+)\\.\"?(\\w+)\"?:\\(.*\\)(\\S+)");
        for (Path classes : modules("target/classes")) {
            try (Stream<Path> files = Files.walk(classes)) {
                for (Path file : files.filter(each -> each.toString().contains("/client/internal/")).toList()) {
                    String name = file.getFileName().toString().replaceAll("[$.].*", "");
                    if (!file.toString().endsWith(".class") || !callers.contains(name)) {
                        continue;
                    }
                    Matcher matcher = call.matcher(run("javap", "-c", "-p", file.toString()));
                    while (matcher.find()) {
                        if (targets.contains(matcher.group(1)) && !matcher.group(2).equals("init")) {
                            (matcher.group(3).startsWith("V") ? commands : questions).add(matcher.group(2));
                        }
                    }
                }
            }
        }
        System.out.printf("  %-12s does %2d %s%n  %-12s asks %2d %s%n", title, commands.size(), commands, "", questions.size(), questions);
    }

    private void knots() {
        List<List<String>> groups = groups(graph).stream().filter(each -> each.size() > 1).toList();
        int largest = groups.stream().mapToInt(List::size).max().orElse(1);
        System.out.println("Groups of classes that all depend on each other: " + groups.size() + ", the largest of " + largest);
        groups.stream()
                .filter(each -> each.size() > 2)
                .forEach(each -> System.out.println("  " + each.stream().map(Numbers::simple).sorted().toList()));
        Map<String, Set<String>> packages = new TreeMap<>();
        UnaryOperator<String> packageOf = name -> name.substring(0, name.lastIndexOf('.'));
        graph.forEach((from, all) -> all.stream()
                .filter(to -> from.startsWith(INTERNAL) && to.startsWith(INTERNAL))
                .filter(to -> !packageOf.apply(from).equals(packageOf.apply(to)))
                .forEach(to -> {
                    packages.computeIfAbsent(packageOf.apply(from), key -> new TreeSet<>()).add(packageOf.apply(to));
                    packages.computeIfAbsent(packageOf.apply(to), key -> new TreeSet<>());
                }));
        long cycles = groups(packages).stream().filter(each -> each.size() > 1).count();
        System.out.println("Packages of client.internal: " + packages.size() + ", cycles among them: " + cycles);
    }

    /** The strongly connected parts of a graph, by Kosaraju's way. */
    private static List<List<String>> groups(Map<String, Set<String>> graph) {
        Map<String, Set<String>> back = new HashMap<>();
        graph.forEach((from, all) -> all.forEach(to -> back.computeIfAbsent(to, key -> new TreeSet<>()).add(from)));
        List<String> order = new ArrayList<>();
        Set<String> seen = new TreeSet<>();
        graph.keySet().forEach(each -> visit(each, graph, seen, order));
        List<List<String>> groups = new ArrayList<>();
        seen.clear();
        for (int i = order.size() - 1; i >= 0; i--) {
            List<String> group = new ArrayList<>();
            visit(order.get(i), back, seen, group);
            if (!group.isEmpty()) {
                groups.add(group);
            }
        }
        return groups;
    }

    private static void visit(String from, Map<String, Set<String>> graph, Set<String> seen, Collection<String> done) {
        if (!seen.add(from)) {
            return;
        }
        Deque<Map.Entry<String, Deque<String>>> path = new ArrayDeque<>();
        path.push(Map.entry(from, new ArrayDeque<>(graph.getOrDefault(from, Set.of()))));
        while (!path.isEmpty()) {
            String next = path.peek().getValue().poll();
            if (next == null) {
                done.add(path.pop().getKey());
            } else if (seen.add(next)) {
                path.push(Map.entry(next, new ArrayDeque<>(graph.getOrDefault(next, Set.of()))));
            }
        }
    }

    private void sizes() {
        Map<Long, String> large = new TreeMap<>(Comparator.reverseOrder());
        sources.forEach((name, text) -> {
            long lines = text.lines().count();
            if (lines > 400) {
                large.merge(lines, simple(name), (a, b) -> a + " " + b);
            }
        });
        System.out.println("Files above 400 lines: " + large);
    }

    private void confinement() {
        List<String> confined = sources.values().stream().filter(each -> each.contains("\n@EventLoopConfined")).toList();
        List<String> knowing = confined.stream()
                .filter(each -> Pattern.compile("private final (EventLoop|Channel|Session|Carrier|Opening) ").matcher(each).find()
                        || each.contains("ChannelHandlerContext ctx"))
                .toList();
        long asserting = knowing.stream().filter(each -> each.contains("inEventLoop()")).count();
        System.out.println("Confined classes: " + confined.size() + "; of those that know their loop, " + asserting + " of "
                + knowing.size() + " assert it");
    }
}
