/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.netty.buffer.ByteBuf;
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

/** What nobody in the library may call, whichever module it is in. This module is the one that sees them all. */
class LibraryRulesTest {
    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.pipepost.smtp")
            .that(DescribedPredicate.not(resideInAnyPackage("io.pipepost.smtp.testing..", "io.pipepost.smtp.cli..")));

    private static final String MIME = "io.pipepost.smtp.mime..";
    private static final String JAKARTA = "io.pipepost.smtp.jakarta..";
    private static final String INTERNAL = "io.pipepost.smtp.client.internal..";

    private static void check(ArchRule rule) {
        rule.check(MAIN);
    }

    @Test
    void seesTheClassesOfAllModules() {
        assertThat(MAIN.size()).isGreaterThan(200);
        for (String name : List.of("protocol.Reply", "codec.ReplyDecoder", "client.SmtpClient", "jakarta.Report")) {
            assertThat(MAIN.contain("io.pipepost.smtp." + name)).as(name).isTrue();
        }
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
        for (String module : List.of("smtp-mail", "smtp-codec", "smtp-client", "smtp-jakarta")) {
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
        assertThat(packages).hasSizeGreaterThanOrEqualTo(12);
        for (JavaPackage found : packages) {
            assertThat(found.isAnnotatedWith(NullMarked.class))
                    .as(found.getName())
                    .isTrue();
        }
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
