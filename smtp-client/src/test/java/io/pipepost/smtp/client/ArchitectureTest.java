/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Who may know whom. What nobody may call is in LibraryRulesTest, which sees the modules above this one, too. */
class ArchitectureTest {
    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.pipepost.smtp")
            .that(DescribedPredicate.not(resideInAnyPackage("io.pipepost.smtp.testing..", "io.pipepost.smtp.cli..")));

    private static final String PROTOCOL = "io.pipepost.smtp.protocol..";
    private static final String CODEC = "io.pipepost.smtp.codec..";
    private static final String MAIL = "io.pipepost.smtp.mail..";
    private static final String MIME = "io.pipepost.smtp.mime..";
    private static final String DKIM = "io.pipepost.smtp.dkim..";
    private static final String CLIENT = "io.pipepost.smtp.client";
    private static final String AUTH = "io.pipepost.smtp.client.auth..";
    private static final String INTERNAL = "io.pipepost.smtp.client.internal..";
    private static final String SESSION = "io.pipepost.smtp.client.internal.session..";
    private static final String TRANSPORT = "io.pipepost.smtp.client.internal.transport..";
    private static final String POOL = "io.pipepost.smtp.client.internal.pool..";

    private static void check(ArchRule rule) {
        rule.check(MAIN);
    }

    @Test
    void seesTheClasses() {
        assertThat(MAIN.size()).isGreaterThan(100);
        assertThat(MAIN.contain("io.pipepost.smtp.protocol.Reply")).isTrue();
        assertThat(MAIN.contain("io.pipepost.smtp.client.internal.pool.SessionPool"))
                .isTrue();
    }

    @Test
    void protocolKnowsTheJdkOnly() {
        check(classes()
                .that()
                .resideInAPackage(PROTOCOL)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(PROTOCOL, "java..", "org.jspecify.."));
    }

    /** What is confined to an event loop, and knows it, looks where it is. */
    @Test
    void confinementIsAsserted() {
        Set<String> loops = Set.of(
                EventLoop.class.getName(),
                Channel.class.getName(),
                ChannelHandlerContext.class.getName(),
                "io.pipepost.smtp.client.internal.session.Session",
                "io.pipepost.smtp.client.internal.flight.Carrier",
                "io.pipepost.smtp.client.internal.opening.Opening");
        List<JavaClass> confined = MAIN.stream()
                .filter(each -> each.isAnnotatedWith("io.pipepost.smtp.client.internal.border.EventLoopConfined"))
                .toList();
        assertThat(confined).hasSizeGreaterThan(20);
        assertThat(confined.stream()
                        .filter(each -> each.getFields().stream()
                                .anyMatch(field ->
                                        loops.contains(field.getRawType().getName())))
                        .filter(each -> each.getMethodCallsFromSelf().stream()
                                .noneMatch(call -> call.getName().equals("inEventLoop"))))
                .isEmpty();
    }

    @Test
    void internalPackagesAreFreeOfCycles() {
        check(SlicesRuleDefinition.slices()
                .matching("io.pipepost.smtp.client.internal.(*)..")
                .should()
                .beFreeOfCycles());
    }

    /** Classes that all depend on each other can only be understood, and changed, together. */
    @Test
    void noKnotIsLargerThanFourClasses() {
        Map<String, Set<String>> uses = new TreeMap<>();
        for (JavaClass each : MAIN.that(resideInAPackage(CLIENT + ".."))) {
            Set<String> used = uses.computeIfAbsent(outermost(each), name -> new TreeSet<>());
            each.getDirectDependenciesFromSelf().stream()
                    .map(dependency -> dependency.getTargetClass().getBaseComponentType())
                    .filter(target -> target.getPackageName().startsWith(CLIENT))
                    .forEach(target -> used.add(outermost(target)));
        }
        Map<String, Set<String>> reached = new TreeMap<>();
        uses.keySet().forEach(each -> reached.put(each, reachable(each, uses)));
        Set<Set<String>> knots = new LinkedHashSet<>();
        reached.forEach((each, all) -> knots.add(all.stream()
                .filter(other -> reached.getOrDefault(other, Set.of()).contains(each))
                .collect(Collectors.toCollection(TreeSet::new))));
        assertThat(knots).isNotEmpty().allSatisfy(knot -> assertThat(knot).hasSizeLessThanOrEqualTo(4));
    }

    private static String outermost(JavaClass each) {
        return each.getEnclosingClass().map(ArchitectureTest::outermost).orElse(each.getName());
    }

    private static Set<String> reachable(String from, Map<String, Set<String>> uses) {
        Set<String> reached = new TreeSet<>();
        Deque<String> left = new ArrayDeque<>(uses.get(from));
        while (!left.isEmpty()) {
            String next = left.remove();
            if (reached.add(next)) {
                left.addAll(uses.getOrDefault(next, Set.of()));
            }
        }
        return reached;
    }

    @Test
    void codecKnowsTheProtocolAndNetty() {
        check(classes()
                .that()
                .resideInAPackage(CODEC)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(CODEC, PROTOCOL, "io.netty..", "java..", "org.jspecify.."));
    }

    @Test
    void mailAuthAndDkimKnowNothingOfNetty() {
        check(classes()
                .that()
                .resideInAPackage(MAIL)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(MAIL, PROTOCOL, "java..", "javax.net.ssl..", "org.jspecify.."));
        check(classes()
                .that()
                .resideInAPackage(DKIM)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(DKIM, MAIL, PROTOCOL, "java..", "org.slf4j..", "org.jspecify.."));
        check(noClasses()
                .that()
                .resideInAPackage(AUTH)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty.."));
    }

    @Test
    void mimeKnowsTheWordsAndTheContentOnly() {
        check(classes()
                .that()
                .resideInAPackage(MIME)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(MIME, MAIL, PROTOCOL, "java..", "org.jspecify.."));
    }

    @Test
    void sessionsKnowNothingOfThePoolAndTheTransport() {
        check(noClasses()
                .that()
                .resideInAPackage(SESSION)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(POOL, TRANSPORT));
    }

    @Test
    void transportKnowsNothingOfThePool() {
        check(noClasses()
                .that()
                .resideInAPackage(TRANSPORT)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(POOL));
    }

    /** The entry points put the parts together; options, exceptions and the observer are for all. */
    @Test
    void internalPackagesDoNotUseTheEntryPoints() {
        check(noClasses()
                .that()
                .resideInAPackage(INTERNAL)
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(SmtpClient.class, SmtpSession.class));
    }

    @Test
    void internalPackagesAreUsedByTheClientOnly() {
        check(layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("internal")
                .definedBy(INTERNAL)
                .layer("client")
                .definedBy("io.pipepost.smtp.client")
                .layer("others")
                .definedBy(MAIL, MIME, AUTH, DKIM, PROTOCOL, CODEC)
                .whereLayer("internal")
                .mayOnlyBeAccessedByLayers("client"));
    }
}
