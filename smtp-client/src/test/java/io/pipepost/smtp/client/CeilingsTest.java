/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** How long files and methods of main code may be. What is longer has its reason here, and may not grow. */
class CeilingsTest {
    private static final int FILE = 400;
    private static final int METHOD = 40;

    /** Lines that are allowed, and why. */
    private static final Map<String, Integer> LONGER = Map.of(
            // The contracts of a builder's methods; there is little code in them.
            "SmtpClient.java", 620,
            "MailMessage.java", 570,
            "SmtpSink.java", 550,
            // One transaction, from MAIL to the end; what it means is elsewhere.
            "Transaction.java", 620,
            // The one lock's other half: what the state decides is carried out here, in one place for all callers.
            "SessionPool.java", 490,
            // Netty's handler and all that it hears; clocks and endings are elsewhere.
            "DialogueHandler.java", 490,
            // A seat has to do with everything that stands between transactions.
            "Flight.java", 450,
            // What three rooms below ask of a session is answered here; there is little else.
            "Session.java", 450);

    private static List<Path> sources() throws IOException {
        List<Path> found = new ArrayList<>();
        for (String module :
                List.of("smtp-mail", "smtp-codec", "smtp-client", "smtp-jakarta", "smtp-testing", "smtp-cli")) {
            try (Stream<Path> files = Files.walk(Path.of("..", module, "src", "main", "java"))) {
                files.filter(file -> file.toString().endsWith(".java")).forEach(found::add);
            }
        }
        return found;
    }

    @Test
    void files() throws IOException {
        List<Path> sources = sources();
        assertThat(sources).hasSizeGreaterThan(300);
        Map<String, Integer> tooLong = new TreeMap<>();
        for (Path file : sources) {
            String name = file.getFileName().toString();
            int lines = Files.readAllLines(file).size();
            if (lines > LONGER.getOrDefault(name, FILE)) {
                tooLong.put(name, lines);
            }
        }
        assertThat(tooLong).isEmpty();
    }

    /** A reason that is no longer needed is a ceiling that nobody keeps. */
    @Test
    void reasons() throws IOException {
        List<String> stillLong = new ArrayList<>();
        for (Path file : sources()) {
            if (Files.readAllLines(file).size() > FILE) {
                stillLong.add(file.getFileName().toString());
            }
        }
        assertThat(stillLong).containsExactlyInAnyOrderElementsOf(LONGER.keySet());
    }

    @Test
    void methods() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> tooLong = new ArrayList<>();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask) compiler.getTask(
                    null, manager, null, List.of("-proc:none"), null, manager.getJavaFileObjectsFromPaths(sources()));
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            for (CompilationUnitTree unit : task.parse()) {
                new TreeScanner<Void, Void>() {
                    @Override
                    public Void visitMethod(MethodTree method, Void unused) {
                        if (method.getBody() != null) {
                            long first = line(positions.getStartPosition(unit, method.getBody()));
                            long last = line(positions.getEndPosition(unit, method.getBody()));
                            if (last - first > METHOD) {
                                tooLong.add(
                                        unit.getSourceFile().getName() + " " + method.getName() + " " + (last - first));
                            }
                        }
                        return super.visitMethod(method, unused);
                    }

                    private long line(long position) {
                        return unit.getLineMap().getLineNumber(position);
                    }
                }.scan(unit, null);
            }
        }
        assertThat(tooLong).isEmpty();
    }
}
