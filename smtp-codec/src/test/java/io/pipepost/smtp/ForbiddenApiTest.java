/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** S-02, S-21, S-26, S-27, R-5321-23: calls that have cost others their security stay out. */
class ForbiddenApiTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.pipepost.smtp.protocol", "io.pipepost.smtp.codec");

    /** A cast to byte of anything but a literal: it may narrow a character. */
    private static final Pattern NARROWING = Pattern.compile("\\(byte\\)(?!\\s*(0\\b|0x|'\\\\?[ -~]'))");

    private static void check(ArchRule rule) {
        rule.check(CLASSES);
    }

    @Test
    void s02_noStringIsNarrowedToOctets() {
        check(noClasses()
                .should()
                .callMethod(String.class, "getBytes", int.class, int.class, byte[].class, int.class)
                .orShould()
                .callMethod(String.class, "getBytes"));
    }

    @Test
    void s02_noCharsetThatReplacesByQuestionMarks() {
        for (String name : List.of("US_ASCII", "ISO_8859_1")) {
            // CommandDecoder reads octets with it, one character each, and writes none.
            check(noClasses()
                    .that()
                    .doNotHaveSimpleName("CommandDecoder")
                    .should()
                    .accessField(StandardCharsets.class, name));
            check(noClasses().should().accessField("io.netty.util.CharsetUtil", name));
        }
        check(noClasses().should().callMethodWhere(owner("io.netty.buffer.ByteBufUtil", "writeAscii")));
    }

    @Test
    void s02_noCastNarrowsACharacter() throws IOException {
        List<Path> files = new ArrayList<>();
        for (String sources :
                List.of("smtp-mail/src/main/java/io/pipepost/smtp/protocol", "smtp-codec/src/main/java")) {
            try (Stream<Path> found = Files.walk(Path.of("..", sources))) {
                found.filter(path -> path.toString().endsWith(".java")).forEach(files::add);
            }
        }
        assertThat(files).hasSizeGreaterThan(30);
        for (Path file : files) {
            assertThat(NARROWING.matcher(Files.readString(file)).find())
                    .as(file.toString())
                    .isFalse();
        }
    }

    @Test
    void r5321_23_noCaseMappingInTheDefaultLocale() {
        check(noClasses()
                .should()
                .callMethod(String.class, "toUpperCase")
                .orShould()
                .callMethod(String.class, "toLowerCase"));
    }

    @Test
    void s21_noHandlerThatLogsOctets() {
        check(noClasses().should().dependOnClassesThat().resideInAPackage("io.netty.handler.logging.."));
    }

    @Test
    void s26_noIdna2003() {
        check(noClasses().should().dependOnClassesThat().haveFullyQualifiedName("java.net.IDN"));
    }

    @Test
    void s27_noRegularExpressions() {
        check(noClasses().should().dependOnClassesThat().resideInAPackage("java.util.regex.."));
        for (String name : List.of("matches", "replaceAll", "replaceFirst")) {
            check(noClasses().should().callMethodWhere(owner("java.lang.String", name)));
        }
    }

    @Test
    void s36_noCompression() {
        check(noClasses().should().dependOnClassesThat().resideInAnyPackage("java.util.zip..", "..compression.."));
    }

    private static DescribedPredicate<JavaMethodCall> owner(String owner, String name) {
        return DescribedPredicate.describe(
                "target is " + owner + "." + name,
                call -> call.getTargetOwner().getFullName().equals(owner)
                        && call.getName().equals(name));
    }
}
