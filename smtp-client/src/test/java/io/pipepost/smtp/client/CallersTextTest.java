/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.pipepost.smtp.client.auth.SaslContext;
import io.pipepost.smtp.dkim.DkimKey;
import io.pipepost.smtp.dkim.DkimSigner;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mime.Attachment;
import io.pipepost.smtp.mime.MailMessage;
import io.pipepost.smtp.protocol.Mailbox;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** S-03: every way of text from a caller into the library, found by reflection so that no new one is forgotten. */
class CallersTextTest {
    private static final List<String> INJECTED =
            List.of("\r\nRCPT TO:<v@v.test>", "\nX: y", "\rx", "\r\n\r\n", "\0", "\u007F");

    /** What takes text that is sent in no line and no header field, or has tests of its own. */
    private static final Map<String, String> EXEMPT = Map.ofEntries(
            entry("Content.of", "octets of the content, in which line ends are the caller's"),
            entry("MailMessage.Builder.text", "the same"),
            entry("MailMessage.Builder.html", "the same"),
            entry("MailMessage.Builder.calendar", "the same, and StructureTest for METHOD"),
            entry("Credentials.password", "base64 on the wire; CredentialsTest for what separates fields"),
            entry("Credentials.token", "the same"),
            entry("DkimKey.ofPem", "a private key"),
            entry("Security.clientCertificate", "the password of a key"),
            entry("Security.ciphers", "compared with what the engine has; SecurityTest"),
            entry("SmtpClient.Builder.disableExtensions", "compared with what the server says"),
            entry("SmtpSession.verify", "InjectionTest"),
            entry("SmtpSession.expand", "InjectionTest"),
            entry("SmtpObserver.connected", "called by the library"),
            entry("SmtpObserver.overlapLearnt", "called by the library"),
            entry("SmtpObserver.chunksLearnt", "called by the library"),
            entry("SmtpObserver.silent", "called by the library"),
            entry("Transcript.connected", "called by the library"),
            entry("Transcript.chunksLearnt", "called by the library"),
            entry("Transcript.silent", "called by the library"),
            entry("Failure.of", "a result"),
            entry("Failure.rejected", "a result"),
            entry("Failure.Failure", "a result"),
            entry("SessionInfo.SessionInfo", "a result"),
            entry("TlsFacts.TlsFacts", "a result"));

    /** What is accepted, by the name of the parameter. */
    private static final Map<String, String> GOOD = Map.ofEntries(
            entry("host", "mx.test"),
            entry("from", "a@b.test"),
            entry("recipients", "a@b.test"),
            entry("address", "a@b.test"),
            entry("addresses", "a@b.test"),
            entry("text", "a@b.test"),
            entry("id", "x@d.test"),
            entry("ids", "x@d.test"),
            entry("uris", "https://d.test/"),
            entry("https", "https://d.test/"),
            entry("others", "mailto:a@d.test"),
            entry("names", "From"),
            entry("versions", "TLSv1.2"),
            entry("mediaType", "text/plain"),
            entry("domain", "d.test"),
            entry("newIdentity", "a@d.test"));

    private static final PrivateKey KEY = key();
    private static final List<Executable> ALL = all();

    private static final Map<Class<?>, Supplier<Object>> INSTANCES = Map.of(
            SmtpClient.Builder.class, () -> SmtpClient.builder("mx.test", 25),
            MailMessage.Builder.class, MailMessage::builder,
            Relay.class, () -> Relay.of("mx.test", 25),
            SendOptions.class, () -> SendOptions.DEFAULT,
            Security.class, () -> Security.of(TlsMode.STARTTLS),
            Attachment.class, () -> Attachment.of("a.txt", new byte[1]),
            DkimKey.class, () -> DkimKey.of("d.test", "s", KEY),
            DkimSigner.Builder.class, () -> DkimSigner.builder(DkimKey.of("d.test", "s", KEY)));

    private static PrivateKey key() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPrivate();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static Stream<Executable> waysIn() {
        return ALL.stream().filter(way -> !EXEMPT.containsKey(name(way)));
    }

    private static List<Executable> all() {
        return new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackagesOf(
                                SmtpClient.class, SaslContext.class, Message.class, MailMessage.class, DkimSigner.class)
                        .stream()
                        .filter(found -> !found.getPackageName().contains("internal"))
                        .map(JavaClass::reflect)
                        .filter(CallersTextTest::isOpen)
                        .flatMap(type -> Stream.concat(
                                Stream.of(type.getDeclaredConstructors()), Stream.of(type.getDeclaredMethods())))
                        .filter(way -> Modifier.isPublic(way.getModifiers()) && !way.isSynthetic())
                        .filter(way -> Stream.of(way.getParameters()).anyMatch(CallersTextTest::isText))
                        .toList();
    }

    private static boolean isOpen(Class<?> type) {
        Class<?> outer = type.getEnclosingClass();
        return Modifier.isPublic(type.getModifiers())
                && !type.isEnum()
                && !Throwable.class.isAssignableFrom(type)
                && (outer == null || isOpen(outer));
    }

    private static boolean isText(Parameter parameter) {
        Class<?> type = parameter.getType();
        return type == String.class
                || type == String[].class
                || type == char[].class
                || (Collection.class.isAssignableFrom(type)
                        && parameter.getParameterizedType().getTypeName().contains("java.lang.String"));
    }

    private static String name(Executable way) {
        String type = way.getDeclaringClass().getName();
        String simple = type.substring(type.lastIndexOf('.') + 1).replace('$', '.');
        return simple
                + '.'
                + (way instanceof Constructor<?> ? simple.substring(simple.lastIndexOf('.') + 1) : way.getName());
    }

    @ParameterizedTest
    @MethodSource("waysIn")
    void s03_textThatWouldEndALineIsRefused(Executable way) throws ReflectiveOperationException {
        call(way, null, "");
        for (Parameter parameter : way.getParameters()) {
            if (isText(parameter)) {
                for (String injected : INJECTED) {
                    assertThat(catchThrowable(() -> call(way, parameter, injected)))
                            .as("%s of %s", parameter.getName(), way)
                            .isInstanceOf(InvocationTargetException.class)
                            .cause()
                            .isInstanceOf(IllegalArgumentException.class)
                            .message()
                            .matches("\\p{Print}+");
                }
            }
        }
    }

    @Test
    void s03_nothingIsExemptThatDoesNotExist() {
        Set<String> exempt = new TreeSet<>(EXEMPT.keySet());
        ALL.stream().map(CallersTextTest::name).forEach(exempt::remove);
        assertThat(exempt).isEmpty();
        assertThat(waysIn().toList()).hasSizeGreaterThan(30);
    }

    /** Calls it with good arguments, and with {@code injected} at the end of the one that is to be spoilt. */
    private static void call(Executable way, @Nullable Parameter spoilt, String injected)
            throws ReflectiveOperationException {
        List<@Nullable Object> arguments = new ArrayList<>();
        for (Parameter parameter : way.getParameters()) {
            String text = GOOD.getOrDefault(parameter.getName(), "a");
            arguments.add(
                    isText(parameter)
                            ? as(parameter.getType(), parameter.equals(spoilt) ? text + injected : text)
                            : other(parameter.getType()));
        }
        if (way instanceof Constructor<?> constructor) {
            constructor.newInstance(arguments.toArray());
        } else {
            ((Method) way).invoke(receiver(way), arguments.toArray());
        }
    }

    private static @Nullable Object receiver(Executable way) {
        if (Modifier.isStatic(way.getModifiers())) {
            return null;
        }
        Supplier<Object> instance = INSTANCES.get(way.getDeclaringClass());
        return Objects.requireNonNull(instance, () -> "No instance for " + way).get();
    }

    private static Object as(Class<?> type, String text) {
        if (type == String[].class) {
            return new String[] {text};
        }
        if (type == char[].class) {
            return text.toCharArray();
        }
        return type == String.class ? text : List.of(text);
    }

    private static @Nullable Object other(Class<?> type) {
        if (type == int.class) {
            return 25;
        }
        if (type == long.class) {
            return 1L;
        }
        if (type == byte[].class) {
            return new byte[1];
        }
        return Arrays.<Object>asList(Content.of("x\r\n"), Mailbox.parse("a@b.test"), KEY, List.of(), (Supplier<?>)
                        () -> Content.of("x"))
                .stream()
                .filter(type::isInstance)
                .findFirst()
                .orElse(null);
    }
}
