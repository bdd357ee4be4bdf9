/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.logging.LoggingHandler;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** Who may know whom, and what nobody may call. */
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
    private static final String AUTH = "io.pipepost.smtp.client.auth..";
    private static final String JAKARTA = "io.pipepost.smtp.jakarta..";
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
    void s27_composingUsesNoRegularExpressions() {
        check(noClasses()
                .that()
                .resideInAPackage(MIME)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.regex.."));
        for (String name : List.of("matches", "replaceAll", "replaceFirst", "split")) {
            check(noClasses().that().resideInAPackage(MIME).should().callMethodWhere(named("java.lang.String", name)));
        }
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

    /** Programs without Jakarta Mail must not meet it. */
    @Test
    void jakartaMailIsKnownInItsOwnPackageOnly() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage(JAKARTA)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("jakarta..", JAKARTA));
        check(noClasses()
                .that()
                .resideInAPackage(JAKARTA)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(INTERNAL));
    }

    @Test
    void internalPackagesAreNotExported() throws IOException {
        Pattern exports = Pattern.compile("exports\\s+([\\w.]+)\\s*;");
        Set<String> exported = new TreeSet<>();
        for (String module : List.of("smtp-mail", "smtp-codec", "smtp-client")) {
            Matcher matcher =
                    exports.matcher(Files.readString(Path.of("..", module, "src/main/java/module-info.java")));
            while (matcher.find()) {
                exported.add(matcher.group(1));
            }
        }
        assertThat(exported)
                .contains("io.pipepost.smtp.mail", "io.pipepost.smtp.client")
                .noneMatch(name -> name.contains("internal"));
    }

    @Test
    void everyPackageIsNullMarked() {
        Set<JavaPackage> packages = new HashSet<>();
        MAIN.forEach(found -> packages.add(found.getPackage()));
        assertThat(packages).hasSizeGreaterThanOrEqualTo(7);
        for (JavaPackage found : packages) {
            assertThat(found.isAnnotatedWith(NullMarked.class))
                    .as(found.getName())
                    .isTrue();
        }
    }

    // ---- S-02 and what is like it

    private static void forbid(String owner, String name, String... parameters) {
        String description = owner + "." + name + Arrays.toString(parameters);
        check(noClasses().should().callMethodWhere(exactly(description, owner, name, parameters)));
    }

    private static DescribedPredicate<JavaCall<?>> exactly(
            String description, String owner, String name, String... parameters) {
        return new DescribedPredicate<>(description) {
            @Override
            public boolean test(JavaCall<?> call) {
                return call.getTargetOwner().isAssignableTo(owner)
                        && call.getTarget().getName().equals(name)
                        && call.getTarget().getRawParameterTypes().stream()
                                .map(JavaClass::getName)
                                .toList()
                                .equals(List.of(parameters));
            }
        };
    }

    @Test
    void s02_noEncoderThatNarrowsOrReplaces() {
        forbid("java.lang.String", "getBytes");
        forbid("java.lang.String", "getBytes", "java.lang.String");
        forbid("java.lang.String", "getBytes", "int", "int", "[B", "int");
        check(noClasses().should().callMethod(ByteBuf.class, "writeCharSequence", CharSequence.class, Charset.class));
        check(noClasses()
                .should()
                .callMethod(ByteBuf.class, "setCharSequence", int.class, CharSequence.class, Charset.class));
        check(noClasses().should().callMethodWhere(named("io.netty.buffer.ByteBufUtil", "writeAscii")));
        check(noClasses().should().callMethodWhere(named("io.netty.buffer.ByteBufUtil", "encodeString")));
        check(noClasses().should().callMethodWhere(named("io.netty.buffer.Unpooled", "copiedBuffer")));
    }

    private static DescribedPredicate<JavaCall<?>> named(String owner, String name) {
        return new DescribedPredicate<>(owner + "." + name) {
            @Override
            public boolean test(JavaCall<?> call) {
                return call.getTargetOwner().isAssignableTo(owner)
                        && call.getTarget().getName().equals(name);
            }
        };
    }

    /** Text goes out in UTF-8, which replaces nothing that was checked to be text. */
    @Test
    void s02_noCharsetThatReplaces() {
        check(noClasses().that(encodeText()).should().accessField(StandardCharsets.class, "US_ASCII"));
    }

    private static DescribedPredicate<JavaClass> encodeText() {
        return new DescribedPredicate<>("call String.getBytes(Charset)") {
            @Override
            public boolean test(JavaClass found) {
                return found.getMethodCallsFromSelf().stream()
                        .anyMatch(exactly("", "java.lang.String", "getBytes", "java.nio.charset.Charset"));
            }
        };
    }

    @Test
    void noCaseMappingByTheDefaultLocale() {
        forbid("java.lang.String", "toLowerCase");
        forbid("java.lang.String", "toUpperCase");
        forbid("java.lang.String", "format", "java.lang.String", "[Ljava.lang.Object;");
    }

    /** S-06: there is no command line that an argument could get into. */
    @Test
    void s06_noProcessesAreStarted() {
        check(noClasses().should().dependOnClassesThat().areAssignableTo(ProcessBuilder.class));
        check(noClasses().should().callMethodWhere(named("java.lang.Runtime", "exec")));
    }

    /** A checksum is not what this is about. */
    @Test
    void s36_noCompression() {
        check(noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.util.zip..", "..compression..")
                        .and(DescribedPredicate.not(equivalentTo(CRC32C.class)))));
    }

    @Test
    void s26_noIdnOfTheJdk() {
        check(noClasses().should().dependOnClassesThat().haveFullyQualifiedName("java.net.IDN"));
    }

    @Test
    void s21_noHandlerThatLogsOctets() {
        check(noClasses().should().dependOnClassesThat().areAssignableTo(LoggingHandler.class));
    }

    @Test
    void nobodySleepsOrPrints() {
        check(noClasses().should().callMethodWhere(named("java.lang.Thread", "sleep")));
        check(noClasses().should().accessField(System.class, "out"));
        check(noClasses().should().accessField(System.class, "err"));
        check(noClasses().should().callMethodWhere(named("java.lang.Throwable", "printStackTrace")));
    }
}
